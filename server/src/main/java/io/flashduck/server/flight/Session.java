package io.flashduck.server.flight;

import io.flashduck.server.engine.ClientConnection;
import io.flashduck.server.engine.Engine;
import io.flashduck.server.engine.SessionOptions;
import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The state of one session: its options, and a DuckDB connection of its own once it has temporary
 * tables or variables. Without those any connection of the pool can stand in, so that several
 * results may be open at once.
 *
 * <p>Threading: thread-safe; the own connection is lent to one statement at a time.
 */
final class Session implements AutoCloseable {
  /** Long enough for a result that was just cancelled to be freed. */
  private static final Duration OWN_CONNECTION_WAIT = Duration.ofSeconds(10);

  private SessionOptions options = SessionOptions.DEFAULT;
  private @Nullable ClientConnection own;
  private boolean lent;
  private boolean closed;
  private long usedAt = System.nanoTime();

  synchronized SessionOptions options() {
    usedAt = System.nanoTime();
    return options;
  }

  /** As {@link #options()}, without counting as use. */
  synchronized SessionOptions peek() {
    return options;
  }

  synchronized void options(SessionOptions changed) {
    options = changed;
  }

  synchronized boolean hasOwnConnection() {
    return own != null;
  }

  /** How long nobody used the session; 0 while a statement runs in it. */
  synchronized long idleNanos(long now) {
    return lent ? 0 : now - usedAt;
  }

  /** Lends the own connection; waits a while for the statement before. */
  synchronized SessionLease borrowOwn() {
    long deadline = System.nanoTime() + OWN_CONNECTION_WAIT.toNanos();
    try {
      while (lent && !closed) {
        long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
        if (left <= 0) {
          throw inUse();
        }
        wait(left);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new FlashDuckException(ErrorCode.SHUTTING_DOWN, "The server is stopping", e);
    }
    ClientConnection connection = own;
    if (closed || connection == null) {
      throw new FlashDuckException(ErrorCode.NOT_FOUND, "The session was closed");
    }
    lent = true;
    return new SessionLease(connection, this::giveBack);
  }

  /** Lends the own connection, opened with the session's options if there is none yet. */
  synchronized SessionLease openOwn(Engine engine) {
    if (own == null && !closed) {
      ClientConnection opened = engine.openClient();
      try {
        opened.apply(options);
      } catch (RuntimeException e) {
        opened.close();
        throw e;
      }
      own = opened;
    }
    return borrowOwn();
  }

  /** Stops what runs in the session and frees its connection, at once or when it comes back. */
  @Override
  public synchronized void close() {
    closed = true;
    notifyAll();
    ClientConnection connection = own;
    if (connection != null && !lent) {
      connection.close();
    } else if (connection != null) {
      connection.cancel(new FlashDuckException(ErrorCode.CANCELLED, "The session was closed"));
    }
  }

  private synchronized void giveBack() {
    lent = false;
    usedAt = System.nanoTime();
    ClientConnection connection = own;
    if (connection != null) {
      options = connection.options();
      if (!connection.busy()) {
        connection.hide();
      }
      if (closed) {
        connection.close();
      }
    }
    notifyAll();
  }

  private static FlashDuckException inUse() {
    return new FlashDuckException(
        ErrorCode.RESOURCE_EXHAUSTED,
        "Another result of this session is still open, and a session with temporary tables or"
            + " variables has one at a time; read it to its end or close it first");
  }
}
