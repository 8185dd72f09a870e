package io.flashduck.server.table.source;

import java.util.Locale;

/**
 * Kinds of types that DuckDB widens among each other without changing what a value means.
 *
 * <p>Threading: immutable.
 */
enum TypeFamily {
  NUMBER,
  TEXT,
  JSON,
  DATE_AND_TIME,
  TIME_OF_DAY,
  INTERVAL,
  BINARY,
  STRUCT,
  LIST,
  MAP,
  UNION,
  OTHER;

  /** The family of a type as DuckDB writes it. */
  static TypeFamily of(String type) {
    String upper = type.toUpperCase(Locale.ROOT);
    if (upper.endsWith("]")) {
      return LIST;
    }
    int end = upper.indexOf('(');
    return switch (end < 0 ? upper : upper.substring(0, end)) {
      case "BOOLEAN",
          "TINYINT",
          "SMALLINT",
          "INTEGER",
          "BIGINT",
          "HUGEINT",
          "UTINYINT",
          "USMALLINT",
          "UINTEGER",
          "UBIGINT",
          "UHUGEINT",
          "FLOAT",
          "DOUBLE",
          "DECIMAL",
          "BIGNUM" ->
          NUMBER;
      case "VARCHAR", "ENUM", "UUID" -> TEXT;
      case "JSON" -> JSON;
      case "DATE",
          "TIMESTAMP",
          "TIMESTAMP_S",
          "TIMESTAMP_MS",
          "TIMESTAMP_NS",
          "TIMESTAMP WITH TIME ZONE" ->
          DATE_AND_TIME;
      case "TIME", "TIME_NS", "TIME WITH TIME ZONE" -> TIME_OF_DAY;
      case "INTERVAL" -> INTERVAL;
      case "BLOB" -> BINARY;
      case "STRUCT" -> STRUCT;
      case "MAP" -> MAP;
      case "UNION" -> UNION;
      default -> OTHER;
    };
  }

  /** Whether values of that family can be a key without being declared one. */
  boolean canBeInferredKey() {
    return switch (this) {
      case NUMBER, TEXT, DATE_AND_TIME -> true;
      case JSON, TIME_OF_DAY, INTERVAL, BINARY, STRUCT, LIST, MAP, UNION, OTHER -> false;
    };
  }
}
