package io.flashduck.server.engine.sql;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Shows a client the position of an error in the statement that it wrote. The server runs changing
 * statements in other words, and DuckDB shows the position in those.
 *
 * <p>Threading: stateless.
 */
public final class WrittenPosition {
  /** What stands before the position, its line, and the marks below that. */
  private static final Pattern SHOWN =
      Pattern.compile("([\\s\\S]*?)\\n\\n(LINE \\d+: )(.*)\\n( *)(\\^+)\\s*");

  /** Columns that only the server knows, as DuckDB lists and names them. */
  private static final Pattern HIDDEN_CANDIDATE =
      Pattern.compile(", \"_fd_\\w*\"|(?<=: )\"_fd_\\w*\", ");

  private static final Pattern HIDDEN_SOURCE =
      Pattern.compile(" when casting from source column _fd_\\w+");
  private static final Pattern VALUE = Pattern.compile("'([^'\\n]+)'|string \"([^\"\\n]+)\"");
  private static final String CUT = "...";

  private WrittenPosition() {}

  /**
   * The message with the position in the client's own words, or without one if what is marked does
   * not stand there.
   *
   * @param message of DuckDB, about a text that was made of what is written
   * @param written the client's statement
   */
  public static String restated(String message, String written) {
    Matcher shown = SHOWN.matcher(message);
    if (!shown.matches()) {
      return withoutHidden(message);
    }
    String said = withoutHidden(shown.group(1));
    String line = shown.group(3);
    int begin = shown.group(4).length() - shown.group(2).length();
    int end = Math.min(line.length(), begin + shown.group(5).length());
    if (begin < 0 || begin >= end) {
      return said;
    }
    String marked = line.substring(begin, end);
    int at = place(written, marked, before(line, begin), after(line, end));
    if (at < 0) {
      marked = firstValue(said);
      at = onlyPlace(written, marked);
    }
    return at < 0 ? said : said + SqlPosition.marked(written, at, marked.length());
  }

  private static String withoutHidden(String message) {
    return HIDDEN_SOURCE.matcher(HIDDEN_CANDIDATE.matcher(message).replaceAll("")).replaceAll("");
  }

  private static String before(String line, int begin) {
    return line.substring(line.startsWith(CUT) ? Math.min(begin, CUT.length()) : 0, begin);
  }

  private static String after(String line, int end) {
    String rest = line.substring(end);
    return rest.endsWith(CUT) ? rest.substring(0, rest.length() - CUT.length()) : rest;
  }

  /** Where the marked text stands with the most of its surroundings; -1 if nowhere. */
  private static int place(String written, String marked, String before, String after) {
    int best = -1;
    int bestCommon = -1;
    for (int at = written.indexOf(marked); at >= 0; at = written.indexOf(marked, at + 1)) {
      int end = at + marked.length();
      int common = commonEnd(written.substring(0, at), before);
      common += commonStart(written.substring(end), after);
      if (isWhole(written, at, end) && common > bestCommon) {
        best = at;
        bestCommon = common;
      }
    }
    return best;
  }

  /** Whether it is not a part of a longer word. */
  private static boolean isWhole(String written, int at, int end) {
    boolean inWordBefore = at > 0 && isWord(written.charAt(at - 1)) && isWord(written.charAt(at));
    boolean inWordAfter =
        end < written.length() && isWord(written.charAt(end)) && isWord(written.charAt(end - 1));
    return !inWordBefore && !inWordAfter;
  }

  private static boolean isWord(char c) {
    return Character.isLetterOrDigit(c) || c == '_';
  }

  private static int commonStart(String left, String right) {
    int length = 0;
    while (length < Math.min(left.length(), right.length())
        && left.charAt(length) == right.charAt(length)) {
      length++;
    }
    return length;
  }

  private static int commonEnd(String left, String right) {
    int length = 0;
    while (length < Math.min(left.length(), right.length())
        && left.charAt(left.length() - 1 - length) == right.charAt(right.length() - 1 - length)) {
      length++;
    }
    return length;
  }

  private static String firstValue(String message) {
    Matcher value = VALUE.matcher(message);
    if (!value.find()) {
      return "";
    }
    String text = value.group(1) == null ? value.group(2) : value.group(1);
    return "'" + text + "'";
  }

  private static int onlyPlace(String written, String text) {
    int at = text.isEmpty() ? -1 : written.indexOf(text);
    return at >= 0 && written.indexOf(text, at + 1) < 0 ? at : -1;
  }
}
