package io.flashduck.server.queue;

import io.flashduck.server.error.FlashDuckException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The durable write queue: a log of changes with sequences from 1 without gaps, each on stable
 * storage before its sender is answered.
 *
 * <p><b>Guarantee.</b> A change whose future completed with a sequence is read back, once and in
 * order, after any crash of the process or the machine, as long as the disk keeps what it said it
 * had synced. A change that failed with anything but COMMIT_UNKNOWN is never seen. A change that
 * failed with COMMIT_UNKNOWN is seen after the next open, or never.
 *
 * <p><b>Crash model.</b> Between two syncs any of the written sectors may reach the disk, in any
 * order; a failed sync says nothing about what did. So nothing is retried after one: the queue is
 * poisoned and refuses writes until it is opened again.
 *
 * <p><b>Format.</b> Segment files named after their first sequence: {@link SegmentHeader}, then
 * frames ({@link FrameFormat}). One folder belongs to one open queue; the caller holds a lock on
 * it.
 *
 * <p>Threading: thread-safe. One thread, {@code flashduck-queue}, writes; it also completes the
 * futures and runs their dependents and the listeners, which must be short and must not wait.
 */
public final class WriteQueue implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(WriteQueue.class);
  private static final Duration CLOSE_LIMIT = Duration.ofSeconds(60);

  private final QueueSettings settings;
  private final SegmentFolder folder;
  private final Inbox inbox;
  private final DurableLog log;
  private final Committer committer;
  private final Thread thread;
  private final Object releaseLock = new Object();
  private boolean unsyncedRelease;

  private WriteQueue(
      QueueSettings settings,
      SegmentFolder folder,
      Inbox inbox,
      DurableLog log,
      Committer committer) {
    this.settings = settings;
    this.folder = folder;
    this.inbox = inbox;
    this.log = log;
    this.committer = committer;
    this.thread = new Thread(committer, "flashduck-queue");
    this.thread.setDaemon(true); // a JVM that ends without close() leaves a recoverable queue
  }

  /**
   * Opens the queue in a folder, creating it if needed, and recovers what is there: every frame is
   * checked, a torn tail is cut off, and what is kept is synced. The stored changes hold room of
   * {@code maxPendingBytes} until {@link #applied} is called.
   *
   * @throws FlashDuckException CORRUPT_STATE naming file and offset if anything but the tail is
   *     unreadable; IO_ERROR or RESOURCE_EXHAUSTED if the system refused an operation
   */
  public static WriteQueue open(
      Path directory, QueueSettings settings, FileLayer files, Clock clock) {
    long started = System.nanoTime();
    SegmentFolder folder = new SegmentFolder(directory, files);
    RecoveredLog recovered = Recovery.run(folder, settings.preallocationBytes());
    Inbox inbox = new Inbox(settings, recovered.backlog());
    DurableLog log = new DurableLog(recovered.segments(), recovered.lastSequence());
    Committer committer = new Committer(recovered, inbox, log, folder, settings, clock);
    WriteQueue queue = new WriteQueue(settings, folder, inbox, log, committer);
    queue.thread.start();
    LOG.info(
        "Write queue {} open: last sequence {}, {} segments, {} ms",
        directory,
        recovered.lastSequence(),
        recovered.segments().size(),
        (System.nanoTime() - started) / 1_000_000);
    return queue;
  }

  /**
   * Appends a change; the future completes once it is on stable storage. Waits for room, at most
   * {@code maxWait}; a call from the queue's own thread does not wait.
   *
   * @param payload from position to limit, at most {@code maxFrameBytes}; borrowed until the future
   *     is complete
   * @return fails with QUEUE_FULL or SHUTTING_DOWN before any byte is written; RESOURCE_EXHAUSTED
   *     if the disk is full or the payload too large, IO_ERROR: nothing of it is stored;
   *     COMMIT_UNKNOWN if a sync failed, now or before
   */
  public CompletableFuture<Appended> append(ByteBuffer payload) {
    return submit(payload, PendingAppend.ANY).thenApply(Optional::orElseThrow);
  }

  /**
   * Appends a change only if that sequence is still the last one; see {@link #append}.
   *
   * @return empty if something else was appended; nothing is written then
   */
  public CompletableFuture<Optional<Appended>> appendIfLast(
      long expectedLastSequence, ByteBuffer payload) {
    if (expectedLastSequence < 0) {
      throw new IllegalArgumentException("expectedLastSequence " + expectedLastSequence);
    }
    return submit(payload, expectedLastSequence);
  }

  private CompletableFuture<Optional<Appended>> submit(ByteBuffer payload, long condition) {
    if (payload.remaining() > settings.maxFrameBytes()) {
      return CompletableFuture.failedFuture(QueueErrors.tooLarge(payload.remaining(), settings));
    }
    PendingAppend append = PendingAppend.of(payload, condition);
    try {
      inbox.put(append, Thread.currentThread() != thread);
    } catch (FlashDuckException e) {
      return CompletableFuture.failedFuture(e);
    }
    return append.future();
  }

  /**
   * Reads durable changes in order; the caller closes.
   *
   * @param fromSequence the first change wanted, from 1; may be one that does not exist yet
   * @throws FlashDuckException NOT_FOUND if it was released
   */
  public FrameReader read(long fromSequence) {
    if (fromSequence < 1) {
      throw new IllegalArgumentException("fromSequence " + fromSequence);
    }
    log.segmentOf(fromSequence);
    return new FrameReader(log, folder, fromSequence);
  }

  /** Calls the listener with the last durable sequence after each sync; see the class comment. */
  public void onDurable(LongConsumer listener) {
    committer.addListener(listener);
  }

  /**
   * Waits until a later sequence than that is durable.
   *
   * @return false if the limit passed or the queue closed
   */
  public boolean awaitBeyond(long sequence, Duration limit) throws InterruptedException {
    return log.awaitBeyond(sequence, limit);
  }

  /** The last durable sequence, 0 before the first. */
  public long lastSequence() {
    return log.lastSequence();
  }

  /**
   * Says that all changes up to that sequence are applied and need no more room. Called once after
   * opening with what the cache has applied, then after each application.
   *
   * @throws FlashDuckException CORRUPT_STATE if the queue never gave out that sequence: then it is
   *     not the queue that the cache was made from
   */
  public void applied(long sequence) {
    long last = log.lastSequence();
    if (sequence > last) {
      throw QueueErrors.behindCache(folder.directory(), last, sequence);
    }
    inbox.applied(sequence);
  }

  /**
   * Deletes all segments that hold only changes up to that sequence, but never the active one.
   *
   * @throws FlashDuckException IO_ERROR if a deletion failed; it may be called again
   */
  public void releaseThrough(long sequence) {
    if (sequence > inbox.snapshot().appliedSequence()) {
      throw new IllegalArgumentException("Sequence " + sequence + " is not applied yet");
    }
    synchronized (releaseLock) {
      for (Segment oldest : log.releasable(sequence)) {
        try {
          syncReleases();
          folder.files().delete(oldest.path());
          log.released(oldest);
          unsyncedRelease = true;
          syncReleases();
        } catch (IOException e) {
          throw QueueErrors.notReleased(oldest.path(), e);
        }
      }
    }
  }

  /** One deletion is durable before the next, so that no crash leaves a hole between segments. */
  private void syncReleases() throws IOException {
    if (unsyncedRelease) {
      folder.files().forceDirectory(folder.directory());
      unsyncedRelease = false;
    }
  }

  /** What the queue holds now. */
  public QueueStats stats() {
    Inbox.Snapshot held = inbox.snapshot();
    DurableLog.Snapshot durable = log.snapshot();
    Optional<Instant> oldest =
        held.oldestUnappliedAtNanos().isPresent()
            ? Optional.of(Instant.ofEpochSecond(0, held.oldestUnappliedAtNanos().getAsLong()))
            : Optional.empty();
    return new QueueStats(
        durable.firstSequence(),
        durable.lastSequence(),
        held.appliedSequence(),
        held.heldBytes(),
        held.waitingSenders(),
        durable.segments(),
        durable.bytes(),
        durable.syncs(),
        oldest,
        Optional.ofNullable(held.poison()));
  }

  /** Refuses new changes, makes those already accepted durable, marks the end and closes. */
  @Override
  public void close() {
    inbox.close();
    try {
      thread.join(CLOSE_LIMIT.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    if (thread.isAlive()) {
      LOG.warn("The write queue is still writing; it closes by itself when the disk answers");
    }
  }
}
