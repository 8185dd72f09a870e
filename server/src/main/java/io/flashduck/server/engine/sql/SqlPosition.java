package io.flashduck.server.engine.sql;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Shows a position in SQL text the way DuckDB does: the line and a caret below it.
 *
 * <p>Threading: stateless.
 */
public final class SqlPosition {
  private static final int MAX_SHOWN = 80;

  private SqlPosition() {}

  /** For every offset in the UTF-8 form of a text, and its end, the offset of its character. */
  public static int[] characters(String sql) {
    int[] characters = new int[sql.getBytes(StandardCharsets.UTF_8).length + 1];
    int at = 0;
    for (int i = 0; i < sql.length(); ) {
      int codePoint = sql.codePointAt(i);
      int bytes = Character.toString(codePoint).getBytes(StandardCharsets.UTF_8).length;
      Arrays.fill(characters, at, at + bytes, i);
      at += bytes;
      i += Character.charCount(codePoint);
    }
    characters[at] = sql.length();
    return characters;
  }

  /**
   * The text to append to a message.
   *
   * @param bytePosition offset in the UTF-8 form of the text; nothing is shown if it is outside
   */
  static String caret(String sql, int bytePosition) {
    byte[] bytes = sql.getBytes(StandardCharsets.UTF_8);
    if (bytePosition < 0 || bytePosition > bytes.length) {
      return "";
    }
    return marked(sql, new String(bytes, 0, bytePosition, StandardCharsets.UTF_8).length(), 1);
  }

  /**
   * The text to append to a message.
   *
   * @param position offset of the first character that is marked
   * @param length how many are; as far as the line is shown
   */
  static String marked(String sql, int position, int length) {
    int lineStart = sql.lastIndexOf('\n', position - 1) + 1;
    int lineEnd = sql.indexOf('\n', position);
    lineEnd = lineEnd < 0 ? sql.length() : lineEnd;
    long line = sql.substring(0, lineStart).chars().filter(c -> c == '\n').count() + 1;
    int from = Math.max(lineStart, Math.min(position - MAX_SHOWN / 2, lineEnd - MAX_SHOWN));
    int to = Math.min(lineEnd, from + MAX_SHOWN);
    String label = "LINE " + line + ": " + (from > lineStart ? "..." : "");
    String tail = to < lineEnd ? "..." : "";
    String spaces = " ".repeat(label.length() + position - from);
    String marks = "^".repeat(Math.max(1, Math.min(length, to - position)));
    return "\n\n" + label + sql.substring(from, to) + tail + "\n" + spaces + marks;
  }
}
