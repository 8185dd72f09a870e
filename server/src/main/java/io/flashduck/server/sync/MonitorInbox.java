package io.flashduck.server.sync;

import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * What waits for the scan thread: hints of the watcher, orders of the reader, requests for a scan.
 * Hints that come close together are handed over together.
 *
 * <p>Threading: thread-safe; only the scan thread takes.
 */
final class MonitorInbox implements FolderWatcher.Sink {
  /** Hints that come closer together than this are one change. */
  private static final long QUIET_NANOS = Duration.ofMillis(2).toNanos();

  /** Hints that never rest are handed over after this time. */
  private static final long MAX_COLLECT_NANOS = Duration.ofMillis(20).toNanos();

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition arrived = lock.newCondition();
  private Hints hints = new Hints();
  private List<Runnable> orders = new ArrayList<>();
  private List<CompletableFuture<FolderSnapshot>> scans = new ArrayList<>();
  private long lastHintNanos;
  private boolean closed;

  /**
   * One round of work.
   *
   * @param hints where to look
   * @param orders what to do first
   * @param scans who waits for a full scan; then the hints say to look at everything
   */
  record Work(Hints hints, List<Runnable> orders, List<CompletableFuture<FolderSnapshot>> scans) {}

  @Override
  public void hint(String path, Hints.Kind kind) {
    if (FileNames.hiddenOrTemporary(path.substring(path.lastIndexOf('/') + 1))) {
      return;
    }
    lock.lock();
    try {
      hints.add(path, kind);
      lastHintNanos = System.nanoTime();
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void overflow() {
    lock.lock();
    try {
      hints.addEverything();
      lastHintNanos = System.nanoTime();
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void burstEnd() {
    signal();
  }

  void order(Runnable order) {
    lock.lock();
    try {
      orders.add(order);
      arrived.signalAll();
    } finally {
      lock.unlock();
    }
  }

  void requestScan(CompletableFuture<FolderSnapshot> done) {
    boolean refused;
    lock.lock();
    try {
      refused = closed;
      if (!closed) {
        scans.add(done);
        arrived.signalAll();
      }
    } finally {
      lock.unlock();
    }
    if (refused) {
      done.completeExceptionally(closedException());
    }
  }

  /**
   * Waits until there is work or the time has passed.
   *
   * @return false once closed
   */
  boolean await(long nanos) throws InterruptedException {
    lock.lock();
    try {
      long rest = nanos;
      while (!closed && rest > 0 && hints.isEmpty() && orders.isEmpty() && scans.isEmpty()) {
        rest = arrived.awaitNanos(rest);
      }
      return !closed;
    } finally {
      lock.unlock();
    }
  }

  /** Everything that waits, once the hints rest for a moment. */
  Work take() throws InterruptedException {
    lock.lock();
    try {
      Hints taken = takeHints(true);
      if (!scans.isEmpty()) {
        taken.addEverything();
      }
      Work work = new Work(taken, orders, scans);
      orders = new ArrayList<>();
      scans = new ArrayList<>();
      return work;
    } finally {
      lock.unlock();
    }
  }

  /**
   * The hints that wait.
   *
   * @param quiet whether to wait first until they rest for a moment
   */
  Hints takeHints(boolean quiet) throws InterruptedException {
    lock.lock();
    try {
      long start = System.nanoTime();
      long rest = quiet && !hints.isEmpty() ? QUIET_NANOS : 0;
      while (rest > 0 && !closed) {
        arrived.awaitNanos(rest);
        long now = System.nanoTime();
        rest = Math.min(lastHintNanos + QUIET_NANOS - now, start + MAX_COLLECT_NANOS - now);
      }
      Hints taken = hints;
      hints = new Hints();
      return taken;
    } finally {
      lock.unlock();
    }
  }

  /** Refuses what waits and what comes; wakes the scan thread to end. */
  void close() {
    List<CompletableFuture<FolderSnapshot>> waiting;
    lock.lock();
    try {
      closed = true;
      waiting = scans;
      scans = new ArrayList<>();
      arrived.signalAll();
    } finally {
      lock.unlock();
    }
    waiting.forEach(done -> done.completeExceptionally(closedException()));
  }

  private void signal() {
    lock.lock();
    try {
      arrived.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private static FlashDuckException closedException() {
    return new FlashDuckException(
        ErrorCode.SHUTTING_DOWN, "The data folder is no longer followed: the server is stopping");
  }
}
