package io.flashduck.server.flight;

import io.flashduck.server.engine.ClientConnection;
import io.flashduck.server.engine.sql.SearchPath;
import io.flashduck.server.table.Transaction;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * A connection lent for one statement.
 *
 * <p>Threading: confined to one thread at a time.
 */
final class SessionLease implements AutoCloseable {
  private final ClientConnection connection;
  private final Supplier<Optional<Transaction>> transaction;
  private final Runnable giveBack;
  private boolean closed;

  SessionLease(
      ClientConnection connection, Supplier<Optional<Transaction>> transaction, Runnable giveBack) {
    this.connection = connection;
    this.transaction = transaction;
    this.giveBack = giveBack;
  }

  /** Not to be used after close, never to be closed. */
  ClientConnection connection() {
    return connection;
  }

  /**
   * The transaction that is open on the connection; its snapshot is taken when it is first used.
   */
  Optional<Transaction> transaction() {
    return transaction.get();
  }

  /** Takes the snapshot of the transaction, if there is one: what follows is part of it. */
  void begin() {
    Optional<Transaction> unused = transaction();
  }

  /** A query as it is to be run here: in a transaction it reads what that has written. */
  String reading(String query) {
    return transaction()
        .map(t -> t.reading(query, SearchPath.schemas(connection.options().searchPath())))
        .orElse(query);
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      giveBack.run();
    }
  }
}
