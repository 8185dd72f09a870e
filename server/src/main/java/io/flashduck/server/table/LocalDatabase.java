package io.flashduck.server.table;

import io.flashduck.server.catalog.CatalogSnapshot;
import io.flashduck.server.catalog.TableName;
import io.flashduck.server.config.ServerConfig;
import io.flashduck.server.consolidate.ExportState;
import io.flashduck.server.consolidate.ExportedFile;
import io.flashduck.server.consolidate.VerifyReport;
import io.flashduck.server.engine.ClientConnection;
import io.flashduck.server.engine.Engine;
import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import io.flashduck.server.table.statement.EvaluationWatch;
import io.flashduck.server.table.statement.StatementEvaluator;
import java.time.Duration;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The database of one process: hands each request to the part that does it.
 *
 * <p>Threading: thread-safe.
 */
final class LocalDatabase implements Database {
  private static final Logger LOG = LoggerFactory.getLogger(LocalDatabase.class);

  private final Parts parts;
  private final Deque<AutoCloseable> open;
  private final WriteDesk desk;
  private final StatementDesk statements;
  private final TransactionDesk transactions;
  private final StatusReport status;
  private final AtomicBoolean closed = new AtomicBoolean();

  /**
   * What a database is made of.
   *
   * @param config its configuration
   * @param engine where queries run
   * @param lane the parts of the apply lane
   * @param loop the thread of the apply lane
   * @param feed the scans
   * @param checks the checks of changes
   * @param producers who sent what
   * @param evaluators of statements
   */
  record Parts(
      ServerConfig config,
      Engine engine,
      LaneParts lane,
      LaneLoop loop,
      FolderFeed feed,
      ChangeChecks checks,
      Producers producers,
      Evaluators evaluators) {}

  /**
   * Evaluators of statements.
   *
   * @param onLane runs them on the apply lane
   * @param describing only describes them, on a connection of its own
   * @param lane what the lane does between them
   * @param rules for the evaluators of transactions
   * @param watch over what is evaluated on the lane
   */
  record Evaluators(
      StatementEvaluator onLane,
      StatementEvaluator describing,
      ApplyLane lane,
      StatementEvaluator.Rules rules,
      EvaluationWatch watch) {}

  /**
   * @param open what {@link #close} closes, last opened first
   */
  LocalDatabase(Parts parts, Deque<AutoCloseable> open) {
    this.parts = parts;
    this.open = open;
    this.desk = new WriteDesk(parts, new AcceptGate(parts.config().queue().appendWait()));
    this.statements = new StatementDesk(parts, desk);
    this.transactions = new TransactionDesk(parts, statements);
    this.status = new StatusReport(parts);
  }

  @Override
  public void fold() {
    refuseIfClosed();
    parts.lane().folding().fold();
  }

  @Override
  public Engine engine() {
    return parts.engine();
  }

  @Override
  public CatalogSnapshot catalog() {
    return parts.lane().publisher().catalog();
  }

  @Override
  public Runnable onCatalog(Consumer<CatalogSnapshot> listener) {
    return parts.lane().publisher().listen(listener);
  }

  @Override
  public CompletableFuture<WriteAck> submit(Change change, WriteOptions options) {
    try {
      refuseIfClosed();
      return desk.submit(change, options);
    } catch (FlashDuckException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  @Override
  public CompletableFuture<SqlResult> execute(SqlUpdate update, WriteOptions options) {
    try {
      refuseIfClosed();
      return statements.execute(update, options);
    } catch (FlashDuckException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  @Override
  public UpdateDescription describeUpdate(SqlUpdate update) {
    refuseIfClosed();
    return statements.describe(update);
  }

  @Override
  public Transaction begin(ClientConnection connection) {
    refuseIfClosed();
    return transactions.begin(connection);
  }

  @Override
  public boolean awaitSequence(long sequence, Duration limit) throws InterruptedException {
    return parts.lane().publisher().awaitSequence(sequence, limit);
  }

  @Override
  public void rescan() {
    parts.feed().request();
  }

  @Override
  public boolean awaitQuiet(Duration limit) throws InterruptedException {
    long deadline = System.nanoTime() + limit.toNanos();
    long sequence = parts.lane().queue().lastSequence();
    return parts.feed().awaitScan(limit)
        && parts.loop().awaitIdle(Duration.ofNanos(deadline - System.nanoTime()))
        && !parts.loop().folderFails()
        && awaitSequence(sequence, Duration.ofNanos(deadline - System.nanoTime()));
  }

  @Override
  public VerifyReport verify(TableName table) {
    return parts.lane().exports().verify(table);
  }

  @Override
  public CompletableFuture<ExportedFile> export(TableName table) {
    return parts.lane().exports().export(table);
  }

  @Override
  public List<ExportState> exports() {
    return parts.lane().exports().states();
  }

  @Override
  public DatabaseStatus status() {
    return status.now();
  }

  private void refuseIfClosed() {
    if (closed.get()) {
      throw new FlashDuckException(ErrorCode.SHUTTING_DOWN, "The server is stopping.");
    }
  }

  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      DatabaseOpening.close(
          open, failure -> LOG.warn("Closing a part of the database failed", failure));
      parts
          .lane()
          .publisher()
          .close(
              new FlashDuckException(
                  ErrorCode.SHUTTING_DOWN,
                  "The server stopped before the change was applied; it is durable and is applied"
                      + " after the next start."));
    }
  }

  /** The exception under those that futures wrap around it. */
  static FlashDuckException cause(Throwable failure) {
    Throwable cause = failure;
    while (cause instanceof CompletionException && cause.getCause() != null) {
      cause = cause.getCause();
    }
    return cause instanceof FlashDuckException known
        ? known
        : new FlashDuckException(ErrorCode.INTERNAL, String.valueOf(cause), cause);
  }
}
