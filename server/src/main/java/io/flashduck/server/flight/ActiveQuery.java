package io.flashduck.server.flight;

import java.time.Instant;

/**
 * A statement whose result is being sent.
 *
 * <p>Threading: immutable.
 *
 * @param id names it for {@link FlightSqlServer#cancel}
 * @param user who fetches it
 * @param sql its text
 * @param started when the fetch began
 */
public record ActiveQuery(String id, String user, String sql, Instant started) {}
