package io.flashduck.server.engine;

/**
 * What a session has set and a connection must be told before it runs the session's statements.
 *
 * <p>Threading: immutable.
 *
 * @param searchPath as DuckDB writes it, for example {@code sales,flashduck_db.main}; empty for the
 *     default
 * @param timeZone as DuckDB names it, for example {@code Europe/Paris}
 */
public record SessionOptions(String searchPath, String timeZone) {
  /** What every connection starts with. */
  public static final SessionOptions DEFAULT = new SessionOptions("", "UTC");
}
