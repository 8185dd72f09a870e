package io.flashduck.server.cli.output;

/**
 * How tables look.
 *
 * <p>Threading: immutable.
 *
 * @param lineWidth the terminal's columns, which no line exceeds; 0 for no limit
 * @param maxRows rows shown before the rest is left out; 0 for all
 * @param unicode box-drawing characters instead of {@code + - |}
 * @param nullText what a NULL looks like
 */
public record TableStyle(int lineWidth, long maxRows, boolean unicode, String nullText) {
  /** For a pipe or a file: every row, every character. */
  public static TableStyle unlimited() {
    return new TableStyle(0, 0, true, "NULL");
  }
}
