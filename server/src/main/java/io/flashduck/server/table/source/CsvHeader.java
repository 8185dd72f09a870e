package io.flashduck.server.table.source;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Notices files whose lines do not agree: DuckDB's sniffer then takes each line as one value.
 *
 * <p>Threading: stateless.
 */
final class CsvHeader {
  private static final String DELIMITERS = ",;\t|";
  private static final String LINE = "Error on Line: ";
  private static final String EXPECTED = "Expected Number of Columns: ";

  private CsvHeader() {}

  /** The delimiter in the name of a file's only column, which then was meant to be several. */
  static Optional<String> delimiter(String name) {
    for (int i = 0; i < DELIMITERS.length(); i++) {
      if (name.indexOf(DELIMITERS.charAt(i)) >= 0) {
        return Optional.of(DELIMITERS.substring(i, i + 1));
      }
    }
    return Optional.empty();
  }

  /**
   * Whether lines that are to be skipped are rows, and not the title of a report: the first one has
   * several values, and so have all others, or nothing that follows is a header.
   */
  static boolean isLost(List<String> skipped, String delimiter, boolean headerFollows) {
    return !skipped.isEmpty()
        && skipped.get(0).contains(delimiter)
        && (!headerFollows || skipped.stream().allMatch(line -> line.contains(delimiter)));
  }

  /** As many column names as the first line has values, none twice. */
  static List<String> names(String header, String delimiter) {
    List<String> names = new ArrayList<>();
    for (int at = 0; at >= 0; at = header.indexOf(delimiter, at + 1)) {
      names.add("c" + names.size());
    }
    return names;
  }

  /** Which line does not agree, from the words of DuckDB's reader. */
  static Optional<String> place(String message) {
    Optional<String> line = numberBehind(message, LINE);
    Optional<String> expected = numberBehind(message, EXPECTED);
    return line.map(
        number ->
            expected
                .map(
                    count ->
                        "line " + number + " does not have " + count + " values like the first")
                .orElse("line " + number + " cannot be read"));
  }

  private static Optional<String> numberBehind(String message, String words) {
    int start = message.indexOf(words);
    if (start < 0) {
      return Optional.empty();
    }
    start += words.length();
    int end = start;
    while (end < message.length() && Character.isDigit(message.charAt(end))) {
      end++;
    }
    return end == start ? Optional.empty() : Optional.of(message.substring(start, end));
  }
}
