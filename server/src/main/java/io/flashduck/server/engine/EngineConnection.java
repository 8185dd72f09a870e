package io.flashduck.server.engine;

import io.flashduck.server.catalog.Column;
import io.flashduck.server.engine.sql.SqlIdentifiers;
import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.ipc.ArrowReader;
import org.apache.arrow.vector.types.pojo.Schema;
import org.jspecify.annotations.Nullable;

/**
 * A trusted connection to DuckDB, for the server's own statements; nothing that it runs is checked.
 *
 * <p>It runs one statement at a time and says so if a second one is tried while a result is open.
 *
 * <p>Threading: confined to its user's lane, except {@link #cancel(FlashDuckException)}, {@link
 * #progress()} and {@link #close()}.
 */
public final class EngineConnection implements AutoCloseable {
  private final DuckSession session;

  EngineConnection(DuckSession session) {
    this.session = session;
  }

  /** Runs a statement and drops its result. */
  public void execute(String sql, @Nullable Object... parameters) {
    session.update(sql, Parameters.of(parameters));
  }

  /** Sets where unqualified names are looked up; schemas that are not there are left out. */
  public void searchPath(List<String> schemas) {
    SearchPaths.set(
        session, schemas.stream().map(SqlIdentifiers::quote).collect(Collectors.joining(",")));
  }

  /** Runs a statement that changes rows and returns how many; 0 for one that changes none. */
  public long update(String sql, @Nullable Object... parameters) {
    return session.update(sql, Parameters.of(parameters));
  }

  /**
   * Runs a query with a small result and maps its rows; {@code mapper} must not use this
   * connection.
   */
  public <T> List<T> query(String sql, RowMapper<T> mapper, @Nullable Object... parameters) {
    return session.query(sql, mapper, Parameters.of(parameters));
  }

  /**
   * As {@link #update}, for a text that is run again and again: on a connection that was opened for
   * that, the statement stays prepared, which saves more than half of its cost.
   */
  public long updateKept(String sql, @Nullable Object... parameters) {
    return session.change(sql, Parameters.of(parameters));
  }

  /** As {@link #query}, for a text that is run again and again; see {@link #updateKept}. */
  public <T> List<T> queryKept(String sql, RowMapper<T> mapper, @Nullable Object... parameters) {
    return session.ask(sql, mapper, Parameters.of(parameters));
  }

  /**
   * Starts a streaming query.
   *
   * @param allocator pays for the batches; must outlive the result
   * @param batchRows most rows of one batch, see {@link Engine#BATCH_ROWS}
   * @return caller closes, before the next statement on this connection
   */
  public ArrowResult arrow(
      String sql, Parameters parameters, BufferAllocator allocator, int batchRows) {
    return arrow(sql, parameters, ResultForm.INTERNAL, allocator, batchRows);
  }

  /** As {@link #arrow(String, Parameters, BufferAllocator, int)}, for a client. */
  public ArrowResult arrow(
      String sql, Parameters parameters, ResultForm form, BufferAllocator allocator, int rows) {
    return session.arrow(sql, parameters, form, allocator, rows);
  }

  /**
   * The parameters of a statement in the types that JDBC's driver can bind; nothing is run.
   *
   * @param names by number; those that are missing are called after their number
   */
  public Schema describeParameters(String sql, List<String> names) {
    return session.describeParameters(sql, names);
  }

  /** The columns of a query as DESCRIBE says them, at half its cost; nothing is run. */
  public List<Column> columns(String sql) {
    return session.inspect(
        sql,
        (metadata, statement) -> {
          List<Column> columns = new ArrayList<>();
          for (int i = 1; i <= metadata.getColumnCount(); i++) {
            columns.add(new Column(metadata.getColumnName(i), metadata.getColumnTypeName(i)));
          }
          return columns;
        });
  }

  /** Has DuckDB count how far statements are, or no longer; short statements would pay for it. */
  public void trackProgress(boolean wanted) {
    session.trackProgress(wanted);
  }

  /**
   * How far the running {@link #update} or {@link #execute} is, 0 to 1; empty if there is none or
   * progress is not tracked. Thread-safe.
   */
  public OptionalDouble progress() {
    return session.progress();
  }

  /** Starts a transaction. */
  public void begin() {
    session.update("BEGIN TRANSACTION", Parameters.NONE);
  }

  /** Commits the transaction. */
  public void commit() {
    session.update("COMMIT", Parameters.NONE);
  }

  /** Rolls the transaction back. */
  public void rollback() {
    session.update("ROLLBACK", Parameters.NONE);
  }

  /**
   * Runs {@code work} in a transaction that is committed if it returns and rolled back if it
   * throws.
   */
  public <T> T inTransaction(Callable<T> work) {
    begin();
    try {
      T result = work.call();
      commit();
      return result;
    } catch (Throwable e) {
      rollbackAfter(e);
      if (e instanceof RuntimeException unchecked) {
        throw unchecked;
      }
      if (e instanceof Error error) {
        throw error;
      }
      throw e instanceof SQLException
          ? EngineErrors.translate(e)
          : new FlashDuckException(ErrorCode.INTERNAL, String.valueOf(e.getMessage()), e);
    }
  }

  private void rollbackAfter(Throwable failure) {
    try {
      rollback();
    } catch (FlashDuckException e) {
      // DuckDB ends the transaction itself when a commit fails; then there is nothing to roll back.
      failure.addSuppressed(e);
    }
  }

  /**
   * Makes an Arrow stream readable once as the table {@code name} of this connection.
   *
   * @param reader closed by DuckDB at the end of the scan, or by closing the registration
   * @param allocator pays for the exchange structures
   * @return caller closes, which removes the table
   */
  public RegisteredStream register(String name, ArrowReader reader, BufferAllocator allocator) {
    return session.register(name, reader, allocator);
  }

  /**
   * Stops the running statement, which then fails with {@code reason}. Thread-safe; without one
   * does nothing.
   */
  public void cancel(FlashDuckException reason) {
    session.cancel(reason);
  }

  /** Stops the running statement with code CANCELLED. Thread-safe. */
  public void cancel() {
    session.cancel(EngineErrors.cancelled(null));
  }

  /** Stops what runs, rolls back, and closes. */
  @Override
  public void close() {
    session.close();
  }
}
