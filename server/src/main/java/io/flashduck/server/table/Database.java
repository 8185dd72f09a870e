package io.flashduck.server.table;

import io.flashduck.server.catalog.CatalogSnapshot;
import io.flashduck.server.catalog.TableName;
import io.flashduck.server.config.ServerConfig;
import io.flashduck.server.consolidate.ExportState;
import io.flashduck.server.consolidate.ExportedFile;
import io.flashduck.server.consolidate.VerifyReport;
import io.flashduck.server.engine.ClientConnection;
import io.flashduck.server.engine.Engine;
import io.flashduck.server.error.FlashDuckException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.apache.arrow.memory.BufferAllocator;

/**
 * The one writer over a data folder: every table is its source files and the accepted writes,
 * merged by the rule of {@code docs/adr/0002}.
 *
 * <p>Threading: thread-safe. Futures complete on internal threads: continue with an executor of
 * your own if you do more than hand the result on.
 */
public interface Database extends AutoCloseable {
  /**
   * Takes the state folder, recovers what was accepted, brings the tables up to date with the
   * folder and the queue, and is then ready.
   *
   * @param allocator pays for all Arrow memory through children; must outlive the database
   * @throws FlashDuckException ALREADY_RUNNING if another server owns the state or the export
   *     folder; CORRUPT_STATE if accepted writes cannot be read; IO_ERROR
   */
  static Database open(ServerConfig config, BufferAllocator allocator) {
    return open(config, allocator, line -> {});
  }

  /**
   * As {@link #open(ServerConfig, BufferAllocator)}.
   *
   * @param progress told after each file that is read, in a line for people
   */
  static Database open(ServerConfig config, BufferAllocator allocator, Consumer<String> progress) {
    return DatabaseOpening.open(config, allocator, progress, Surroundings.real());
  }

  /**
   * Folds all applied writes into Parquet now, and releases the segments of the queue that nothing
   * needs any more; the server does so by itself.
   *
   * @throws FlashDuckException IO_ERROR, RESOURCE_EXHAUSTED: nothing is lost, try again;
   *     COMMIT_UNKNOWN: not before the next start
   */
  void fold();

  /** Where queries run; borrowed. */
  Engine engine();

  /** The state that queries that start now see at least. */
  CatalogSnapshot catalog();

  /**
   * Calls back with every newly published state, in order, on the apply lane: be quick and do not
   * throw.
   *
   * @return closes the subscription
   */
  Runnable onCatalog(Consumer<CatalogSnapshot> listener);

  /**
   * Checks a change and writes it to the queue.
   *
   * @return completes at {@code options.ack()}; exceptionally with {@link FlashDuckException}:
   *     NOT_FOUND, ALREADY_EXISTS, INVALID_REQUEST, TYPE_MISMATCH, CONSTRAINT_VIOLATION, QUEUE_FULL
   *     and RESOURCE_EXHAUSTED before anything was written; COMMIT_UNKNOWN if the change may or may
   *     not survive
   */
  CompletableFuture<WriteAck> submit(Change change, WriteOptions options);

  /**
   * Runs a statement that changes data or definitions: evaluated once, logged as rows.
   *
   * <p>The caller has checked the statement's reads and its permission; see {@code engine.sql}.
   *
   * @return completes at {@code options.ack()}; a definition never before it is applied. Cancelling
   *     it stops the evaluation, and then nothing is written; a change that is already durable
   *     stays
   */
  CompletableFuture<SqlResult> execute(SqlUpdate update, WriteOptions options);

  /** Learns what a statement takes and returns without executing it. */
  UpdateDescription describeUpdate(SqlUpdate update);

  /**
   * Begins a transaction: opens a snapshot on a connection that has no transaction open.
   *
   * @param connection borrowed; closing it ends the transaction
   */
  Transaction begin(ClientConnection connection);

  /**
   * Waits until the write with that sequence is visible.
   *
   * @return false if the limit passed first
   */
  boolean awaitSequence(long sequence, Duration limit) throws InterruptedException;

  /** Asks for a scan of the data folder soon; does not wait. */
  void rescan();

  /**
   * Waits until a scan that started after this call and every write accepted before it are applied.
   *
   * @return false if the limit passed first
   */
  boolean awaitQuiet(Duration limit) throws InterruptedException;

  /**
   * Compares a table with the bytes of its consolidated file.
   *
   * @throws FlashDuckException NOT_FOUND
   */
  VerifyReport verify(TableName table);

  /** Replaces the consolidated file of a table now if it is not current. */
  CompletableFuture<ExportedFile> export(TableName table);

  /** How far the consolidated file of each table is. */
  List<ExportState> exports();

  /** Counters and states of tables, files and queue. */
  DatabaseStatus status();

  /** Stops taking changes, applies what is durable if that is quick, and frees everything. */
  @Override
  void close();
}
