package io.flashduck.server.engine;

/**
 * How a result looks on the wire.
 *
 * <p>Threading: immutable.
 *
 * @param timeZone the session's; empty: the one that the connection has then
 */
public record ResultForm(TypeMode types, String timeZone) {
  /** For the server's own statements. */
  static final ResultForm INTERNAL = new ResultForm(TypeMode.DEFAULT, "UTC");

  /** Nothing is lost, if no column has a dictionary. */
  public static final ResultForm EXACT = new ResultForm(TypeMode.STRICT, "");
}
