package io.flashduck.server.engine;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.sql.SQLException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.duckdb.DuckDBConnection;

/**
 * Sends DuckDB's interrupt to a connection, and again until the statement has stopped.
 *
 * <p>{@code Statement.cancel()} does nothing while a streaming result fetches, because it checks a
 * lock that only {@code execute} holds; the connection's own interrupt, which is not public, does.
 * A method handle reaches it.
 *
 * <p>Threading: thread-safe; repeats run on the thread {@code flashduck-cancel}.
 */
final class Interrupter implements AutoCloseable {
  private static final MethodHandle INTERRUPT;
  private static final MethodHandle LOCK;

  static {
    try {
      MethodHandles.Lookup inside =
          MethodHandles.privateLookupIn(DuckDBConnection.class, MethodHandles.lookup());
      INTERRUPT =
          inside.findVirtual(
              DuckDBConnection.class, "interrupt", MethodType.methodType(void.class));
      LOCK = inside.findGetter(DuckDBConnection.class, "connRefLock", ReentrantLock.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final ScheduledThreadPoolExecutor repeats;

  private Interrupter(ScheduledThreadPoolExecutor repeats) {
    this.repeats = repeats;
  }

  static Interrupter start() {
    ScheduledThreadPoolExecutor repeats =
        new ScheduledThreadPoolExecutor(
            1,
            task -> {
              Thread thread = new Thread(task, "flashduck-cancel");
              thread.setDaemon(true);
              return thread;
            });
    repeats.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    return new Interrupter(repeats);
  }

  /**
   * Interrupts what runs on the connection now, unless the driver holds its lock just then. The
   * caller makes sure that the connection is open and asks again later.
   */
  void interrupt(DuckDBConnection connection) throws SQLException {
    try {
      ReentrantLock lock = (ReentrantLock) LOCK.invokeExact(connection);
      if (lock.tryLock()) {
        try {
          INTERRUPT.invokeExact(connection);
        } finally {
          lock.unlock();
        }
      }
    } catch (SQLException | RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
  }

  /** Runs {@code check} once, after that time. */
  @SuppressWarnings("FutureReturnValueIgnored") // the check logs its own failures
  void again(Runnable check, long millis) {
    try {
      repeats.schedule(check, millis, TimeUnit.MILLISECONDS);
    } catch (RejectedExecutionException e) {
      // The engine is closing; connections are closed, and interrupted, by their owners.
    }
  }

  @Override
  public void close() {
    repeats.shutdownNow();
  }
}
