package io.flashduck.server.engine.live;

/**
 * For whom rows are made.
 *
 * <p>Threading: immutable.
 *
 * @param user the user's name
 * @param everything whether also rows of other users are shown
 */
public record Viewer(String user, boolean everything) {
  /** The program itself. */
  public static final Viewer ALL = new Viewer("", true);

  /** Whether rows of that user are shown. */
  public boolean sees(String owner) {
    return everything || owner.equals(user);
  }
}
