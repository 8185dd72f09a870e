package io.flashduck.server.table;

import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Orders accepted changes: many senders may check a change and put it into the queue side by side,
 * but a change of a definition has the queue to itself from its check to its place in the queue.
 *
 * <p>The apply lane must never wait here, because senders inside may be waiting for room that only
 * the lane makes; it uses {@link #tryExclusive} and goes on applying.
 *
 * <p>Threading: thread-safe.
 */
final class AcceptGate {
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final Duration limit;
  private int inside;
  private int wanting;
  private boolean exclusive;

  /**
   * @param limit how long anybody waits before giving up
   */
  AcceptGate(Duration limit) {
    this.limit = limit;
  }

  /** Leaves the gate; closing it twice does no harm. */
  interface Pass extends AutoCloseable {
    @Override
    void close();
  }

  /** Enters side by side with others. */
  Pass enter() {
    lock.lock();
    try {
      await(() -> !exclusive && wanting == 0);
      inside++;
    } finally {
      lock.unlock();
    }
    return once(
        () -> {
          inside--;
          changed.signalAll();
        });
  }

  /** Enters alone. */
  Pass enterAlone() {
    lock.lock();
    try {
      wanting++;
      try {
        await(() -> !exclusive && inside == 0);
        exclusive = true;
      } finally {
        wanting--;
        changed.signalAll();
      }
    } finally {
      lock.unlock();
    }
    return leaveAlone();
  }

  /** Says that the lane wants to be alone; others that come wait from now on. */
  Pass want() {
    lock.lock();
    try {
      wanting++;
    } finally {
      lock.unlock();
    }
    return once(
        () -> {
          wanting--;
          changed.signalAll();
        });
  }

  /** Enters alone if nobody is inside. */
  java.util.Optional<Pass> tryExclusive() {
    lock.lock();
    try {
      if (exclusive || inside > 0) {
        return java.util.Optional.empty();
      }
      exclusive = true;
      return java.util.Optional.of(leaveAlone());
    } finally {
      lock.unlock();
    }
  }

  private Pass leaveAlone() {
    return once(
        () -> {
          exclusive = false;
          changed.signalAll();
        });
  }

  private Pass once(Runnable leave) {
    boolean[] left = {false};
    return () -> {
      lock.lock();
      try {
        if (!left[0]) {
          left[0] = true;
          leave.run();
        }
      } finally {
        lock.unlock();
      }
    };
  }

  private void await(java.util.function.BooleanSupplier open) {
    long left = limit.toNanos();
    try {
      while (!open.getAsBoolean()) {
        if (left <= 0) {
          throw new FlashDuckException(
              ErrorCode.QUEUE_FULL,
              "Another change of a definition is still being written after "
                  + TimeUnit.NANOSECONDS.toSeconds(limit.toNanos())
                  + " s; nothing was written, try again");
        }
        left = changed.awaitNanos(left);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new FlashDuckException(ErrorCode.CANCELLED, "The change was cancelled.", e);
    }
  }
}
