package io.flashduck.server.cli.output;

import java.util.Locale;

/**
 * Times and counts as people read them.
 *
 * <p>Threading: stateless.
 */
public final class Elapsed {
  private Elapsed() {}

  /**
   * Three digits and a unit: {@code 0.42 ms}, {@code 12.3 ms}, {@code 1.25 s}, {@code 2 min 5 s}.
   */
  public static String text(long nanos) {
    double millis = nanos / 1e6;
    if (millis < 10) {
      return String.format(Locale.ROOT, "%.2f ms", millis);
    }
    if (millis < 1_000) {
      return String.format(Locale.ROOT, millis < 100 ? "%.1f ms" : "%.0f ms", millis);
    }
    if (millis < 60_000) {
      return String.format(Locale.ROOT, "%.2f s", millis / 1_000);
    }
    long seconds = Math.round(millis / 1_000);
    return seconds / 60 + " min " + seconds % 60 + " s";
  }

  /** {@code 1 row}, {@code 1,234 rows}. */
  public static String count(long count, String thing) {
    return String.format(Locale.ROOT, "%,d %s%s", count, thing, count == 1 ? "" : "s");
  }

  /** {@code 812 B}, {@code 1.4 MB}: powers of 1,000. */
  public static String bytes(long bytes) {
    if (bytes < 1_000) {
      return bytes + " B";
    }
    double size = bytes;
    String unit = "B";
    for (String next : new String[] {"kB", "MB", "GB", "TB", "PB"}) {
      if (size < 999.5) {
        break;
      }
      size /= 1_000;
      unit = next;
    }
    return String.format(Locale.ROOT, size < 9.95 ? "%.1f %s" : "%.0f %s", size, unit);
  }
}
