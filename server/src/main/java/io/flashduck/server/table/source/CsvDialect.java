package io.flashduck.server.table.source;

import java.util.Optional;

/**
 * How a CSV file is written, as DuckDB's sniffer names it.
 *
 * <p>Threading: immutable.
 *
 * @param delimiter what separates values
 * @param quote what encloses a value, empty for nothing
 * @param escape what makes a quote plain, empty for nothing
 * @param comment what begins a comment line, empty for nothing
 * @param skip lines before the header
 * @param header whether the first line has names
 * @param dateFormat strptime's pattern, if dates were found
 * @param timestampFormat strptime's pattern, if timestamps were found
 */
record CsvDialect(
    String delimiter,
    String quote,
    String escape,
    String comment,
    long skip,
    boolean header,
    Optional<String> dateFormat,
    Optional<String> timestampFormat) {
  /** The sniffer writes nothing as {@code (empty)}. */
  static String text(@org.jspecify.annotations.Nullable String sniffed) {
    return sniffed == null || sniffed.equals("(empty)") || sniffed.equals("\0") ? "" : sniffed;
  }
}
