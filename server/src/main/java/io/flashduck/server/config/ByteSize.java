package io.flashduck.server.config;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The text form of a number of bytes, with DuckDB's units: KB is 1000, KiB is 1024. */
final class ByteSize {
  private static final Pattern TEXT = Pattern.compile("(\\d{1,15}(?:\\.\\d{1,6})?)\\s*([a-zA-Z]*)");
  private static final Map<String, Long> UNITS = units();

  private ByteSize() {}

  /**
   * @throws IllegalArgumentException with the expected form
   */
  static long parse(String text) {
    Matcher matcher = TEXT.matcher(text.strip());
    if (matcher.matches()) {
      Long unit = UNITS.get(matcher.group(2).toLowerCase(Locale.ROOT));
      if (unit != null) {
        return bytes(new BigDecimal(matcher.group(1)).multiply(BigDecimal.valueOf(unit)));
      }
    }
    throw new IllegalArgumentException("expected a size such as 64MB or 2GiB");
  }

  /** The shortest exact text, for example {@code 64MiB}. */
  static String format(long bytes) {
    String best = bytes + "B";
    for (Map.Entry<String, Long> unit : UNITS.entrySet()) {
      if (bytes > 0 && bytes % unit.getValue() == 0 && unit.getKey().length() > 1) {
        String text = bytes / unit.getValue() + display(unit.getKey());
        best = text.length() < best.length() ? text : best;
      }
    }
    return best;
  }

  private static long bytes(BigDecimal value) {
    BigDecimal whole = value.setScale(0, RoundingMode.DOWN);
    if (whole.compareTo(BigDecimal.valueOf(Long.MAX_VALUE)) > 0) {
      throw new IllegalArgumentException("expected a size below 8EiB");
    }
    return whole.longValueExact();
  }

  private static String display(String unit) {
    return unit.substring(0, 1).toUpperCase(Locale.ROOT) + unit.substring(1).replace('b', 'B');
  }

  private static Map<String, Long> units() {
    Map<String, Long> units = new LinkedHashMap<>();
    units.put("", 1L);
    units.put("b", 1L);
    long decimal = 1;
    long binary = 1;
    for (String prefix : new String[] {"k", "m", "g", "t"}) {
      decimal *= 1000;
      binary *= 1024;
      units.put(prefix + "b", decimal);
      units.put(prefix + "ib", binary);
    }
    return units;
  }
}
