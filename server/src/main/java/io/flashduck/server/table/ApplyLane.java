package io.flashduck.server.table;

import io.flashduck.server.catalog.TableName;
import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import io.flashduck.server.queue.Frame;
import io.flashduck.server.queue.FrameReader;
import io.flashduck.server.sync.FolderSnapshot;
import io.flashduck.server.table.apply.AcceptedChange;
import io.flashduck.server.table.apply.FolderApplier;
import io.flashduck.server.table.apply.WritesApplier;
import io.flashduck.server.table.change.ChangeCodec;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the apply lane does, step by step: durable writes in their order, many in one transaction;
 * what a scan of the folder found, in one transaction; and the publication of both.
 *
 * <p>A write that DuckDB refuses although it was checked is a defect. It is reported, recorded in
 * the history and skipped, so that one such write does not stop all others; lack of memory or disk
 * is waited out instead.
 *
 * <p>Threading: confined to the thread {@code flashduck-apply}.
 */
final class ApplyLane {
  private static final Logger LOG = LoggerFactory.getLogger(ApplyLane.class);
  private static final int MOST_CHANGES = 4_096;
  private static final long MOST_BYTES = 128L << 20;

  private final LaneParts parts;
  private FrameReader reader;

  ApplyLane(LaneParts parts) {
    this.parts = parts;
    this.reader = parts.queue().read(appliedSequence() + 1);
  }

  long appliedSequence() {
    return parts.state().counters().sequence();
  }

  /**
   * The writes of one transaction.
   *
   * @param bytes of their payloads
   * @param nanos that it took to apply them
   */
  record Applied(int changes, long bytes, long nanos) {
    boolean isFull() {
      return changes >= MOST_CHANGES || bytes >= MOST_BYTES;
    }
  }

  /**
   * Applies durable writes, up to one transaction of them.
   *
   * @throws FlashDuckException a lack of memory or disk: nothing was applied, try again later
   */
  Applied applyWrites() {
    long started = System.nanoTime();
    List<AcceptedChange> changes = new ArrayList<>();
    long bytes = read(changes);
    if (changes.isEmpty()) {
      return new Applied(0, 0, 0);
    }
    try {
      apply(changes);
    } catch (RuntimeException e) {
      rewind();
      throw e;
    }
    return new Applied(changes.size(), bytes, System.nanoTime() - started);
  }

  /** Applies all writes that are durable now. */
  void drain() {
    while (applyWrites().changes() > 0) {
      LOG.trace("Applied up to {}", appliedSequence());
    }
  }

  private long read(List<AcceptedChange> changes) {
    long bytes = 0;
    while (changes.size() < MOST_CHANGES && bytes < MOST_BYTES) {
      Optional<Frame> frame = reader.next();
      if (frame.isEmpty()) {
        break;
      }
      bytes += frame.get().payload().remaining();
      changes.add(
          new AcceptedChange(
              frame.get().sequence(),
              frame.get().acceptedAtNanos(),
              ChangeCodec.decode(frame.get().payload())));
    }
    return bytes;
  }

  private void rewind() {
    reader.close();
    reader = parts.queue().read(appliedSequence() + 1);
  }

  private void apply(List<AcceptedChange> changes) {
    try {
      long started = System.nanoTime();
      parts.steps().accept(LaneStep.READ);
      WritesApplier.Outcome outcome = parts.writes().apply(changes);
      parts.steps().accept(LaneStep.COMMITTED);
      publish(outcome.changed(), outcome.schemaChanged());
      parts.steps().accept(LaneStep.PUBLISHED);
      boolean retry = outcome.schemaChanged() && parts.folder().forgetConflicts(outcome.changed());
      if (outcome.rescan() || retry) {
        parts.rescan().run();
      }
      LOG.debug(
          "Sequence {}: {} change(s) of {}, {} ms",
          appliedSequence(),
          changes.size(),
          outcome.changed(),
          (System.nanoTime() - started) / 1_000_000);
    } catch (FlashDuckException e) {
      if (isTransient(e)) {
        throw e;
      }
      separate(changes, e);
    }
  }

  /** Finds the write that cannot be applied and applies the others. */
  private void separate(List<AcceptedChange> changes, FlashDuckException failure) {
    if (changes.size() > 1) {
      int half = changes.size() / 2;
      apply(changes.subList(0, half));
      apply(changes.subList(half, changes.size()));
      return;
    }
    AcceptedChange change = changes.get(0);
    LOG.error("Write {} was accepted but cannot be applied", change.sequence(), failure);
    parts.skip(change, failure);
    parts
        .publisher()
        .fail(
            change.sequence(),
            new FlashDuckException(
                ErrorCode.INTERNAL,
                "The change is durable but could not be applied: " + failure.getMessage(),
                failure));
    publish(Set.of(), false);
  }

  static boolean isTransient(FlashDuckException e) {
    return switch (e.code()) {
      case RESOURCE_EXHAUSTED, IO_ERROR, CANCELLED, SHUTTING_DOWN, TIMEOUT -> true;
      case INVALID_REQUEST,
          TYPE_MISMATCH,
          CONSTRAINT_VIOLATION,
          UNAUTHENTICATED,
          PERMISSION_DENIED,
          NOT_FOUND,
          ALREADY_EXISTS,
          CONFLICT,
          QUEUE_FULL,
          COMMIT_UNKNOWN,
          UNIMPLEMENTED,
          ALREADY_RUNNING,
          CORRUPT_STATE,
          INTERNAL ->
          false;
    };
  }

  /** Whether somebody waits for a write that is not applied yet. */
  boolean isAwaited() {
    return parts.publisher().isAwaited();
  }

  /** Applies what a scan found. */
  FolderApplier.Outcome applyFolder(FolderSnapshot snapshot, boolean eachTableAlone) {
    FolderApplier.Outcome outcome = parts.folder().apply(snapshot, eachTableAlone);
    parts.problems().record(snapshot, parts.folder().conflicts(), outcome.refused());
    if (!outcome.changed().isEmpty()) {
      publish(outcome.changed(), true);
    }
    return outcome;
  }

  /** Publishes the committed state and what changed with it. */
  void publish(Set<TableName> changed, boolean schemaChanged) {
    if (schemaChanged) {
      parts.views().sync(parts.state());
    }
    AcceptedTables.Published now = Publisher.describe(parts.state());
    long sequence = appliedSequence();
    parts.queue().applied(sequence);
    parts.accepted().published(now, sequence);
    for (TableName table : changed) {
      // A dropped table changed with this version.
      parts
          .exports()
          .published(
              table, now.catalog().tableVersions().getOrDefault(table, now.catalog().version()));
    }
    parts.publisher().publish(now.catalog());
  }

  /** Waits for a durable write, at most that long. */
  boolean awaitDurable(Duration limit) throws InterruptedException {
    return parts.queue().awaitBeyond(appliedSequence(), limit);
  }

  void close() {
    reader.close();
  }
}
