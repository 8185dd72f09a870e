package io.flashduck.server.engine;

import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import java.sql.SQLException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.duckdb.DuckDBConnection;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The place for the one statement that may run on a DuckDB connection, and the way to stop it.
 *
 * <p>DuckDB forgets an interrupt that arrives before a statement starts or between two fetches, so
 * a cancelled operation keeps its reason, refuses to enter native code again, and is interrupted
 * repeatedly while it is inside. Interrupts are sent only while the operation holds the slot, so
 * they never hit a later statement or a closed connection.
 *
 * <p>An interrupt also aborts the transaction that the statement runs in, while a result that is
 * closed after any of its batches leaves it as it is. So a transaction can be spared: the
 * interrupts begin only if the batch is not there after a while.
 *
 * <p>Threading: thread-safe.
 */
final class StatementSlot {
  private static final Logger LOG = LoggerFactory.getLogger(StatementSlot.class);
  private static final long REPEAT_MILLIS = 5;
  private static final long CLOSE_WAIT_SECONDS = 10;

  /** How long a cancelled statement of a transaction may take to stop by itself. */
  private static final long SPARED_MILLIS = 1_000;

  private final DuckDBConnection connection;
  private final Interrupter interrupter;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition free = lock.newCondition();
  private @Nullable Operation current;
  private @Nullable Runnable whenFree;

  StatementSlot(DuckDBConnection connection, Interrupter interrupter) {
    this.connection = connection;
    this.interrupter = interrupter;
  }

  /** Takes the slot for a new statement; the caller releases it. */
  Operation claim() {
    lock.lock();
    try {
      if (whenFree != null) {
        throw new FlashDuckException(ErrorCode.SHUTTING_DOWN, "This connection is closed.");
      }
      if (current != null) {
        throw new IllegalStateException(
            "A connection runs one statement at a time; close the previous result first");
      }
      current = new Operation();
      return current;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Stops the running statement, if any.
   *
   * @param spared whether its transaction should outlive that
   */
  void cancel(FlashDuckException reason, boolean spared) {
    lock.lock();
    try {
      if (current != null) {
        current.cancel(reason, spared);
      }
    } finally {
      lock.unlock();
    }
  }

  /**
   * Refuses new statements, stops the running one and runs {@code afterwards} once the slot is
   * free: its user may still read the batch that it holds, so only that user frees it. Waits a
   * while for that, then leaves it to the release.
   */
  void close(Runnable afterwards) {
    lock.lock();
    try {
      if (whenFree != null) {
        return;
      }
      whenFree = afterwards;
      Operation running = current;
      if (running == null) {
        afterwards.run();
        return;
      }
      running.cancel(
          new FlashDuckException(ErrorCode.CANCELLED, "The connection was closed."), false);
      if (running.user.equals(Thread.currentThread())) {
        running.release();
        return;
      }
      long nanosLeft = TimeUnit.SECONDS.toNanos(CLOSE_WAIT_SECONDS);
      while (current != null && nanosLeft > 0) {
        nanosLeft = free.awaitNanos(nanosLeft);
      }
      if (current != null) {
        LOG.warn("A closed connection's statement is still held after {} s", CLOSE_WAIT_SECONDS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      lock.unlock();
    }
  }

  /** Whether a statement holds the slot. */
  boolean busy() {
    lock.lock();
    try {
      return current != null;
    } finally {
      lock.unlock();
    }
  }

  /** A piece of work inside DuckDB. */
  @FunctionalInterface
  interface NativeCall<T> {
    T run() throws Exception;
  }

  /** One statement from its preparation to the close of its result. */
  final class Operation {
    private final Deque<AutoCloseable> resources = new ArrayDeque<>();
    private @Nullable FlashDuckException reason;
    private Thread user = Thread.currentThread();
    private boolean inside;
    private boolean sparing;
    private boolean released;

    /** Runs {@code call}, which a cancel interrupts; translates its failure. */
    <T> T call(NativeCall<T> call) {
      enter();
      try {
        return call.run();
      } catch (Exception e) {
        throw failure(e);
      } finally {
        exit();
      }
    }

    /** Closed at release, last one first. */
    <C extends AutoCloseable> C closeLater(C resource) {
      resources.push(resource);
      return resource;
    }

    /** Gives the slot back after closing the operation's resources; repeated calls do nothing. */
    void release() {
      lock.lock();
      try {
        if (released) {
          return;
        }
        released = true;
        closeResources();
        current = null;
        free.signalAll();
        if (whenFree != null) {
          whenFree.run();
        }
      } finally {
        lock.unlock();
      }
    }

    void cancel(FlashDuckException why, boolean spared) {
      lock.lock();
      try {
        boolean first = reason == null;
        if (released || !(first || (sparing && !spared))) {
          return;
        }
        reason = first ? why : reason;
        sparing = spared;
        if (spared) {
          interrupter.again(this::interruptAgain, SPARED_MILLIS);
        } else {
          interruptIfInside();
        }
      } finally {
        lock.unlock();
      }
    }

    private void closeResources() {
      while (!resources.isEmpty()) {
        try {
          resources.pop().close();
        } catch (Exception e) {
          LOG.warn("Closing a statement's resource failed: {}", e.getMessage());
        }
      }
    }

    private void enter() {
      lock.lock();
      try {
        if (reason != null) {
          throw copyOf(reason);
        }
        if (released) {
          throw new IllegalStateException("The statement is closed");
        }
        inside = true;
        user = Thread.currentThread();
      } finally {
        lock.unlock();
      }
    }

    private void exit() {
      lock.lock();
      try {
        inside = false;
      } finally {
        lock.unlock();
      }
    }

    private FlashDuckException failure(Exception e) {
      lock.lock();
      try {
        return reason != null ? copyOf(reason) : EngineErrors.translate(e);
      } finally {
        lock.unlock();
      }
    }

    /** A fresh stack trace for the reader's thread. */
    private FlashDuckException copyOf(FlashDuckException why) {
      return new FlashDuckException(why.code(), String.valueOf(why.getMessage()), why);
    }

    private void interruptIfInside() {
      if (!inside || released) {
        return;
      }
      try {
        interrupter.interrupt(connection);
      } catch (SQLException e) {
        LOG.warn("Interrupting a statement failed: {}", e.getMessage());
      }
      interrupter.again(this::interruptAgain, REPEAT_MILLIS);
    }

    private void interruptAgain() {
      lock.lock();
      try {
        interruptIfInside();
      } finally {
        lock.unlock();
      }
    }
  }
}
