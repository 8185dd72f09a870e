package io.flashduck.server.flight;

import com.fasterxml.jackson.databind.node.ArrayNode;
import io.flashduck.server.config.QueryConfig.SessionLimits;
import io.flashduck.server.engine.Engine;
import io.flashduck.server.engine.ReadPool;
import io.flashduck.server.engine.SessionOptions;
import io.flashduck.server.engine.live.Viewer;
import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import java.time.Clock;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/**
 * The sessions that have state. A session id alone costs nothing; state begins with the first SET,
 * USE, session option or temporary table, and ends with CloseSession or when it is idle for too
 * long.
 *
 * <p>Threading: thread-safe.
 */
final class Sessions implements Watchdog.Watched, AutoCloseable {
  private static final int MAX_CLOSED_REMEMBERED = 100_000;
  private static final long REAP_INTERVAL_NANOS = Duration.ofSeconds(10).toNanos();

  private final Engine engine;
  private final SessionLimits limits;
  private final ConcurrentMap<String, Session> sessions = new ConcurrentHashMap<>();
  private final Map<String, Boolean> closedIds = new LinkedHashMap<>();
  private final SessionLog log;
  private volatile long reapedAt = System.nanoTime();

  Sessions(Engine engine, SessionLimits limits, Clock clock) {
    this.engine = engine;
    this.limits = limits;
    this.log = new SessionLog(clock, limits.idleLimit());
  }

  /** Notes that a call came in its session. */
  void called(Call call) {
    log.called(call);
  }

  /** Adds the rows of {@code flashduck.sessions}. */
  void tell(Viewer viewer, ArrayNode rows) {
    log.tell(
        viewer,
        rows,
        (id, row) -> {
          Session session = sessions.get(id);
          SessionOptions options = session == null ? SessionOptions.DEFAULT : session.peek();
          row.put("current_schema", SearchPath.schemas(options.searchPath()).get(0));
          row.put("time_zone", options.timeZone());
          row.put("transactions", 0);
        });
  }

  /**
   * Lends a connection for one statement: the session's own if it has one, else one of the pool
   * with the options set.
   *
   * @param options for a session without a connection of its own
   * @return caller closes
   */
  SessionLease lease(String id, SessionOptions options) {
    Session session = sessions.get(id);
    if (session != null && session.hasOwnConnection()) {
      return session.borrowOwn();
    }
    ReadPool.Lease lease = engine.readPool().borrow(options);
    return new SessionLease(lease.connection(), lease::close);
  }

  /** Lends a connection with the session's current options. */
  SessionLease lease(String id) {
    return lease(id, options(id));
  }

  /** Lends the session's own connection, which is opened if it has none; for private state. */
  SessionLease leaseOwn(Call call) {
    return stateful(call).openOwn(engine);
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
    try (SessionLease lease = lease(call.session())) {
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
      closedIds.put(id, true);
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
  }

  /** Whether the session was closed, so that its cookie proves nothing. */
  boolean wasClosed(String id) {
    synchronized (closedIds) {
      return closedIds.containsKey(id);
    }
  }

  /** How many sessions have state. */
  int count() {
    return sessions.size();
  }

  @Override
  public void look(long now) {
    if (now - reapedAt > REAP_INTERVAL_NANOS) {
      reapedAt = now;
      reap(now);
    }
  }

  /** Closes every session. */
  @Override
  public void close() {
    sessions.keySet().forEach(this::close);
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
    }
    if (sessions.size() >= limits.max()) {
      throw new FlashDuckException(
          ErrorCode.RESOURCE_EXHAUSTED,
          "All " + limits.max() + " sessions are in use; close one, or raise query.max-sessions");
    }
    return sessions.computeIfAbsent(call.session(), id -> new Session());
  }
}
