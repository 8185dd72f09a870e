package io.flashduck.server.web;

import java.time.Instant;

/**
 * A statement that runs now.
 *
 * <p>Threading: immutable.
 *
 * @param id its id
 * @param user who runs it; empty for anonymous
 * @param sql its text
 * @param started when it began
 */
public record RunningQuery(String id, String user, String sql, Instant started) {}
