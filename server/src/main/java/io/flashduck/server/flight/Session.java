package io.flashduck.server.flight;

import io.flashduck.server.config.QueryConfig.SessionLimits;
import io.flashduck.server.engine.ClientConnection;
import io.flashduck.server.engine.Engine;
import io.flashduck.server.engine.SessionOptions;
import io.flashduck.server.engine.TypeMode;
import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import io.flashduck.server.flight.Connections.Connection;
import io.flashduck.server.table.Transaction;
import io.flashduck.server.table.WriteAck;
import java.time.Duration;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The state of one session: its options, and a DuckDB connection of its own while it has temporary
 * tables, variables or a transaction. Without those any connection of the pool can stand in, so
 * that several results may be open at once.
 *
 * <p>Threading: thread-safe; the own connection is lent to one statement at a time.
 */
final class Session implements AutoCloseable {
  /** Long enough for a result that was just cancelled to be freed. */
  private static final Duration OWN_CONNECTION_WAIT = Duration.ofSeconds(10);

  private final Set<Connection> connections = new HashSet<>();
  private boolean hadConnections;
  private SessionOptions options;
  private Optional<TypeMode> types = Optional.empty();
  private @Nullable ClientConnection own;
  private @Nullable OpenTransaction transaction;
  private @Nullable FlashDuckException lost;
  private @Nullable FlashDuckException doom;
  private boolean lent;
  private boolean closed;
  private long usedAt = System.nanoTime();

  Session(SessionOptions options) {
    this.options = options;
  }

  /**
   * The transaction on the own connection. Its snapshot is taken by the first statement: clients
   * that begin the next one as soon as one has ended hold nothing while they rest.
   *
   * <p>Threading: {@link #work} is confined to whoever holds the connection.
   */
  static final class OpenTransaction {
    private final String id;
    private final boolean bySql;
    private final Function<ClientConnection, Transaction> opening;
    private final Consumer<Optional<FlashDuckException>> ended;
    private volatile @Nullable Transaction work;

    /**
     * @param id names it
     * @param bySql begun by SQL text, so that every statement of the session is in it; else only
     *     those that name it
     * @param ended hears when it has ended, and why if its client did not want it
     */
    OpenTransaction(
        String id,
        boolean bySql,
        Function<ClientConnection, Transaction> opening,
        Consumer<Optional<FlashDuckException>> ended) {
      this.id = id;
      this.bySql = bySql;
      this.opening = opening;
      this.ended = ended;
    }

    private Optional<Transaction> on(ClientConnection connection) {
      Transaction opened = work;
      if (opened == null) {
        opened = opening.apply(connection);
        work = opened;
      }
      return Optional.of(opened);
    }

    private boolean isUsed() {
      return work != null;
    }
  }

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
    return own != null && (transaction == null || transaction.bySql);
  }

  /** A transaction that was lost must be rolled back by its client before anything else runs. */
  synchronized void refuseIfLost() {
    if (lost != null) {
      throw new FlashDuckException(
          lost.code(), lost.getMessage() + " (ROLLBACK before the next statement)", lost);
    }
  }

  synchronized Optional<String> transactionId() {
    return Optional.ofNullable(transaction).map(open -> open.id);
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
      throw lost != null
          ? lost
          : new FlashDuckException(ErrorCode.NOT_FOUND, "The session was closed");
    }
    lent = true;
    OpenTransaction current = transaction;
    return new SessionLease(
        connection,
        current == null ? Optional::empty : () -> current.on(connection),
        this::giveBack);
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

  /** Begins a transaction on the own connection. */
  void begin(Engine engine, OpenTransaction opened) {
    try (SessionLease lease = openOwn(engine)) {
      synchronized (this) {
        if (transaction != null) {
          throw FlightErrors.invalid(
              "TransactionContext Error: cannot start a transaction within a transaction");
        }
        if (opened.bySql) {
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
    try (SessionLease lease = borrowOwn()) {
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
      open.ended.accept(reason);
    }
  }

  /** The transaction ended without its client's doing. */
  private synchronized void transactionLost(FlashDuckException reason) {
    if (transaction != null && transaction.bySql) {
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
    if (lent) {
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
    notifyAll();
    freeOwn(new FlashDuckException(ErrorCode.CANCELLED, "The session was closed"));
  }

  private synchronized void giveBack() {
    lent = false;
    usedAt = System.nanoTime();
    ClientConnection connection = own;
    if (connection != null) {
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
    notifyAll();
  }

  private static FlashDuckException inUse() {
    return new FlashDuckException(
        ErrorCode.RESOURCE_EXHAUSTED,
        "Another result of this session is still open, and a session with a transaction, temporary"
            + " tables or variables has one at a time; read it to its end or close it first");
  }
}
