package io.flashduck.server.config;

import java.util.Locale;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * A pattern for paths with {@code /} between names: {@code *} and {@code ?} stay within a name,
 * {@code **} crosses folders and {@code **}{@code /} may also be nothing, {@code [a-z]} is one of a
 * set, {@code {a,b}} is either. Case counts.
 *
 * <p>Threading: immutable.
 */
public final class Glob {
  private static final String SPECIAL = "*?[{";

  private final String text;
  private final Pattern pattern;

  private Glob(String text, Pattern pattern) {
    this.text = text;
    this.pattern = pattern;
  }

  /**
   * The pattern of that text.
   *
   * @throws IllegalArgumentException saying what is wrong with it
   */
  public static Glob of(String text) {
    if (text.isEmpty()
        || text.startsWith("/")
        || text.endsWith("/")
        || ("/" + text + "/").contains("/../")) {
      throw new IllegalArgumentException(
          "expected a pattern for files, such as **/*.csv, without / at its ends and without ..");
    }
    try {
      return new Glob(text, Pattern.compile(new Translation(text).regex(), Pattern.DOTALL));
    } catch (PatternSyntaxException e) {
      throw new IllegalArgumentException(
          "not a valid pattern: " + e.getDescription().toLowerCase(Locale.ROOT), e);
    }
  }

  /** Whether the whole path matches. */
  public boolean matches(String path) {
    return pattern.matcher(path).matches();
  }

  /** The folders before the first name with a special character; {@code ""} if there are none. */
  public String literalFolder() {
    int end = 0;
    for (int i = 0; i < text.length(); i++) {
      if (SPECIAL.indexOf(text.charAt(i)) >= 0) {
        break;
      }
      if (text.charAt(i) == '/') {
        end = i;
      }
    }
    return text.substring(0, end);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Glob that && text.equals(that.text);
  }

  @Override
  public int hashCode() {
    return text.hashCode();
  }

  @Override
  public String toString() {
    return text;
  }

  /** One pass from glob to regular expression. */
  private static final class Translation {
    private final String glob;
    private final StringBuilder regex = new StringBuilder();
    private int position;
    private boolean inBraces;

    Translation(String glob) {
      this.glob = glob;
    }

    String regex() {
      while (position < glob.length()) {
        next(glob.charAt(position));
      }
      if (inBraces) {
        throw new IllegalArgumentException("the pattern has a { without its }");
      }
      return regex.toString();
    }

    private void next(char c) {
      switch (c) {
        case '*' -> star();
        case '?' -> append("[^/]", 1);
        case '[' -> set();
        case '{' -> {
          if (inBraces) {
            throw new IllegalArgumentException("the pattern has a { inside of a {");
          }
          inBraces = true;
          append("(?:", 1);
        }
        case '}' -> {
          append(inBraces ? ")" : "\\}", 1);
          inBraces = false;
        }
        case ',' -> append(inBraces ? "|" : ",", 1);
        default -> append(Pattern.quote(String.valueOf(c)), 1);
      }
    }

    private void star() {
      boolean startsName = position == 0 || glob.charAt(position - 1) == '/';
      if (startsName && glob.startsWith("**/", position)) {
        append("(?:[^/]+/)*", 3);
      } else if (glob.startsWith("**", position)) {
        append(".*", 2);
      } else {
        append("[^/]*", 1);
      }
    }

    private void set() {
      int end = glob.indexOf(']', position + 2);
      if (end < 0) {
        throw new IllegalArgumentException("the pattern has a [ without its ]");
      }
      String inside = glob.substring(position + 1, end).replace("\\", "\\\\").replace("[", "\\[");
      String set = inside.startsWith("!") ? "[^/" + inside.substring(1) + "]" : "[" + inside + "]";
      append(set.replace("&&", "&\\&"), end + 1 - position);
    }

    private void append(String part, int consumed) {
      regex.append(part);
      position += consumed;
    }
  }
}
