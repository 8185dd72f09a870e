package io.flashduck.server.table.source;

import io.flashduck.server.engine.sql.SqlIdentifiers;
import java.util.Comparator;

/**
 * Paths of source files in SQL: their binary order, which is the last word in which row wins, and
 * how they are written for DuckDB's readers.
 *
 * <p>Threading: stateless.
 */
public final class Paths {
  /** By the bytes of their UTF-8, unsigned. */
  public static final Comparator<String> BINARY_ORDER = Paths::compare;

  private Paths() {}

  /**
   * Compares the bytes of the UTF-8 of two paths, without making them: their order is that of the
   * code points. In UTF-16, surrogates come before the last characters of the first plane.
   */
  public static int compare(String left, String right) {
    int common = Math.min(left.length(), right.length());
    for (int i = 0; i < common; i++) {
      char a = left.charAt(i);
      char b = right.charAt(i);
      if (a != b) {
        return Integer.compare(rank(a), rank(b));
      }
    }
    return Integer.compare(left.length(), right.length());
  }

  private static int rank(char c) {
    return Character.isSurrogate(c) ? c + Character.MIN_SUPPLEMENTARY_CODE_POINT : c;
  }

  /**
   * The path as a string literal that names exactly this file: DuckDB's readers take {@code *},
   * {@code ?} and {@code [} for patterns.
   */
  public static String literal(String path) {
    return SqlIdentifiers.literal(path.replace("[", "[[]").replace("*", "[*]").replace("?", "[?]"));
  }
}
