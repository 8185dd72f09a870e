package io.flashduck.server.consolidate;

import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A hash over rows that does not depend on their order: the number of rows, and the exclusive or
 * and the sum of DuckDB's hash of each row.
 *
 * <p>Both halves are groups, so rows can be taken out and put in without reading the others; the
 * sum sees what the exclusive or is blind to, rows that come twice.
 *
 * <p>It finds mistakes and damage, not forgeries; and it may change with DuckDB's hash function, so
 * its text names the DuckDB version and is compared only within one.
 *
 * <p>Threading: immutable.
 *
 * @param rows how many rows
 * @param xor the exclusive or of the rows' hashes
 * @param sum the sum of the lower 31 bits of the rows' hashes
 */
record ContentHash(long rows, long xor, long sum) {
  static final ContentHash EMPTY = new ContentHash(0, 0, 0);

  private static final Pattern TEXT = Pattern.compile("[^:]+:(\\d+):([0-9a-f]{16})([0-9a-f]{16})");

  /** The columns rows, xor and sum, over rows with these expressions. */
  static String aggregates(List<String> expressions) {
    String hash = "hash(" + String.join(", ", expressions) + ")";
    return "count(*), coalesce(bit_xor("
        + hash
        + "), 0::UBIGINT), coalesce(sum(("
        + hash
        + " & 2147483647)::INTEGER), 0)::BIGINT";
  }

  ContentHash plus(ContentHash other) {
    return new ContentHash(rows + other.rows, xor ^ other.xor, sum + other.sum);
  }

  ContentHash minus(ContentHash other) {
    return new ContentHash(rows - other.rows, xor ^ other.xor, sum - other.sum);
  }

  /** For the footer: {@code algorithm:rows:xor sum}. */
  String text(String algorithm) {
    HexFormat hex = HexFormat.of();
    return algorithm + ":" + rows + ":" + hex.toHexDigits(xor) + hex.toHexDigits(sum);
  }

  /** The hash of a text that {@link #text} made. */
  static ContentHash parse(String text) {
    Matcher matcher = TEXT.matcher(text);
    if (!matcher.matches()) {
      throw new FlashDuckException(
          ErrorCode.CORRUPT_STATE, "Not a content hash: '" + text + "'; export the table again.");
    }
    return new ContentHash(
        Long.parseLong(matcher.group(1)),
        HexFormat.fromHexDigitsToLong(matcher.group(2)),
        HexFormat.fromHexDigitsToLong(matcher.group(3)));
  }
}
