package io.flashduck.server.engine;

import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A bounded pool of client connections for calls without a session of their own.
 *
 * <p>Waiting callers are served in order of arrival. Of the idle connections that one is lent which
 * knows the statement, else one that has the options set already, else the one used last.
 *
 * <p>Threading: thread-safe.
 */
public final class ReadPool implements AutoCloseable {
  private final ReadPoolSettings settings;
  private final Supplier<ClientConnection> opener;
  private final Semaphore permits;

  /** How many more lent connections may be left to a statement that does not stop. */
  private final Semaphore abandonable;

  private final Deque<ClientConnection> idle = new ArrayDeque<>();
  private boolean closed;

  ReadPool(ReadPoolSettings settings, Supplier<ClientConnection> opener) {
    this.settings = settings;
    this.opener = opener;
    this.permits = new Semaphore(settings.connections(), true);
    this.abandonable = new Semaphore(settings.connections());
  }

  /**
   * Lends a connection with a session's options set.
   *
   * @return caller closes, after the result that it opened
   * @throws FlashDuckException RESOURCE_EXHAUSTED if none gets free in time; SHUTTING_DOWN
   */
  public Lease borrow(SessionOptions options) {
    return borrow(options, "");
  }

  /**
   * As {@link #borrow(SessionOptions)}, for a statement.
   *
   * @param sql what will run; no more than a hint
   */
  public Lease borrow(SessionOptions options, String sql) {
    awaitPermit();
    try {
      ClientConnection connection = take(options, sql);
      try {
        connection.apply(options);
        return new Lease(connection);
      } catch (RuntimeException e) {
        connection.close();
        throw e;
      }
    } catch (RuntimeException e) {
      permits.release();
      throw e;
    }
  }

  private void awaitPermit() {
    try {
      if (permits.tryAcquire()
          || permits.tryAcquire(settings.maxWait().toNanos(), TimeUnit.NANOSECONDS)) {
        return;
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    throw new FlashDuckException(
        ErrorCode.RESOURCE_EXHAUSTED,
        "All "
            + settings.connections()
            + " read connections are busy; none got free within "
            + settings.maxWait()
            + ". Try again later.");
  }

  private ClientConnection take(SessionOptions options, String sql) {
    synchronized (idle) {
      if (closed) {
        throw new FlashDuckException(ErrorCode.SHUTTING_DOWN, "The server is stopping.");
      }
      ClientConnection warm = warmest(options, sql);
      if (warm != null) {
        idle.remove(warm);
        return warm;
      }
    }
    return opener.get();
  }

  private @Nullable ClientConnection warmest(SessionOptions options, String sql) {
    ClientConnection alike = null;
    for (ClientConnection connection : idle) {
      if (connection.options().equals(options)) {
        if (connection.knows(sql)) {
          return connection;
        }
        alike = alike == null ? connection : alike;
      }
    }
    return alike == null ? idle.peekFirst() : alike;
  }

  private void giveBack(ClientConnection connection, boolean abandoned) {
    boolean keep =
        !abandoned && !connection.busy() && !connection.hasPrivateState() && hidden(connection);
    synchronized (idle) {
      keep = keep && !closed;
      if (keep) {
        idle.addFirst(connection);
      }
    }
    if (!keep) {
      connection.close();
    }
    (abandoned ? abandonable : permits).release();
  }

  /** Whether nothing is left on it of what its last user was shown. */
  private static boolean hidden(ClientConnection connection) {
    try {
      connection.hide();
      return true;
    } catch (FlashDuckException e) {
      return false;
    }
  }

  /** Connections that are lent now. */
  public int active() {
    return settings.connections() - permits.availablePermits();
  }

  /** Closes idle connections; lent ones are closed when they come back. */
  @Override
  public void close() {
    Deque<ClientConnection> toClose;
    synchronized (idle) {
      closed = true;
      toClose = new ArrayDeque<>(idle);
      idle.clear();
    }
    toClose.forEach(ClientConnection::close);
  }

  /**
   * A connection lent to one caller.
   *
   * <p>Threading: confined to its user, except {@link #abandon}.
   */
  public final class Lease implements AutoCloseable {
    private final ClientConnection connection;
    private boolean returned;
    private boolean abandoned;

    private Lease(ClientConnection connection) {
      this.connection = connection;
    }

    /** The connection; not to be used after close, never to be closed. */
    public ClientConnection connection() {
      return connection;
    }

    /**
     * Has another connection take this one's place, because its statement was cancelled and does
     * not stop: when it does, the connection is closed. As many can be abandoned at a time as the
     * pool has. Thread-safe.
     */
    public synchronized void abandon() {
      if (!returned && !abandoned && abandonable.tryAcquire()) {
        abandoned = true;
        permits.release();
      }
    }

    @Override
    public void close() {
      boolean left;
      synchronized (this) {
        if (returned) {
          return;
        }
        returned = true;
        left = abandoned;
      }
      giveBack(connection, left);
    }
  }
}
