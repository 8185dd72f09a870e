package io.flashduck.server.table.source;

import io.flashduck.server.sync.SourceFile;
import java.time.LocalDate;
import java.time.format.DateTimeParseException;

/**
 * Types of the values of {@code name=value} folders, as DuckDB sees them: whole numbers, dates,
 * else text.
 *
 * <p>Threading: stateless.
 */
final class Partitions {
  private Partitions() {}

  /** DuckDB's type of such a value. */
  static String typeOf(String value) {
    if (value.equals(SourceFile.HIVE_NULL)) {
      return SourceColumn.UNKNOWN;
    }
    try {
      Long.parseLong(value);
      return value.startsWith("+") ? "VARCHAR" : "BIGINT";
    } catch (NumberFormatException notNumber) {
      return isDate(value) ? "DATE" : "VARCHAR";
    }
  }

  private static boolean isDate(String value) {
    try {
      return LocalDate.parse(value).toString().equals(value);
    } catch (DateTimeParseException notDate) {
      return false;
    }
  }
}
