package io.flashduck.server.cli.output;

import org.jline.utils.WCWidth;

/**
 * Text as a terminal shows it: columns taken, control characters made visible, cut to a width.
 *
 * <p>Threading: stateless.
 */
public final class DisplayText {
  private static final char ELLIPSIS = '…';

  private DisplayText() {}

  /**
   * The text without anything that would move the cursor or colour the terminal: line feed as
   * {@code \n}, escape as {@code \x1B}.
   */
  public static String visible(String text) {
    int i = 0;
    while (i < text.length() && !control(text.charAt(i))) {
      i++;
    }
    if (i == text.length()) {
      return text;
    }
    StringBuilder escaped = new StringBuilder(text.length() + 8).append(text, 0, i);
    for (; i < text.length(); i++) {
      escape(escaped, text.charAt(i));
    }
    return escaped.toString();
  }

  private static void escape(StringBuilder escaped, char c) {
    switch (c) {
      case '\n' -> escaped.append("\\n");
      case '\r' -> escaped.append("\\r");
      case '\t' -> escaped.append("\\t");
      default -> {
        if (control(c)) {
          escaped.append(String.format("\\x%02X", (int) c));
        } else {
          escaped.append(c);
        }
      }
    }
  }

  /** Control characters, and those that change direction or break lines without being one. */
  private static boolean control(char c) {
    return c < ' '
        || (c >= 0x7f && c < 0xa0)
        || (c >= 0x202a && c <= 0x202e)
        || (c >= 0x2066 && c <= 0x2069)
        || c == 0x2028
        || c == 0x2029;
  }

  /** Terminal columns that the text takes. */
  public static int width(String text) {
    int width = 0;
    for (int i = 0; i < text.length(); i += Character.charCount(text.codePointAt(i))) {
      width += Math.max(0, WCWidth.wcwidth(text.codePointAt(i)));
    }
    return width;
  }

  /** The text, or as much of it as fits with an ellipsis. */
  public static String cut(String text, int width) {
    if (width(text) <= width) {
      return text;
    }
    StringBuilder kept = new StringBuilder();
    int used = 0;
    int i = 0;
    while (i < text.length()) {
      int point = text.codePointAt(i);
      int columns = Math.max(0, WCWidth.wcwidth(point));
      if (used + columns > width - 1) {
        break;
      }
      kept.appendCodePoint(point);
      used += columns;
      i += Character.charCount(point);
    }
    return kept.append(ELLIPSIS).toString();
  }

  /** The text with spaces up to the width, on its left if {@code right}-aligned. */
  public static String pad(String text, int width, boolean right) {
    int missing = width - width(text);
    if (missing <= 0) {
      return text;
    }
    return right ? " ".repeat(missing) + text : text + " ".repeat(missing);
  }
}
