package io.flashduck.server.flight;

import io.flashduck.server.engine.ClientConnection;

/**
 * A connection lent for one statement.
 *
 * <p>Threading: confined to one thread at a time.
 */
final class SessionLease implements AutoCloseable {
  private final ClientConnection connection;
  private final Runnable giveBack;
  private boolean closed;

  SessionLease(ClientConnection connection, Runnable giveBack) {
    this.connection = connection;
    this.giveBack = giveBack;
  }

  /** Not to be used after close, never to be closed. */
  ClientConnection connection() {
    return connection;
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      giveBack.run();
    }
  }
}
