package io.flashduck.server.table;

import io.flashduck.server.engine.EngineThreads;
import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import io.flashduck.server.sync.FolderSnapshot;
import io.flashduck.server.table.apply.FolderApplier;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The thread of the apply lane: waits for durable writes, snapshots of the folder and statements,
 * and does one step after the other.
 *
 * <p>Threading: thread-safe; the steps run on the thread {@code flashduck-apply}.
 */
final class LaneLoop implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(LaneLoop.class);
  private static final Duration RETRY_AFTER = Duration.ofSeconds(1);
  private static final int MOST_STATEMENTS = 1_024;
  private static final Duration CLOSE_LIMIT = Duration.ofSeconds(60);

  private final ApplyLane lane;
  private final FolderFeed feed;
  private final Thread thread;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition work = lock.newCondition();
  private final Deque<Runnable> statements = new ArrayDeque<>();
  private boolean durable;
  private boolean resting;
  private long restUntilNanos;
  private @Nullable FolderSnapshot snapshot;
  private @Nullable FolderSnapshot lastSnapshot;

  /** Whether the files of some table could not be applied, so that each table is alone. */
  private volatile boolean retrying;

  private boolean stopping;
  private volatile @Nullable String trouble;

  LaneLoop(ApplyLane lane, FolderFeed feed) {
    this.lane = lane;
    this.feed = feed;
    this.thread = EngineThreads.create(this::run, "flashduck-apply");
  }

  void start() {
    thread.start();
  }

  /** Says that more writes are durable. Returns at once. */
  void signalDurable() {
    lock.lock();
    try {
      durable = true;
      if (!resting || lane.isAwaited()) {
        work.signal();
      }
    } finally {
      lock.unlock();
    }
  }

  /** Ends a rest, because somebody waits for what is durable. Returns at once. */
  void hurry() {
    lock.lock();
    try {
      work.signal();
    } finally {
      lock.unlock();
    }
  }

  /** Hands over what a scan found; of several that wait only the last counts. */
  void offer(FolderSnapshot found) {
    lock.lock();
    try {
      snapshot = found;
      lastSnapshot = found;
      work.signal();
    } finally {
      lock.unlock();
    }
  }

  /** Lets the last snapshot be compared with the tables again. */
  void offerAgain() {
    lock.lock();
    try {
      if (snapshot == null) {
        snapshot = lastSnapshot;
      }
      work.signal();
    } finally {
      lock.unlock();
    }
  }

  /** Runs a statement on the lane; it must not throw. */
  void submit(Runnable statement) {
    lock.lock();
    try {
      if (stopping) {
        throw new FlashDuckException(ErrorCode.SHUTTING_DOWN, "The server is stopping.");
      }
      if (statements.size() >= MOST_STATEMENTS) {
        throw new FlashDuckException(
            ErrorCode.QUEUE_FULL,
            MOST_STATEMENTS + " statements are waiting already; nothing was done, try again");
      }
      statements.add(statement);
      work.signal();
    } finally {
      lock.unlock();
    }
  }

  /** Waits until all that was handed over before this call is applied. */
  boolean awaitIdle(Duration limit) throws InterruptedException {
    CountDownLatch done = new CountDownLatch(1);
    submit(done::countDown);
    return done.await(limit.toNanos(), TimeUnit.NANOSECONDS);
  }

  /** Whether nothing new is begun any more. */
  boolean stopping() {
    lock.lock();
    try {
      return stopping;
    } finally {
      lock.unlock();
    }
  }

  /** Why nothing is applied at the moment, if that is so. */
  Optional<String> trouble() {
    return Optional.ofNullable(trouble);
  }

  private void run() {
    try {
      while (awaitWork()) {
        step();
      }
    } catch (RuntimeException | Error e) {
      LOG.error("The apply lane has stopped; nothing is applied until a restart", e);
      trouble = "the apply lane has stopped: " + e;
      throw e;
    }
  }

  private boolean awaitWork() {
    lock.lock();
    try {
      rest();
      while (!stopping && !durable && snapshot == null && statements.isEmpty()) {
        work.awaitUninterruptibly();
      }
      return !stopping;
    } finally {
      lock.unlock();
    }
  }

  /** Lets writes gather, unless there is something else to do. */
  private void rest() {
    resting = true;
    try {
      long left = restUntilNanos - System.nanoTime();
      while (left > 0 && !stopping && snapshot == null && statements.isEmpty() && !awaited()) {
        left = work.awaitNanos(left);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      resting = false;
    }
  }

  private boolean awaited() {
    return durable && lane.isAwaited();
  }

  private void step() {
    try {
      boolean all;
      lock.lock();
      try {
        durable = false;
        all = !statements.isEmpty();
      } finally {
        lock.unlock();
      }
      if (all) {
        lane.drain();
      } else {
        applyWrites();
      }
      trouble = null;
    } catch (FlashDuckException e) {
      LOG.warn("Applying writes failed and is tried again: {}", e.getMessage());
      trouble = e.getMessage();
      retryLater();
    }
    applySnapshot();
    Runnable statement = nextStatement();
    if (statement != null) {
      statement.run();
    }
  }

  private void applyWrites() {
    ApplyLane.Applied applied = lane.applyWrites();
    if (applied.changes() > 0) {
      lock.lock();
      try {
        durable = true; // there may be more
        restUntilNanos = System.nanoTime() + LanePace.restNanos(applied);
      } finally {
        lock.unlock();
      }
    }
  }

  /** The failed work is tried again after a pause. */
  private void retryLater() {
    lock.lock();
    try {
      long left = RETRY_AFTER.toNanos();
      while (!stopping && left > 0) {
        left = work.awaitNanos(left);
      }
      durable = true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      lock.unlock();
    }
  }

  private void applySnapshot() {
    FolderSnapshot found = takeSnapshot();
    if (found == null) {
      return;
    }
    try {
      FolderApplier.Outcome outcome = lane.applyFolder(found, retrying);
      feed.applied(outcome);
      retrying = false;
      outcome.failure().ifPresent(this::retryFolder);
    } catch (FlashDuckException e) {
      retryFolder(e);
    }
  }

  private void retryFolder(FlashDuckException failure) {
    LOG.warn("Applying the folder failed and is tried again", failure);
    trouble = failure.getMessage();
    retrying = true;
    retryLater();
    offerAgain();
  }

  /** Whether what was found in the folder could be applied, as far as it has been tried. */
  boolean folderFails() {
    return retrying;
  }

  private @Nullable FolderSnapshot takeSnapshot() {
    lock.lock();
    try {
      FolderSnapshot found = snapshot;
      snapshot = null;
      return found;
    } finally {
      lock.unlock();
    }
  }

  /** What was found before a statement came is applied before it. */
  private @Nullable Runnable nextStatement() {
    lock.lock();
    try {
      return snapshot == null || retrying || stopping ? statements.poll() : null;
    } finally {
      lock.unlock();
    }
  }

  /** Finishes the step that runs; what waits is not done any more. */
  @Override
  public void close() {
    lock.lock();
    try {
      stopping = true;
      work.signal();
    } finally {
      lock.unlock();
    }
    try {
      thread.join(TimeUnit.NANOSECONDS.toMillis(CLOSE_LIMIT.toNanos()));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    Runnable left = nextStatement();
    while (left != null) {
      left.run(); // sees that the server is stopping
      left = nextStatement();
    }
  }
}
