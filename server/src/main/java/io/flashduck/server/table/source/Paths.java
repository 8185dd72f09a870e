package io.flashduck.server.table.source;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Comparator;

/**
 * The binary order of paths, which is how DuckDB compares text too: the last word in which row
 * wins.
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
}
