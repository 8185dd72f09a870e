package io.flashduck.server.flight;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.flashduck.server.engine.live.SessionIds;
import io.flashduck.server.engine.live.Viewer;
import io.flashduck.server.flight.Connections.Connection;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * Which sessions clients use, behind {@code flashduck.sessions}. A session that was named in one
 * call only is not shown unless a transaction was begun in it: clients without cookies begin a new
 * one with every call. One whose network connections have all ended is not shown either; its client
 * may come back, with its cookie or token, and then is shown again.
 *
 * <p>Threading: thread-safe.
 */
final class SessionLog {
  private static final int MAX_REMEMBERED = 10_000;

  private final Clock clock;
  private final Duration idleLimit;
  private final Map<String, Seen> seen = new LinkedHashMap<>(16, 0.75f, true);

  /**
   * @param idleLimit a session that was not used for longer is over
   */
  SessionLog(Clock clock, Duration idleLimit) {
    this.clock = clock;
    this.idleLimit = idleLimit;
  }

  /** One session; guarded by the log. */
  private static final class Seen {
    final String user;
    final String client;
    final Instant opened;
    Instant lastUsed;
    long calls;
    final Set<Connection> connections = new HashSet<>(2);

    Seen(String user, String client, Instant opened) {
      this.user = user;
      this.client = client;
      this.opened = opened;
      this.lastUsed = opened;
    }

    /** Whether all network connections that it came over have ended. */
    boolean left() {
      return !connections.isEmpty() && connections.stream().allMatch(Connection::ended);
    }
  }

  /** What else is known of a session. */
  interface Details {
    /** Whether the session with that id holds something, so that it is shown after one call. */
    boolean isOpen(String id);

    /** Adds columns to the row of the session with that id. */
    void add(String id, ObjectNode row);
  }

  /** Notes a call. */
  synchronized void called(Call call) {
    Instant now = clock.instant();
    Seen session =
        seen.computeIfAbsent(
            call.session(), id -> new Seen(call.principal().name(), call.client(), now));
    session.lastUsed = now;
    session.calls++;
    if (call.connection() != null) {
      session.connections.add(call.connection());
    }
    if (seen.size() > MAX_REMEMBERED) {
      var oldest = seen.entrySet().iterator();
      oldest.next();
      oldest.remove();
    }
  }

  /** Forgets a session that ended. */
  synchronized void closed(String id) {
    seen.remove(id);
  }

  /** Adds the sessions that a viewer may see, last used first at the end. */
  synchronized void tell(Viewer viewer, ArrayNode rows, Details details) {
    Instant oldest = clock.instant().minus(idleLimit);
    seen.values().removeIf(session -> session.lastUsed.isBefore(oldest) || session.left());
    seen.forEach(
        (id, session) -> {
          if ((session.calls > 1 || details.isOpen(id)) && viewer.sees(session.user)) {
            ObjectNode row = rows.addObject();
            row.put("id", SessionIds.shortened(id));
            row.put("user_name", session.user);
            row.put("client", session.client);
            row.put("opened", session.opened.toString());
            row.put("last_used", session.lastUsed.toString());
            details.add(id, row);
          }
        });
  }
}
