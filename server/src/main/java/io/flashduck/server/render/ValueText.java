package io.flashduck.server.render;

import java.math.BigDecimal;
import java.time.Duration;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.Period;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;
import org.apache.arrow.vector.PeriodDuration;
import org.jspecify.annotations.Nullable;

/**
 * The values of {@link ArrowValues} as text, written as DuckDB writes them when it casts to
 * VARCHAR.
 *
 * <p>Threading: stateless.
 */
public final class ValueText {
  private static final DateTimeFormatter OFFSET = DateTimeFormatter.ofPattern("x");
  private static final DateTimeFormatter OFFSET_MINUTES = DateTimeFormatter.ofPattern("xxx");

  private ValueText() {}

  /** The value's text; {@code NULL} for null. */
  public static String text(@Nullable Object value) {
    if (value == null) {
      return "NULL";
    }
    if (value instanceof Double number) {
      return number(number, Double.toString(number));
    }
    if (value instanceof Float number) {
      return number(number, Float.toString(number));
    }
    if (value instanceof BigDecimal number) {
      return number.toPlainString();
    }
    if (value instanceof byte[] bytes) {
      return blob(bytes);
    }
    if (value instanceof List<?> list) {
      StringJoiner joined = new StringJoiner(", ", "[", "]");
      list.forEach(element -> joined.add(nested(element)));
      return joined.toString();
    }
    if (value instanceof Map<?, ?> struct) {
      StringJoiner joined = new StringJoiner(", ", "{", "}");
      struct.forEach((name, field) -> joined.add("'" + name + "': " + nested(field)));
      return joined.toString();
    }
    if (value instanceof MapValue map) {
      StringJoiner joined = new StringJoiner(", ", "{", "}");
      map.entries().forEach(e -> joined.add(nested(e.key()) + "=" + nested(e.value())));
      return joined.toString();
    }
    return temporal(value);
  }

  private static String nested(@Nullable Object value) {
    if (!(value instanceof String text)) {
      return text(value);
    }
    boolean plain =
        !text.isEmpty() && text.chars().noneMatch(c -> "'\"[]{},:=()\\".indexOf(c) >= 0);
    return plain && !text.equalsIgnoreCase("null") && text.equals(text.strip())
        ? text
        : "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'";
  }

  private static String temporal(Object value) {
    if (value instanceof LocalDate date) {
      return date(date);
    }
    if (value instanceof LocalTime time) {
      return time(time);
    }
    if (value instanceof LocalDateTime moment) {
      return moment(moment);
    }
    if (value instanceof ZonedDateTime moment) {
      boolean wholeHours = moment.getOffset().getTotalSeconds() % 3600 == 0;
      return moment(moment.toLocalDateTime())
          + (wholeHours ? OFFSET : OFFSET_MINUTES).format(moment);
    }
    if (value instanceof Duration duration) {
      return interval(Period.ZERO, duration);
    }
    if (value instanceof Period period) {
      return interval(period, Duration.ZERO);
    }
    if (value instanceof PeriodDuration interval) {
      return interval(interval.getPeriod(), interval.getDuration());
    }
    return value.toString();
  }

  /** Years beyond 9999 have no plus sign in DuckDB, and years before 1 are "(BC)". */
  private static String date(LocalDate date) {
    if (date.getYear() > 0) {
      return String.format(
          "%04d-%02d-%02d", date.getYear(), date.getMonthValue(), date.getDayOfMonth());
    }
    return String.format(
        "%04d-%02d-%02d (BC)", 1 - date.getYear(), date.getMonthValue(), date.getDayOfMonth());
  }

  private static String moment(LocalDateTime moment) {
    LocalDate day = moment.toLocalDate();
    String text = date(day);
    String time = time(moment.toLocalTime());
    return day.getYear() > 0 ? text + " " + time : text.replace(" (BC)", " " + time + " (BC)");
  }

  private static String time(LocalTime time) {
    String text =
        String.format("%02d:%02d:%02d", time.getHour(), time.getMinute(), time.getSecond());
    return time.getNano() == 0 ? text : text + fraction(time.getNano());
  }

  private static String fraction(int nanos) {
    String digits = String.format("%09d", nanos);
    int end = digits.length();
    while (digits.charAt(end - 1) == '0') {
      end--;
    }
    return "." + digits.substring(0, end);
  }

  private static String interval(Period period, Duration duration) {
    StringJoiner parts = new StringJoiner(" ");
    Period normal = Period.of(period.getYears(), period.getMonths(), 0).normalized();
    addUnit(parts, normal.getYears(), "year");
    addUnit(parts, normal.getMonths(), "month");
    addUnit(parts, period.getDays(), "day");
    if (!duration.isZero() || parts.length() == 0) {
      Duration size = duration.abs();
      String time =
          String.format(
              "%s%02d:%02d:%02d",
              duration.isNegative() ? "-" : "",
              size.toHours(),
              size.toMinutesPart(),
              size.toSecondsPart());
      int nanos = (int) size.minusSeconds(size.toSeconds()).toNanos();
      parts.add(nanos == 0 ? time : time + fraction(nanos));
    }
    return parts.toString();
  }

  private static void addUnit(StringJoiner parts, int count, String unit) {
    if (count != 0) {
      parts.add(count + " " + unit + (Math.abs(count) == 1 ? "" : "s"));
    }
  }

  private static String number(double value, String javaText) {
    if (Double.isNaN(value)) {
      return "nan";
    }
    if (Double.isInfinite(value)) {
      return value > 0 ? "inf" : "-inf";
    }
    double size = Math.abs(value);
    if (size != 0 && (size < 1e-4 || size >= 1e16)) {
      return exponent(javaText);
    }
    return javaText.indexOf('E') < 0 ? javaText : plain(javaText);
  }

  /** Java's {@code 1.5E20} as {@code 1.5e+20}, {@code 1.0E-7} as {@code 1e-07}. */
  private static String exponent(String javaText) {
    int e = javaText.indexOf('E');
    String mantissa = e < 0 ? javaText : javaText.substring(0, e);
    int power = e < 0 ? 0 : Integer.parseInt(javaText.substring(e + 1));
    String digits =
        mantissa.endsWith(".0") ? mantissa.substring(0, mantissa.length() - 2) : mantissa;
    return String.format("%se%s%02d", digits, power < 0 ? "-" : "+", Math.abs(power));
  }

  private static String plain(String javaText) {
    String text = new BigDecimal(javaText).stripTrailingZeros().toPlainString();
    return text.indexOf('.') < 0 ? text + ".0" : text;
  }

  private static String blob(byte[] bytes) {
    StringBuilder text = new StringBuilder(bytes.length + 8);
    for (byte b : bytes) {
      if (b >= ' ' && b <= '~' && b != '\\' && b != '\'' && b != '"') {
        text.append((char) b);
      } else {
        text.append(String.format("\\x%02X", b));
      }
    }
    return text.toString();
  }
}
