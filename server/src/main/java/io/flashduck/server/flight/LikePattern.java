package io.flashduck.server.flight;

import java.util.function.Predicate;
import java.util.regex.Pattern;

/**
 * A metadata filter: {@code ILIKE pattern ESCAPE '\'}.
 *
 * <p>Threading: immutable.
 */
final class LikePattern implements Predicate<String> {
  private final Pattern pattern;

  private LikePattern(Pattern pattern) {
    this.pattern = pattern;
  }

  /**
   * Reads {@code %} as any text, {@code _} as one character, and both literally after {@code \}.
   */
  static LikePattern of(String like) {
    StringBuilder regex = new StringBuilder();
    boolean escaped = false;
    for (int i = 0; i < like.length(); ) {
      int codePoint = like.codePointAt(i);
      i += Character.charCount(codePoint);
      if (escaped) {
        regex.append(Pattern.quote(Character.toString(codePoint)));
        escaped = false;
      } else if (codePoint == '\\' && i < like.length()) {
        escaped = true;
      } else if (codePoint == '%') {
        regex.append(".*");
      } else if (codePoint == '_') {
        regex.append('.');
      } else {
        regex.append(Pattern.quote(Character.toString(codePoint)));
      }
    }
    int flags = Pattern.CASE_INSENSITIVE | Pattern.UNICODE_CASE | Pattern.DOTALL;
    return new LikePattern(Pattern.compile(regex.toString(), flags));
  }

  @Override
  public boolean test(String text) {
    return pattern.matcher(text).matches();
  }
}
