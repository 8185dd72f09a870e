package io.flashduck.server.engine.live;

/**
 * How a session is named to clients: with less of its id than would be needed to guess the rest.
 *
 * <p>Threading: stateless.
 */
public final class SessionIds {
  private static final int SHOWN = 8;

  private SessionIds() {}

  /** The beginning of the id. */
  public static String shortened(String id) {
    return id.length() <= SHOWN ? id : id.substring(0, SHOWN);
  }
}
