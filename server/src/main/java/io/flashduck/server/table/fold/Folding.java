package io.flashduck.server.table.fold;

import io.flashduck.server.catalog.TableName;
import io.flashduck.server.engine.Engine;
import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import io.flashduck.server.queue.QueueStats;
import io.flashduck.server.queue.WriteQueue;
import io.flashduck.server.table.fold.FoldManifest.History;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.apache.arrow.memory.BufferAllocator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Folds applied writes into Parquet in the background, and releases the queue's segments that
 * nothing needs any more.
 *
 * <p>A segment is released once a durable manifest names a base and a history that both reach
 * beyond it. Nobody who writes or applies waits for any of this.
 *
 * <p>Threading: thread-safe; the work is done on the thread {@code flashduck-fold}, and the history
 * also on the thread that asks for it.
 */
public final class Folding implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Folding.class);
  private static final Duration LOOK = Duration.ofSeconds(1);

  /** Writes that grow this much between two looks need the processors more than folding does. */
  private static final long BUSY_BYTES = 1 << 20;

  /** How many times what is enough may gather while writes keep coming. */
  private static final long MOST_PUT_OFF = 4;

  private static final Duration RETRY = Duration.ofSeconds(30);
  private static final Duration TIDY = Duration.ofMinutes(5);
  private static final Duration FINISH = Duration.ofSeconds(1);
  private static final Duration CLOSE_LIMIT = Duration.ofSeconds(60);

  private final WriteQueue queue;
  private final FoldSettings settings;
  private final Clock clock;
  private final FoldStore store;
  private final HistoryFold history;
  private final BaseFold base;
  private final Thread thread;
  private final ReentrantLock folding = new ReentrantLock();
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition wake = lock.newCondition();
  private boolean stopping;
  private long lookedAtBytes;
  private volatile @Nullable String problem;

  /**
   * What folding works with.
   *
   * @param queue whose writes are folded
   * @param engine where the stored tables are
   * @param allocator pays for the batches of rows that are read
   * @param clock tells how old a change is
   */
  public record Parts(WriteQueue queue, Engine engine, BufferAllocator allocator, Clock clock) {}

  /**
   * @param manifest as the folder has it
   */
  public Folding(Parts parts, FoldSettings settings, ChangeFolder folder, FoldManifest manifest) {
    this.queue = parts.queue();
    this.settings = settings;
    this.clock = parts.clock();
    this.store = new FoldStore(folder, manifest);
    this.history =
        new HistoryFold(queue, store, settings, parts.engine().openInternal(), parts.allocator());
    this.base = new BaseFold(store, parts.engine().openInternal());
    this.thread = new Thread(this::run, "flashduck-fold");
    this.thread.setDaemon(true);
  }

  /** Deletes what no manifest names, and begins to work. */
  public void start() {
    if (store.manifest().base().isPresent() || queue.stats().firstSequence() == 1) {
      try {
        store.settle(); // or a power failure could bring the manifest before it back
        store.folder().sweep(store.manifest());
      } catch (FlashDuckException e) {
        report(String.valueOf(e.getMessage()));
      }
    }
    thread.start();
  }

  private void run() {
    long waited = TIDY.toNanos();
    Duration pause = LOOK;
    while (await(pause)) {
      pause = LOOK;
      waited += LOOK.toNanos();
      try {
        if (due(queue.stats())) {
          fold();
          pause = problem == null ? LOOK : RETRY;
        }
        if (waited >= TIDY.toNanos()) {
          waited = 0;
          tidy();
        }
      } catch (RuntimeException e) {
        report(e.getMessage() == null ? e.toString() : e.getMessage());
        pause = RETRY;
      }
    }
  }

  private boolean due(QueueStats now) {
    long before = lookedAtBytes;
    lookedAtBytes = now.bytes();
    boolean lost = store.manifest().base().isEmpty() && now.firstSequence() > 1;
    if (lost) {
      return true; // only the cache has the writes before the oldest segment
    }
    long enough = Math.max(settings.foldBytes(), store.manifest().baseBytes());
    boolean busy = now.bytes() - before >= BUSY_BYTES;
    return now.bytes() >= (busy ? MOST_PUT_OFF * enough : enough) && now.segments() > 1;
  }

  private boolean await(Duration pause) {
    lock.lock();
    try {
      long left = pause.toNanos();
      while (!stopping && left > 0) {
        left = wake.awaitNanos(left);
      }
      return !stopping;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    } finally {
      lock.unlock();
    }
  }

  /** Folds all applied writes now, and releases what that allows. */
  public void fold() {
    folding.lock();
    try {
      long started = System.nanoTime();
      QueueStats before = queue.stats();
      history.through(before.appliedSequence()); // most of it before the snapshot begins
      Optional<String> putOff = base.run(history::through, before.firstSequence());
      if (putOff.isPresent()) {
        report(putOff.get());
        return;
      }
      problem = null;
      history.expire(nowNanos());
      release();
      LOG.info(
          "Folded up to sequence {}: base of {} bytes, history of {} bytes; segments from {} to {}"
              + " bytes, {} ms",
          store.manifest().baseSequence(),
          store.manifest().baseBytes(),
          store.manifest().historyBytes(),
          before.bytes(),
          queue.stats().bytes(),
          TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - started));
    } finally {
      folding.unlock();
    }
  }

  private void tidy() {
    folding.lock();
    try {
      history.expire(nowNanos());
      store.discardOld();
      release(); // what an earlier attempt could not delete
    } finally {
      folding.unlock();
    }
  }

  private void release() {
    FoldManifest now = store.manifest();
    if (now.base().isEmpty()) {
      return;
    }
    store.settle();
    queue.releaseThrough(
        Math.min(
            queue.stats().appliedSequence(), Math.min(now.baseSequence(), now.historySequence())));
  }

  private void report(String reason) {
    if (!reason.equals(problem)) {
      LOG.warn("Writes are not folded, the queue keeps them: {}", reason);
    }
    problem = reason;
  }

  private long nowNanos() {
    Instant now = clock.instant();
    return now.getEpochSecond() * 1_000_000_000L + now.getNano();
  }

  /** The history of a table with all changes up to an applied write; the files stay a while. */
  public History history(TableName table, long through) {
    lock.lock();
    try {
      if (stopping) {
        throw new FlashDuckException(ErrorCode.SHUTTING_DOWN, "The server is stopping.");
      }
    } finally {
      lock.unlock();
    }
    history.through(through);
    return store.manifest().history(table);
  }

  /** Where change files are. */
  public ChangeFolder folder() {
    return store.folder();
  }

  /** What is configured. */
  public FoldSettings settings() {
    return settings;
  }

  /** How far it is. */
  public FoldStatus status() {
    return FoldStatus.of(store.manifest(), Optional.ofNullable(problem));
  }

  /** Finishes a short step that runs, and stops a long one. */
  @Override
  public void close() {
    lock.lock();
    try {
      stopping = true;
      wake.signalAll();
    } finally {
      lock.unlock();
    }
    try {
      long deadline = System.nanoTime() + CLOSE_LIMIT.toNanos();
      thread.join(FINISH.toMillis());
      while (thread.isAlive() && System.nanoTime() < deadline) {
        base.cancel(); // nothing of the fold counts then
        history.cancel();
        thread.join(FINISH.toMillis());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    history.close();
    base.close();
  }
}
