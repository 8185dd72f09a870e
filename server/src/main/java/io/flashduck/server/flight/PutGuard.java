package io.flashduck.server.flight;

import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import java.time.Duration;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Wakes the thread of a DoPut that waits for its client: Arrow's stream does not notice when the
 * client goes away before its first message, or when the answer failed while it waits for the next.
 *
 * <p>Threading: one thread waits; {@link #stop} and {@link #look} are thread-safe. Interrupts are
 * sent only while the thread waits, so none is left behind.
 */
final class PutGuard implements Watchdog.Watched, AutoCloseable {
  private final Watchdog watchdog;
  private final BooleanSupplier cancelled;
  private @Nullable Thread waiting;
  private long waitingUntil;
  private @Nullable FlashDuckException stopReason;

  private PutGuard(Watchdog watchdog, BooleanSupplier cancelled) {
    this.watchdog = watchdog;
    this.cancelled = cancelled;
  }

  /** The caller closes it when the call ends. */
  static PutGuard watch(Watchdog watchdog, BooleanSupplier cancelled) {
    PutGuard guard = new PutGuard(watchdog, cancelled);
    watchdog.watch(guard);
    return guard;
  }

  /**
   * Waits for the client.
   *
   * @param wait blocks on Arrow's stream
   * @param limit how long the client may take
   * @throws FlashDuckException CANCELLED if the client cancelled; TIMEOUT; or the reason of stop
   */
  <T> T waiting(Supplier<T> wait, Duration limit) {
    enter(System.nanoTime() + limit.toNanos());
    T result;
    try {
      result = wait.get();
    } catch (RuntimeException e) {
      FlashDuckException reason = leave();
      throw reason != null ? reason : e;
    }
    FlashDuckException reason = leave();
    if (reason != null) {
      throw reason;
    }
    return result;
  }

  /** Makes the current or next wait fail with that reason. */
  synchronized void stop(FlashDuckException reason) {
    if (stopReason == null) {
      stopReason = reason;
      if (waiting != null) {
        waiting.interrupt();
      }
    }
  }

  @Override
  public synchronized void look(long now) {
    if (waiting == null) {
      return;
    }
    if (cancelled.getAsBoolean()) {
      stop(new FlashDuckException(ErrorCode.CANCELLED, "The client cancelled the call"));
    } else if (now - waitingUntil > 0) {
      stop(new FlashDuckException(ErrorCode.TIMEOUT, "The client sent nothing for too long"));
    }
  }

  @Override
  public void close() {
    watchdog.forget(this);
  }

  private synchronized void enter(long until) {
    if (stopReason != null) {
      throw stopReason;
    }
    waiting = Thread.currentThread();
    waitingUntil = until;
  }

  private synchronized @Nullable FlashDuckException leave() {
    waiting = null;
    if (stopReason != null) {
      boolean ignored = Thread.interrupted();
    }
    return stopReason;
  }
}
