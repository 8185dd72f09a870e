package io.flashduck.server.table.source;

import io.flashduck.server.engine.sql.SqlIdentifiers;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
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

  /** Compares the bytes of the UTF-8 of two paths. */
  public static int compare(String left, String right) {
    return Arrays.compareUnsigned(
        left.getBytes(StandardCharsets.UTF_8), right.getBytes(StandardCharsets.UTF_8));
  }

  /**
   * The path as a string literal that names exactly this file: DuckDB's readers take {@code *},
   * {@code ?} and {@code [} for patterns.
   */
  public static String literal(String path) {
    return SqlIdentifiers.literal(path.replace("[", "[[]").replace("*", "[*]").replace("?", "[?]"));
  }
}
