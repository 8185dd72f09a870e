package io.flashduck.server.flight;

import io.flashduck.server.engine.ClientConnection;
import io.flashduck.server.engine.sql.SearchPath;
import io.flashduck.server.error.FlashDuckException;
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
  private final Lender lender;
  private boolean closed;

  SessionLease(
      ClientConnection connection, Supplier<Optional<Transaction>> transaction, Lender lender) {
    this.connection = connection;
    this.transaction = transaction;
    this.lender = lender;
  }

  /** Whose the connection is. */
  interface Lender {
    /** The statement is over. */
    void giveBack();

    /** The statement does not stop: others need not wait for this connection. Thread-safe. */
    default void abandon() {}

    /** The budget for rows read ahead; empty if nobody ever waits for this very connection. */
    Optional<HoldBudget> budget();

    /** Names who can give the connection back early. */
    void lentTo(Borrower borrower);

    /** Answers those who wait: the connection is not given back early. */
    void refuse(FlashDuckException reason);
  }

  /** Has a connection and can give it back before its client is done. Thread-safe. */
  @FunctionalInterface
  interface Borrower {
    /**
     * Another statement waits.
     *
     * @param must whether the connection has to come back, whatever is lost
     */
    void wanted(boolean must);
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

  /**
   * Rows of this connection that stay when another statement needs it.
   *
   * @param rows owned, and closes this lease
   */
  Rows outliving(Rows rows) {
    return lender.budget().<Rows>map(budget -> HeldRows.of(rows, lender, budget)).orElse(rows);
  }

  /** Has others not wait for this connection: its statement does not stop. Thread-safe. */
  void abandon() {
    lender.abandon();
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      lender.giveBack();
    }
  }
}
