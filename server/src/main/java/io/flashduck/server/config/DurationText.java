package io.flashduck.server.config;

import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The text form of a duration: {@code 500ms}, {@code 1h30m}, ISO {@code PT2S}, or {@code 0}. */
final class DurationText {
  private static final Pattern PART = Pattern.compile("(\\d{1,12})\\s*(ms|s|m|h|d)\\s*");
  private static final Map<String, Duration> UNITS = units();

  private DurationText() {}

  /**
   * @throws IllegalArgumentException with the expected form
   */
  static Duration parse(String text) {
    String stripped = text.strip().toLowerCase(Locale.ROOT);
    if (stripped.equals("0")) {
      return Duration.ZERO;
    }
    if (stripped.startsWith("p")) {
      return iso(stripped);
    }
    Matcher matcher = PART.matcher(stripped);
    Duration sum = Duration.ZERO;
    int end = 0;
    while (matcher.find() && matcher.start() == end) {
      Duration unit = UNITS.get(matcher.group(2));
      if (unit == null) {
        throw malformed();
      }
      sum = sum.plus(unit.multipliedBy(Long.parseLong(matcher.group(1))));
      end = matcher.end();
    }
    if (end == 0 || end != stripped.length()) {
      throw malformed();
    }
    return sum;
  }

  /** The shortest text, for example {@code 1h30m}. */
  static String format(Duration duration) {
    long rest = duration.toMillis();
    if (rest == 0) {
      return "0";
    }
    StringBuilder text = new StringBuilder();
    for (Map.Entry<String, Duration> unit : UNITS.entrySet()) {
      long millis = unit.getValue().toMillis();
      if (rest >= millis) {
        text.append(rest / millis).append(unit.getKey());
        rest %= millis;
      }
    }
    return text.toString();
  }

  private static Duration iso(String text) {
    try {
      return Duration.parse(text);
    } catch (DateTimeParseException e) {
      throw new IllegalArgumentException(malformed().getMessage(), e);
    }
  }

  private static IllegalArgumentException malformed() {
    return new IllegalArgumentException("expected a duration such as 500ms, 2s, 1h30m or PT2S");
  }

  private static Map<String, Duration> units() {
    Map<String, Duration> units = new LinkedHashMap<>();
    units.put("d", Duration.ofDays(1));
    units.put("h", Duration.ofHours(1));
    units.put("m", Duration.ofMinutes(1));
    units.put("s", Duration.ofSeconds(1));
    units.put("ms", Duration.ofMillis(1));
    return units;
  }
}
