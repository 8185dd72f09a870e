package io.flashduck.server.flight;

import io.flashduck.server.config.QueryConfig.SessionLimits;
import io.flashduck.server.engine.ClientConnection;
import io.flashduck.server.engine.Engine;
import io.flashduck.server.engine.SessionOptions;
import io.flashduck.server.engine.TypeMode;
import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import io.flashduck.server.flight.Connections.Connection;
import io.flashduck.server.flight.SessionLease.Borrower;
import io.flashduck.server.flight.SessionLease.Lender;
import io.flashduck.server.table.Transaction;
import io.flashduck.server.table.WriteAck;
import java.time.Duration;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The state of one session: its options, and a DuckDB connection of its own while it has temporary
 * tables, variables or a transaction. Without those any connection of the pool can stand in.
 *
 * <p>Threading: thread-safe; the own connection is lent to one statement at a time. An open result
 * gives it back when another statement asks.
 */
final class Session implements AutoCloseable {
  private final HoldBudget budget;
  private final Turns turns;
  private final Set<Connection> connections = new HashSet<>();
  private boolean hadConnections;
  private SessionOptions options;
  private Optional<TypeMode> types = Optional.empty();
  private @Nullable ClientConnection own;
  private @Nullable OpenTransaction transaction;
  private @Nullable FlashDuckException lost;
  private @Nullable FlashDuckException doom;
  private boolean closed;
  private long usedAt = System.nanoTime();

  /**
   * @param rules the same for all sessions
   */
  Session(SessionOptions options, Rules rules) {
    this.options = options;
    this.budget = rules.budget().ofSession();
    this.turns = new Turns(rules.longestWait());
  }

  /**
   * What holds for every session.
   *
   * @param longestWait for the statement before; zero is no limit
   * @param budget for results that are read ahead
   */
  record Rules(Duration longestWait, HoldBudget budget) {}

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

  /** The types of results that were set. */
  synchronized Optional<TypeMode> types() {
    return types;
  }

  synchronized void types(Optional<TypeMode> changed) {
    types = changed;
  }

  /** Notes that a client's network connection is used with this session. */
  synchronized void usedBy(@Nullable Connection connection) {
    if (connection != null) {
      connections.add(connection);
      hadConnections = true;
    }
  }

  /** Whether statements that name no transaction run on the own connection. */
  synchronized boolean runsHere() {
    refuseIfLost();
    return own != null && (transaction == null || transaction.bySql());
  }

  /** A transaction that was lost must be rolled back by its client before anything else runs. */
  synchronized void refuseIfLost() {
    if (lost != null) {
      throw new FlashDuckException(
          lost.code(), lost.getMessage() + " (ROLLBACK before the next statement)", lost);
    }
  }

  synchronized Optional<String> transactionId() {
    return Optional.ofNullable(transaction).map(OpenTransaction::id);
  }

  /** Whether nothing would be lost with this session. */
  synchronized boolean isEmpty() {
    return own == null && lost == null && types.isEmpty() && options.equals(SessionOptions.DEFAULT);
  }

  /** Whether its clients are gone and it holds nothing but options. */
  synchronized boolean isAbandoned() {
    return own == null && connections.isEmpty();
  }

  /** How long nobody used the session; 0 while a statement runs in it. */
  synchronized long idleNanos(long now) {
    return turns.taken() ? 0 : now - usedAt;
  }

  /**
   * Lends the own connection, as soon as the statement before is over or has given it back.
   *
   * @return empty if there is none any more
   */
  Optional<SessionLease> borrowOwn() {
    return awaitOwn(false, Optional::empty);
  }

  /** As {@link #borrowOwn}, opened with the session's options if there is none. */
  SessionLease openOwn(Engine engine) {
    return awaitOwn(false, () -> Optional.of(opened(engine))).orElseThrow(Session::gone);
  }

  private ClientConnection opened(Engine engine) {
    ClientConnection opened = engine.openClient();
    try {
      opened.apply(options);
      return opened;
    } catch (RuntimeException e) {
      opened.close();
      throw e;
    }
  }

  /**
   * @param must whether an open result that cannot be kept is ended
   * @param opening opens a connection if there is none
   */
  private Optional<SessionLease> awaitOwn(
      boolean must, Supplier<Optional<ClientConnection>> opening) {
    turns.take(must);
    synchronized (this) {
      Optional<SessionLease> lease = Optional.empty();
      try {
        lease = lend(opening);
        return lease;
      } finally {
        if (lease.isEmpty()) {
          turns.release();
        }
      }
    }
  }

  private Optional<SessionLease> lend(Supplier<Optional<ClientConnection>> opening) {
    if (doom != null) {
      takeBack(); // it was to be freed when the turn had begun
    }
    if (own == null && !closed) {
      own = opening.get().orElse(null);
    }
    ClientConnection connection = own;
    if (connection == null || closed) {
      if (lost != null) {
        throw lost;
      }
      if (closed) {
        throw gone();
      }
      return Optional.empty();
    }
    OpenTransaction current = transaction;
    return Optional.of(
        new SessionLease(
            connection,
            current == null ? Optional::empty : () -> current.on(connection),
            new Lending()));
  }

  /** Begins a transaction on the own connection. */
  void begin(Engine engine, OpenTransaction opened) {
    try (SessionLease lease = openOwn(engine)) {
      synchronized (this) {
        if (transaction != null) {
          throw FlightErrors.invalid(
              "TransactionContext Error: cannot start a transaction within a transaction");
        }
        if (opened.bySql()) {
          opened.on(lease.connection());
        }
        transaction = opened;
      }
    }
  }

  /**
   * Ends the transaction.
   *
   * @param ending commits or rolls back; it has ended also if this throws
   */
  WriteAck end(Function<Transaction, WriteAck> ending) {
    try (SessionLease lease = awaitOwn(true, Optional::empty).orElseThrow(Session::gone)) {
      Optional<FlashDuckException> failure = Optional.empty();
      try {
        return ending.apply(
            lease.transaction().orElseThrow(() -> FlightErrors.invalid("There is no transaction")));
      } catch (FlashDuckException e) {
        failure = Optional.of(e);
        throw e;
      } finally {
        transactionEnded(failure);
      }
    }
  }

  /**
   * Forgets that a transaction was lost, which its client now knows.
   *
   * @return why it was
   */
  synchronized Optional<FlashDuckException> takeLost() {
    Optional<FlashDuckException> was = Optional.ofNullable(lost);
    lost = null;
    return was;
  }

  private synchronized void transactionEnded(Optional<FlashDuckException> reason) {
    OpenTransaction open = transaction;
    transaction = null;
    if (open != null) {
      open.ended(reason);
    }
  }

  /** The transaction ended without its client's doing. */
  private synchronized void transactionLost(FlashDuckException reason) {
    if (transaction != null && transaction.bySql()) {
      lost = reason;
    }
    transactionEnded(Optional.of(reason));
  }

  /**
   * Rolls the transaction back if nobody used it for too long. One that has no snapshot yet keeps
   * nothing from being freed, so it may rest as long as its session.
   */
  synchronized void expireTransaction(long now, SessionLimits limits) {
    if (transaction == null) {
      return;
    }
    boolean snapshot = transaction.isUsed();
    Duration limit = limits.idleLimit();
    String setting = "query.session-idle-limit";
    if (snapshot && limits.transactions().idleLimit().compareTo(limit) < 0) {
      limit = limits.transactions().idleLimit();
      setting = "query.transaction-idle-limit";
    }
    if (idleNanos(now) > limit.toNanos()) {
      freeOwn(
          new FlashDuckException(
              ErrorCode.CONFLICT,
              "The transaction was not used for "
                  + limit
                  + " and was rolled back ("
                  + setting
                  + "); nothing of it was written, retry it"));
    }
  }

  /** With the last network connection go the transaction and temporary tables. */
  synchronized void freeIfLeft() {
    connections.removeIf(Connection::ended);
    if (hadConnections && connections.isEmpty()) {
      freeOwn(
          new FlashDuckException(
              ErrorCode.CONFLICT,
              "The connection to the server was lost and the transaction rolled back; nothing of"
                  + " it was written, retry it"));
    }
  }

  /** Closes the own connection, at once or when it comes back. */
  private void freeOwn(FlashDuckException reason) {
    ClientConnection connection = own;
    if (connection == null) {
      return;
    }
    if (turns.taken()) {
      doom = reason;
      connection.cancel(reason);
    } else {
      own = null;
      connection.close();
      transactionLost(reason);
    }
  }

  /** Stops what runs in the session and frees its connection, at once or when it comes back. */
  @Override
  public synchronized void close() {
    closed = true;
    freeOwn(new FlashDuckException(ErrorCode.CANCELLED, "The session was closed"));
    turns.close();
  }

  /** The connection lent to one statement. */
  private final class Lending implements Lender {
    @Override
    public Optional<HoldBudget> budget() {
      return Optional.of(budget);
    }

    @Override
    public void lentTo(Borrower borrower) {
      turns.takenBy(borrower);
    }

    @Override
    public void refuse(FlashDuckException reason) {
      turns.refuse(reason);
    }

    @Override
    public void giveBack() {
      synchronized (Session.this) {
        usedAt = System.nanoTime();
        try {
          takeBack();
        } finally {
          turns.release(); // not before: what frees the connection asks whose turn it is
        }
      }
    }
  }

  private void takeBack() {
    ClientConnection connection = own;
    if (connection == null) {
      return;
    }
    options = connection.options();
    boolean useless = transaction == null && !connection.hasTemporaryState();
    FlashDuckException reason = doom;
    doom = null;
    if (reason != null || useless) {
      own = null;
      connection.close();
      if (reason != null) {
        transactionLost(reason);
      }
    } else if (!connection.busy()) {
      connection.hide();
    }
  }

  private static FlashDuckException gone() {
    return new FlashDuckException(ErrorCode.NOT_FOUND, "The session was closed");
  }
}
