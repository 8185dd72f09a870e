package io.flashduck.server.flight;

import java.time.Duration;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.apache.arrow.memory.BufferAllocator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks at everything that has a time limit ten times a second, and closes allocators whose last
 * buffers gRPC still has to send.
 *
 * <p>Threading: thread-safe; looks happen on the thread {@code flashduck-flight-watchdog}.
 */
final class Watchdog implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Watchdog.class);
  private static final Duration INTERVAL = Duration.ofMillis(100);

  private final ScheduledThreadPoolExecutor timer;
  private final Set<Watched> watched = ConcurrentHashMap.newKeySet();
  private final Queue<BufferAllocator> draining = new ConcurrentLinkedQueue<>();

  private Watchdog(ScheduledThreadPoolExecutor timer) {
    this.timer = timer;
  }

  /** What is looked at; quick, and does not throw. */
  interface Watched {
    /**
     * Looks once.
     *
     * @param now {@link System#nanoTime()}
     */
    void look(long now);
  }

  @SuppressWarnings("FutureReturnValueIgnored") // ends with the executor
  static Watchdog start() {
    ScheduledThreadPoolExecutor timer =
        new ScheduledThreadPoolExecutor(1, Threads.named("flashduck-flight-watchdog"));
    Watchdog watchdog = new Watchdog(timer);
    timer.scheduleWithFixedDelay(
        watchdog::look, INTERVAL.toMillis(), INTERVAL.toMillis(), TimeUnit.MILLISECONDS);
    return watchdog;
  }

  void watch(Watched one) {
    watched.add(one);
  }

  void forget(Watched one) {
    watched.remove(one);
  }

  /** Closes the allocator now or as soon as nothing is allocated from it any more. */
  void closeWhenDrained(BufferAllocator allocator) {
    if (!closedIfDrained(allocator)) {
      draining.add(allocator);
    }
  }

  /** Stops looking; waits a while for sent buffers to come back. Call after the server stopped. */
  @Override
  public void close() {
    timer.shutdown();
    try {
      // What it looks at may be freeing something just now.
      if (!timer.awaitTermination(5, TimeUnit.SECONDS)) {
        timer.shutdownNow();
      }
    } catch (InterruptedException e) {
      timer.shutdownNow();
      Thread.currentThread().interrupt();
    }
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(5);
    while (!draining.isEmpty() && System.nanoTime() < deadline) {
      draining.removeIf(Watchdog::closedIfDrained);
      Thread.onSpinWait();
    }
    for (BufferAllocator leaked : draining) {
      log.warn("{} still has {} bytes in use", leaked.getName(), leaked.getAllocatedMemory());
    }
  }

  private void look() {
    long now = System.nanoTime();
    for (Watched one : watched) {
      try {
        one.look(now);
      } catch (RuntimeException e) {
        log.error("The watchdog failed at {}", one, e);
      }
    }
    draining.removeIf(Watchdog::closedIfDrained);
  }

  private static boolean closedIfDrained(BufferAllocator allocator) {
    if (allocator.getAllocatedMemory() > 0) {
      return false;
    }
    allocator.close();
    return true;
  }
}
