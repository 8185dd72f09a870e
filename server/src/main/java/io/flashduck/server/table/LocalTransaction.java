package io.flashduck.server.table;

import io.flashduck.server.catalog.CatalogSnapshot;
import io.flashduck.server.catalog.TableDefinition;
import io.flashduck.server.engine.ClientConnection;
import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import io.flashduck.server.table.change.LoggedChange;
import io.flashduck.server.table.statement.Evaluation;
import io.flashduck.server.table.statement.StatementEvaluator;
import io.flashduck.server.table.transaction.PendingChange;
import io.flashduck.server.table.transaction.TransactionBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A transaction on a client's connection, which has a DuckDB transaction open that only writes
 * temporary tables.
 *
 * <p>Threading: confined to whoever holds the connection.
 */
final class LocalTransaction implements Transaction {
  private static final Logger LOG = LoggerFactory.getLogger(LocalTransaction.class);

  private final ClientConnection connection;
  private final CatalogSnapshot snapshot;
  private final TransactionBuffer buffer;
  private final StatementEvaluator evaluator;
  private final Desk desk;
  private boolean broken;
  private boolean readOnly;

  /** What a transaction asks of the database. */
  interface Desk {
    /** Checks rows of a change against a definition. */
    LoggedChange check(Change change, Optional<TableDefinition> table);

    /** Writes what a transaction has become. */
    WriteAck commit(PendingChange change, WriteOptions options);
  }

  LocalTransaction(
      ClientConnection connection,
      CatalogSnapshot snapshot,
      TransactionBuffer buffer,
      StatementEvaluator evaluator,
      Desk desk) {
    this.connection = connection;
    this.snapshot = snapshot;
    this.buffer = buffer;
    this.evaluator = evaluator;
    this.desk = desk;
  }

  @Override
  public long sequence() {
    return snapshot.sequence();
  }

  @Override
  public boolean changed() {
    return buffer.changed();
  }

  @Override
  public void readOnly() {
    readOnly = true;
  }

  @Override
  public String reading(String query, List<String> searchPath) {
    refuseIfBroken();
    return buffer.reading(query, searchPath);
  }

  @Override
  public String temporary(String sql, List<String> searchPath) {
    refuseIfBroken();
    return buffer.temporary(sql, searchPath);
  }

  @Override
  public Result execute(SqlUpdate update) {
    refuseWrites();
    long[] count = {0};
    boolean[] taken = {false};
    List<ArrowRows> returned = new ArrayList<>();
    try {
      evaluator.evaluateEach(
          update,
          evaluation -> {
            take(evaluation);
            count[0] += evaluation.count();
            taken[0] = true;
            evaluation.returning().ifPresent(returned::add);
          });
    } catch (FlashDuckException e) {
      boolean stopped = e.code() == ErrorCode.CANCELLED || e.code() == ErrorCode.TIMEOUT;
      // Some of the executions took effect, some did not; or DuckDB gave its transaction up.
      broken |= taken[0] || stopped;
      throw e;
    }
    return new Result(
        count[0], returned.isEmpty() ? Optional.empty() : Optional.of(ArrowRows.concat(returned)));
  }

  private void take(Evaluation evaluation) {
    if (evaluation.sections().isEmpty()) {
      return;
    }
    try {
      buffer.apply(evaluation.sections());
    } catch (RuntimeException e) {
      broken = true;
      throw e;
    }
  }

  @Override
  public UpdateDescription describe(SqlUpdate update) {
    refuseIfBroken();
    return evaluator.describe(update);
  }

  @Override
  public long submit(Change change) {
    refuseWrites();
    if (buffer.catalog().views().containsKey(change.table())) {
      throw new FlashDuckException(
          ErrorCode.INVALID_REQUEST,
          change.table() + " is a view; change the tables that it reads");
    }
    LoggedChange logged = desk.check(change, buffer.catalog().table(change.table()));
    take(new Evaluation(logged.sections(), logged.recordCount(), Optional.empty()));
    return logged.recordCount();
  }

  @Override
  public WriteAck commit(WriteOptions options) {
    WriteAck ack;
    try {
      refuseIfBroken();
      PendingChange change = buffer.pending();
      ack =
          change.sections().isEmpty()
              ? new WriteAck(0, 0, options.ack(), false)
              : desk.commit(change, options);
    } catch (RuntimeException e) {
      rollback();
      throw e;
    }
    try {
      buffer.clear();
      connection.internal().commit();
      connection.inTransaction(false);
    } catch (FlashDuckException e) {
      LOG.warn("Temporary tables of a committed transaction are lost: {}", e.getMessage());
      rollback();
    }
    return ack;
  }

  @Override
  public void rollback() {
    try {
      connection.internal().rollback();
    } catch (FlashDuckException e) {
      LOG.debug("There was nothing to roll back: {}", e.getMessage());
    }
    connection.inTransaction(false);
  }

  private void refuseWrites() {
    refuseIfBroken();
    if (readOnly) {
      throw new FlashDuckException(
          ErrorCode.INVALID_REQUEST,
          "TransactionContext Error: this transaction is read-only; it was begun so");
    }
  }

  private void refuseIfBroken() {
    if (broken) {
      throw new FlashDuckException(
          ErrorCode.INVALID_REQUEST,
          "TransactionContext Error: Current transaction is aborted: a statement of it failed half"
              + " way (please ROLLBACK)");
    }
  }
}
