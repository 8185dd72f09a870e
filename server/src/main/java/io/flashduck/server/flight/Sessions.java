package io.flashduck.server.flight;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.protobuf.ByteString;
import io.flashduck.server.config.QueryConfig.SessionLimits;
import io.flashduck.server.engine.ClientConnection;
import io.flashduck.server.engine.Engine;
import io.flashduck.server.engine.ReadPool;
import io.flashduck.server.engine.SessionOptions;
import io.flashduck.server.engine.TypeMode;
import io.flashduck.server.engine.live.Viewer;
import io.flashduck.server.engine.sql.SearchPath;
import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import io.flashduck.server.table.Transaction;
import java.time.Clock;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.Function;

/**
 * The sessions that have state. A session id alone costs nothing; state begins with the first SET,
 * USE, session option, temporary table or transaction, and ends with CloseSession or when it is
 * idle for too long. What holds a DuckDB connection ends with the client's network connection too.
 *
 * <p>Threading: thread-safe.
 */
final class Sessions implements Watchdog.Watched, AutoCloseable {
  private static final int MAX_CLOSED_REMEMBERED = 100_000;

  private final Engine engine;
  private final SessionLimits limits;
  private final Session.Rules rules;
  private final ConcurrentMap<String, Session> sessions = new ConcurrentHashMap<>();
  private final OpenTransactions transactions;
  private final Map<String, Long> closedIds = new LinkedHashMap<>();
  private final SessionLog log;
  private final long reapInterval;
  private volatile long reapedAt = System.nanoTime();

  Sessions(Engine engine, SessionLimits limits, Session.Rules rules, Clock clock) {
    this.engine = engine;
    this.limits = limits;
    this.rules = rules;
    this.reapInterval =
        Math.min(Duration.ofSeconds(10).toNanos(), limits.idleLimit().toNanos() / 4);
    this.log = new SessionLog(clock, limits.idleLimit());
    this.transactions = new OpenTransactions(limits.transactions());
  }

  /** The open transactions. */
  OpenTransactions transactions() {
    return transactions;
  }

  /** Notes that a call came in its session, and over which network connection. */
  void called(Call call) {
    log.called(call);
    Session session = sessions.get(call.session());
    if (session != null) {
      session.usedBy(call.connection());
    }
  }

  /** Adds the rows of {@code flashduck.sessions}. */
  void tell(Viewer viewer, ArrayNode rows) {
    log.tell(viewer, rows, new Details());
  }

  /** What else is told of a session. */
  private final class Details implements SessionLog.Details {
    @Override
    public boolean isOpen(String id) {
      return transactions.countOf(id) > 0;
    }

    @Override
    public void add(String id, ObjectNode row) {
      Session session = sessions.get(id);
      SessionOptions options = session == null ? SessionOptions.DEFAULT : session.peek();
      row.put("current_schema", SearchPath.schemas(options.searchPath()).get(0));
      row.put("time_zone", options.timeZone());
      row.put("transactions", transactions.countOf(id));
    }
  }

  /**
   * Where a call's statements run.
   *
   * @param transaction the id that the call names; empty for none
   */
  Place place(Call call, ByteString transaction) {
    if (transaction.isEmpty()) {
      return new Place(call.session(), options(call.session()), "", types(call));
    }
    String id = transaction.toStringUtf8();
    Session session = transactions.session(id, call);
    return new Place(call.session(), session.options(), id, types(call));
  }

  /** The types of a call's results: what its session has set, else what the call asks for. */
  TypeMode types(Call call) {
    return known(call)
        .flatMap(Session::types)
        .or(() -> call.headers().types())
        .orElse(TypeMode.DEFAULT);
  }

  /** Sets the types of the session's results; empty for those that each call asks for. */
  void setTypes(Call call, Optional<TypeMode> types) {
    if (types.isPresent() || known(call).isPresent()) {
      stateful(call).types(types);
    }
  }

  /**
   * Lends a connection for one statement: that of its transaction, or the session's own if it has
   * one, else one of the pool with the options set.
   *
   * @return caller closes
   */
  SessionLease lease(Place place) {
    return lease(place, "");
  }

  /** As {@link #lease(Place)}, of the pool's connections preferably one that knows the text. */
  SessionLease lease(Place place, String sql) {
    if (!place.transaction().isEmpty()) {
      return transactions
          .session(place.transaction())
          .borrowOwn()
          .orElseThrow(() -> transactions.unknown(place.transaction()));
    }
    Session session = sessions.get(place.session());
    if (session != null && session.runsHere()) {
      Optional<SessionLease> own = session.borrowOwn();
      if (own.isPresent()) {
        return own.get();
      }
    }
    ReadPool.Lease lease = engine.readPool().borrow(place.options(), sql);
    return new SessionLease(lease.connection(), Optional::empty, new PoolLender(lease));
  }

  /** Nobody waits for a certain connection of the pool. */
  record PoolLender(ReadPool.Lease lease) implements SessionLease.Lender {
    @Override
    public void giveBack() {
      lease.close();
    }

    @Override
    public void abandon() {
      lease.abandon();
    }

    @Override
    public Optional<HoldBudget> budget() {
      return Optional.empty();
    }

    @Override
    public void lentTo(SessionLease.Borrower borrower) {}

    @Override
    public void refuse(FlashDuckException reason) {}
  }

  /** Whether any connection of the pool can run the statements there. */
  boolean pooled(Place place) {
    Session session = sessions.get(place.session());
    return place.transaction().isEmpty() && (session == null || !session.runsHere());
  }

  /** Whether statements there are part of a transaction. */
  boolean inTransaction(Place place) {
    if (!place.transaction().isEmpty()) {
      return true;
    }
    Session session = sessions.get(place.session());
    return session != null && session.runsHere() && session.transactionId().isPresent();
  }

  /** Lends the session's own connection, which is opened if it has none; for private state. */
  SessionLease leaseOwn(Call call, Place place) {
    if (!place.transaction().isEmpty()) {
      return lease(place);
    }
    Session session = stateful(call);
    if (!session.runsHere() && session.transactionId().isPresent()) {
      throw FlightErrors.invalid(
          "Temporary tables and variables belong to the session's connection, which is in a"
              + " transaction; send the statement with its transaction_id, or end it first");
    }
    return session.openOwn(engine);
  }

  /**
   * Opens a transaction and gives its id.
   *
   * @param bySql every statement of the session is in it; else only those that name it, and a
   *     session may have several
   */
  String begin(Call call, boolean bySql, Function<ClientConnection, Transaction> opening) {
    Session session = stateful(call);
    if (bySql && session.transactionId().isPresent()) {
      throw FlightErrors.invalid(
          "TransactionContext Error: cannot start a transaction within a transaction");
    }
    boolean beside = !bySql && session.transactionId().isPresent();
    Session runsIn = beside ? new Session(session.options(), rules) : session;
    runsIn.usedBy(call.connection());
    return transactions.begin(engine, runsIn, new OpenTransactions.Begun(call, bySql), opening);
  }

  /** The session of a call, if it has state. */
  Optional<Session> known(Call call) {
    return Optional.ofNullable(sessions.get(call.session()));
  }

  /** Forgets a session that has nothing any more. */
  void forgetIfEmpty(Call call) {
    known(call)
        .filter(Session::isEmpty)
        .ifPresent(session -> sessions.remove(call.session(), session));
  }

  /** What the session has set. */
  SessionOptions options(String id) {
    return Optional.ofNullable(sessions.get(id))
        .map(Session::options)
        .orElse(SessionOptions.DEFAULT);
  }

  /** Keeps options that a statement of the session has set. */
  void keepOptions(Call call, SessionOptions options) {
    if (!options.equals(options(call.session()))) {
      stateful(call).options(options);
    }
  }

  /** The schema in which unqualified names are looked up first. */
  String currentSchema(String id) {
    return SearchPath.schemas(options(id).searchPath()).get(0);
  }

  /**
   * Sets the current schema; empty for the default one. NOT_FOUND if there is none of that name.
   */
  void setSchema(Call call, String schema) {
    try (SessionLease lease = lease(place(call, ByteString.EMPTY))) {
      if (schema.isEmpty()) {
        SessionOptions now = lease.connection().options();
        lease.connection().apply(new SessionOptions("", now.timeZone()));
      } else {
        lease.connection().useSchema(schema);
      }
      keepOptions(call, lease.connection().options());
    }
  }

  /** Ends a session and remembers that it ended. */
  void close(String id) {
    synchronized (closedIds) {
      closedIds.put(id, System.nanoTime());
      if (closedIds.size() > MAX_CLOSED_REMEMBERED) {
        var oldest = closedIds.entrySet().iterator();
        oldest.next();
        oldest.remove();
      }
    }
    log.closed(id);
    Session session = sessions.remove(id);
    if (session != null) {
      session.close();
    }
    transactions.closeOf(id);
  }

  /** Whether the session was closed, so that its cookie proves nothing. */
  boolean wasClosed(String id) {
    synchronized (closedIds) {
      return closedIds.containsKey(id);
    }
  }

  /**
   * Whether the session was closed after that {@link System#nanoTime()}. A bearer token names its
   * session still, so that the next call begins one anew under the same id.
   */
  boolean closedSince(String id, long time) {
    synchronized (closedIds) {
      Long closed = closedIds.get(id);
      return closed != null && closed - time >= 0;
    }
  }

  /** How many sessions have state. */
  int count() {
    return sessions.size();
  }

  @Override
  public void look(long now) {
    sessions.values().forEach(Session::freeIfLeft);
    transactions.freeLeft();
    transactions.expire(now, limits);
    if (now - reapedAt > reapInterval) {
      reapedAt = now;
      reap(now);
    }
  }

  /** Closes every session and rolls every transaction back. */
  @Override
  public void close() {
    sessions.keySet().forEach(this::close);
    transactions.close();
  }

  private void reap(long now) {
    sessions.forEach(
        (id, session) -> {
          if (session.idleNanos(now) > limits.idleLimit().toNanos()
              && sessions.remove(id, session)) {
            session.close();
          }
        });
  }

  private Session stateful(Call call) {
    Session known = sessions.get(call.session());
    if (known != null) {
      return known;
    }
    if (sessions.size() >= limits.max()) {
      reap(System.nanoTime());
      sessions.values().removeIf(Session::isAbandoned);
    }
    if (sessions.size() >= limits.max()) {
      throw new FlashDuckException(
          ErrorCode.RESOURCE_EXHAUSTED,
          "All " + limits.max() + " sessions are in use; close one, or raise query.max-sessions");
    }
    Session session =
        sessions.computeIfAbsent(call.session(), id -> new Session(SessionOptions.DEFAULT, rules));
    session.usedBy(call.connection());
    return session;
  }
}
