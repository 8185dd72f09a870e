package io.flashduck.server.engine;

import io.flashduck.server.engine.StatementSlot.NativeCall;
import io.flashduck.server.engine.StatementSlot.Operation;
import io.flashduck.server.engine.sql.QualifiedName;
import io.flashduck.server.error.FlashDuckException;
import java.sql.ParameterMetaData;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import org.apache.arrow.c.ArrowArrayStream;
import org.apache.arrow.c.Data;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.ipc.ArrowReader;
import org.apache.arrow.vector.types.pojo.Schema;
import org.duckdb.DuckDBConnection;
import org.duckdb.DuckDBResultSet;
import org.duckdb.DuckDBResultSetMetaData;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One DuckDB connection and the way statements run on it; {@link EngineConnection} and {@link
 * ClientConnection} are its two faces.
 *
 * <p>Threading: confined to its user's lane, except {@link #cancel}, {@link #progress} and {@link
 * #close}.
 */
final class DuckSession implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(DuckSession.class);

  private static final String TIME_ZONE = "SELECT current_setting('TimeZone')";
  private static final String SERIALIZE = "SELECT json_serialize_sql($1)";

  /** $1 name, $2 schema or, of two parts, catalog; $3 catalog; empty for any. */
  private static final String EXISTS =
      """
      SELECT 1
      FROM (SELECT database_name AS c, schema_name AS s, table_name AS t FROM system.main.duckdb_tables()
        UNION ALL SELECT database_name, schema_name, view_name FROM system.main.duckdb_views())
      WHERE lower(t) = lower($1)
        AND (lower($2) IN ('', lower(s)) OR ($3 = '' AND lower($2) = lower(c)))
        AND lower($3) IN ('', lower(c))
      LIMIT 1
      """;

  private final DuckDBConnection connection;
  private final StatementSlot slot;
  private final PreparedStatements prepared;
  private final QueryColumns columns;
  private final StatementProgress progress = new StatementProgress();
  private volatile boolean inTransaction;

  DuckSession(DuckDBConnection connection, Interrupter interrupter, int preparedStatements) {
    this.connection = connection;
    this.slot = new StatementSlot(connection, interrupter);
    this.prepared = new PreparedStatements(connection, preparedStatements);
    this.columns = new QueryColumns(this, connection);
  }

  /** Says what is set on the connection now: kept statements are those of their options. */
  void options(SessionOptions set) {
    prepared.options(set);
  }

  /** Runs a statement to its end and returns the number of rows that it changed or returned. */
  long update(String sql, Parameters parameters) {
    return run(
        sql,
        parameters,
        () -> {
          if (parameters.size() == 0) {
            try (Statement statement = connection.createStatement()) {
              return progress.of(statement, () -> drain(statement, statement.execute(sql)));
            }
          }
          try (PreparedStatement statement = connection.prepareStatement(sql)) {
            ParameterBinder.bind(statement, parameters);
            return progress.of(statement, () -> drain(statement, statement.execute()));
          }
        });
  }

  /** A returned result is read to its end, because DuckDB runs it lazily. */
  private static long drain(Statement statement, boolean hasResult) throws SQLException {
    if (!hasResult) {
      return Math.max(0, statement.getLargeUpdateCount());
    }
    long rows = 0;
    try (ResultSet result = statement.getResultSet()) {
      while (result.next()) {
        rows++;
      }
    }
    return rows;
  }

  <T> List<T> query(String sql, RowMapper<T> mapper, Parameters parameters) {
    return run(
        sql,
        parameters,
        () -> {
          try (PreparedStatement statement = connection.prepareStatement(sql)) {
            return rows(statement, mapper, parameters);
          }
        });
  }

  /** As {@link #query}, for a statement that is asked often: it stays prepared. */
  <T> List<T> ask(String sql, RowMapper<T> mapper, Parameters parameters) {
    return kept(sql, parameters, statement -> rows(statement, mapper, parameters));
  }

  /** As {@link #update}, for a statement that is run often: it stays prepared. */
  long change(String sql, Parameters parameters) {
    return kept(
        sql,
        parameters,
        statement -> {
          ParameterBinder.bind(statement, parameters);
          return drain(statement, statement.execute());
        });
  }

  /** What is done with a kept statement. */
  @FunctionalInterface
  private interface KeptCall<T> {
    T run(PreparedStatement statement) throws SQLException;
  }

  private <T> T kept(String sql, Parameters parameters, KeptCall<T> call) {
    Operation operation = slot.claim();
    try {
      return operation.call(() -> call.run(prepared.borrow(operation, sql)));
    } catch (FlashDuckException e) {
      throw withItsMessage(e, operation, sql, parameters);
    } finally {
      operation.release();
    }
  }

  private static <T> List<T> rows(
      PreparedStatement statement, RowMapper<T> mapper, Parameters parameters) throws SQLException {
    ParameterBinder.bind(statement, parameters);
    try (ResultSet result = statement.executeQuery()) {
      List<T> rows = new ArrayList<>();
      while (result.next()) {
        rows.add(mapper.map(result));
      }
      return rows;
    }
  }

  /**
   * The parameters of a statement in the types that JDBC's driver can bind; nothing is run.
   *
   * @param names by number; those that are missing are called after their number
   */
  Schema describeParameters(String sql, List<String> names) {
    return inspect(
        sql,
        (metadata, statement) -> {
          ParameterMetaData parameters = statement.getParameterMetaData();
          List<String> all = new ArrayList<>();
          List<String> types = new ArrayList<>();
          for (int i = 1; i <= parameters.getParameterCount(); i++) {
            all.add(i <= names.size() ? names.get(i - 1) : "parameter_" + i);
            types.add(parameters.getParameterTypeName(i));
          }
          return ParameterTypes.schema(all, types);
        });
  }

  /** What DuckDB says about a statement without running it. */
  <T> T inspect(String sql, Inspection<T> inspection) {
    Operation operation = slot.claim();
    try {
      return operation.call(
          () -> {
            PreparedStatement statement = prepared.prepareAgain(operation, sql);
            return inspection.of((DuckDBResultSetMetaData) statement.getMetaData(), statement);
          });
    } finally {
      operation.release();
    }
  }

  /** Reads the description of a prepared statement. */
  @FunctionalInterface
  interface Inspection<T> {
    T of(DuckDBResultSetMetaData metadata, PreparedStatement statement) throws SQLException;
  }

  /** Runs a call as one statement, and finds the message of its failure. */
  <T> T run(String sql, Parameters parameters, NativeCall<T> call) {
    Operation operation = slot.claim();
    try {
      return operation.call(call);
    } catch (FlashDuckException e) {
      throw withItsMessage(e, operation, sql, parameters);
    } finally {
      operation.release();
    }
  }

  private FlashDuckException withItsMessage(
      FlashDuckException e, Operation operation, String sql, Parameters parameters) {
    return LostErrors.isLost(e) ? LostErrors.recover(operation, connection, sql, parameters) : e;
  }

  /** Finds the columns of queries on this connection. */
  QueryColumns columns() {
    return columns;
  }

  /** Starts a query in wire form; the columns that need it are cast. */
  ArrowResult arrow(
      String sql, Parameters parameters, ResultForm form, BufferAllocator allocator, int rows) {
    ResultColumns found = run(sql, parameters, () -> columns.of(sql, parameters, form.types()));
    ResultForm told =
        form.timeZone().isEmpty() && found.zoned()
            ? new ResultForm(
                form.types(), ask(TIME_ZONE, r -> r.getString(1), Parameters.NONE).get(0))
            : form;
    return arrowAsIs(
        found.wireSql(sql, form.types()),
        parameters,
        form.types() == TypeMode.STRICT ? Optional.of(found.wireSchema(told)) : Optional.empty(),
        allocator,
        rows);
  }

  /**
   * Starts a query whose casts are made.
   *
   * @param strict the schema on the wire in mode strict
   */
  ArrowResult arrowAsIs(
      String sql,
      Parameters parameters,
      Optional<Schema> strict,
      BufferAllocator allocator,
      int batchRows) {
    Operation operation = slot.claim();
    try {
      return operation.call(
          () -> {
            ArrowReader reader = open(operation, sql, parameters, allocator, batchRows);
            return strict.isPresent()
                ? new StreamingResult(operation, reader, strict.get(), allocator)
                : new StreamingResult(operation, reader);
          });
    } catch (FlashDuckException e) {
      FlashDuckException failure = withItsMessage(e, operation, sql, parameters);
      operation.release();
      throw failure;
    } catch (Throwable e) {
      operation.release();
      throw e;
    }
  }

  private ArrowReader open(
      Operation operation,
      String sql,
      Parameters parameters,
      BufferAllocator allocator,
      int batchRows)
      throws Exception {
    DuckDBResultSet result = operation.closeLater(start(operation, sql, parameters));
    return operation.closeLater((ArrowReader) result.arrowExportStream(allocator, batchRows));
  }

  /** Preparing plans a statement, and so does running it: what runs once is not prepared. */
  private DuckDBResultSet start(Operation operation, String sql, Parameters parameters)
      throws SQLException {
    if (parameters.size() == 0 && prepared.isNew(sql)) {
      Statement statement = operation.closeLater(connection.createStatement());
      track(operation, statement);
      return (DuckDBResultSet) statement.executeQuery(sql);
    }
    PreparedStatement statement = prepared.borrow(operation, sql);
    track(operation, statement);
    ParameterBinder.bind(statement, parameters);
    return (DuckDBResultSet) statement.executeQuery();
  }

  private void track(Operation operation, Statement statement) {
    progress.begin(statement);
    operation.closeLater((AutoCloseable) progress::end);
  }

  /** Has DuckDB count how far statements are, or no longer. */
  void trackProgress(boolean wanted) {
    update("SET enable_progress_bar_print = false", Parameters.NONE);
    update("SET enable_progress_bar = " + wanted, Parameters.NONE);
  }

  /**
   * How far the running update or streamed statement is, 0 to 1; empty if there is none or nobody
   * counts. Thread-safe.
   */
  OptionalDouble progress() {
    return progress.now();
  }

  /** DuckDB's own parse of a text, as JSON. */
  String serializedParse(String sql) {
    return ask(SERIALIZE, row -> row.getString(1), Parameters.of(sql)).get(0);
  }

  /** Whether a table or view of exactly this name can be found; never looks at files. */
  boolean exists(QualifiedName name) {
    String schema = name.schema().orElse("");
    String catalog = name.catalog().orElse("");
    return !ask(EXISTS, row -> true, Parameters.of(name.name(), schema, catalog)).isEmpty();
  }

  RegisteredStream register(String name, ArrowReader reader, BufferAllocator allocator) {
    ArrowArrayStream stream = ArrowArrayStream.allocateNew(allocator);
    try {
      Data.exportArrayStream(allocator, reader, stream);
      run(
          "",
          Parameters.NONE,
          () -> {
            connection.registerArrowStream(name, stream);
            return true;
          });
      return new RegisteredStream(this, name, stream);
    } catch (Throwable e) {
      if (stream.snapshot().release != 0) {
        stream.release();
      }
      stream.close();
      throw e;
    }
  }

  void cancel(FlashDuckException reason) {
    slot.cancel(reason, inTransaction);
  }

  /** Says whether a transaction is open that should outlive a cancelled query. */
  void inTransaction(boolean open) {
    inTransaction = open;
  }

  boolean busy() {
    return slot.busy();
  }

  @Override
  public void close() {
    slot.close(this::closeConnection);
  }

  private void closeConnection() {
    prepared.close();
    try {
      connection.close();
    } catch (SQLException e) {
      LOG.warn("Closing a DuckDB connection failed: {}", e.getMessage());
    }
  }
}
