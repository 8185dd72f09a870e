package io.flashduck.server.table.source;

/**
 * Notices files whose lines do not agree: DuckDB's sniffer then takes each line as one value.
 *
 * <p>Threading: stateless.
 */
final class CsvHeader {
  private static final String DELIMITERS = ",;\t|";

  private CsvHeader() {}

  /**
   * Refuses a file of one column whose name looks like several.
   *
   * @param name the one column
   */
  static void refuseUnsplit(String name) {
    for (int i = 0; i < DELIMITERS.length(); i++) {
      if (name.indexOf(DELIMITERS.charAt(i)) >= 0) {
        throw SourceProbe.broken(
            "its lines do not have the same number of values. Correct the line that differs, or"
                + " set delimiter and quote in tables.yaml");
      }
    }
  }
}
