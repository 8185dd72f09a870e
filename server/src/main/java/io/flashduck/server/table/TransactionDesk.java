package io.flashduck.server.table;

import io.flashduck.server.catalog.CatalogSnapshot;
import io.flashduck.server.catalog.TableDefinition;
import io.flashduck.server.engine.ClientConnection;
import io.flashduck.server.engine.EngineConnection;
import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import io.flashduck.server.table.change.LoggedChange;
import io.flashduck.server.table.statement.Evaluation;
import io.flashduck.server.table.statement.StatementEvaluator;
import io.flashduck.server.table.transaction.ConflictCheck;
import io.flashduck.server.table.transaction.PendingChange;
import io.flashduck.server.table.transaction.TransactionBuffer;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Begins transactions and commits them: on the apply lane, after everything durable is applied, the
 * rows that one has written are compared with what is there now, and if nothing of it has changed,
 * all of them are appended as one frame.
 *
 * <p>Threading: thread-safe.
 */
final class TransactionDesk implements LocalTransaction.Desk {
  private static final Duration PUBLICATION_LIMIT = Duration.ofSeconds(10);

  private final LocalDatabase.Parts parts;
  private final StatementDesk statements;
  private final AtomicLong numbers = new AtomicLong();

  TransactionDesk(LocalDatabase.Parts parts, StatementDesk statements) {
    this.parts = parts;
    this.statements = statements;
  }

  /**
   * Opens a snapshot on a connection, together with the catalog that belongs to it: what is
   * committed is published a moment later, so the two are compared.
   */
  Transaction begin(ClientConnection client) {
    EngineConnection connection = client.internal();
    long deadline = System.nanoTime() + PUBLICATION_LIMIT.toNanos();
    while (true) {
      connection.execute("BEGIN TRANSACTION READ ONLY");
      long version =
          connection.query("SELECT version FROM _flashduck.applied", row -> row.getLong(1)).get(0);
      CatalogSnapshot catalog = parts.lane().publisher().catalog();
      if (catalog.version() == version) {
        return open(client, catalog);
      }
      connection.rollback();
      awaitVersion(version, deadline);
    }
  }

  private void awaitVersion(long version, long deadline) {
    try {
      Duration left = Duration.ofNanos(deadline - System.nanoTime());
      if (left.isNegative() || !parts.lane().publisher().awaitVersion(version, left)) {
        throw new FlashDuckException(
            ErrorCode.TIMEOUT, "A change is being published for too long; begin again");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new FlashDuckException(ErrorCode.SHUTTING_DOWN, "The server is stopping", e);
    }
  }

  private Transaction open(ClientConnection client, CatalogSnapshot catalog) {
    client.inTransaction(true);
    LocalDatabase.Evaluators evaluators = parts.evaluators();
    TransactionBuffer buffer =
        new TransactionBuffer(
            client,
            catalog,
            new TransactionBuffer.Parts(
                parts.lane().context().allocator(),
                numbers::incrementAndGet,
                evaluators.rules().maxBytes()));
    StatementEvaluator evaluator =
        new StatementEvaluator(
            client.internal(),
            parts.lane().context().allocator(),
            buffer::catalog,
            evaluators.rules(),
            Optional.of(buffer));
    return new LocalTransaction(client, catalog, buffer, evaluator, this);
  }

  @Override
  public LoggedChange check(Change change, Optional<TableDefinition> table) {
    return parts.checks().check(change, table, Optional.empty());
  }

  @Override
  public WriteAck commit(PendingChange change, WriteOptions options) {
    try {
      return statements.execute(() -> checked(change), options).get().ack();
    } catch (ExecutionException e) {
      throw LocalDatabase.cause(e.getCause() == null ? e : e.getCause());
    } catch (CancellationException | InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new FlashDuckException(
          ErrorCode.COMMIT_UNKNOWN,
          "The server is stopping; the transaction may still have been written",
          e);
    }
  }

  /** On the apply lane. */
  private Evaluation checked(PendingChange change) {
    LaneParts lane = parts.lane();
    AcceptedTables.Published applied = lane.accepted().published();
    new ConflictCheck(
            lane.context().connection(),
            lane.context().allocator(),
            applied.catalog(),
            applied.shapes())
        .check(change);
    return new Evaluation(change.sections(), change.recordCount(), Optional.empty());
  }
}
