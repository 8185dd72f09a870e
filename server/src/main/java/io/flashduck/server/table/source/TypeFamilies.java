package io.flashduck.server.table.source;

import java.util.List;
import java.util.Set;

/**
 * Questions about types that others than this package ask.
 *
 * <p>Threading: stateless.
 */
public final class TypeFamilies {
  private static final List<String> SIGNED =
      List.of("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT");
  private static final Set<String> INTEGERS =
      Set.of(
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
          "BIGNUM");
  private static final Set<String> TIMESTAMPS = Set.of("TIMESTAMP_S", "TIMESTAMP_MS");

  private TypeFamilies() {}

  /** Whether values of that type can be a key without being declared one. */
  public static boolean canBeInferredKey(String type) {
    return type.equals(SourceColumn.UNKNOWN) || TypeFamily.of(type).canBeInferredKey();
  }

  /** Whether both types are of one kind: numbers, text, dates, lists and so on. */
  public static boolean sameKind(String left, String right) {
    return TypeFamily.of(left) == TypeFamily.of(right);
  }

  /** Whether values of that type are text. */
  public static boolean isText(String type) {
    return TypeFamily.of(type) == TypeFamily.TEXT;
  }

  /** Whether values of that type are numbers or truth values. */
  public static boolean isNumber(String type) {
    return TypeFamily.of(type) == TypeFamily.NUMBER;
  }

  /**
   * Whether DuckDB's readers quietly round text that looks like one type when they are told to read
   * it as another: 1.5 becomes 2, and a time of day is cut off.
   */
  public static boolean rounds(String looks, String type) {
    return switch (TypeFamily.of(looks)) {
      case NUMBER ->
          (looks.equals("DOUBLE") || looks.startsWith("DECIMAL")) && INTEGERS.contains(type);
      case DATE_AND_TIME -> looks.startsWith("TIMESTAMP") && type.equals("DATE");
      case TEXT, JSON, TIME_OF_DAY, INTERVAL, BINARY, STRUCT, LIST, MAP, UNION, OTHER -> false;
    };
  }

  /** Whether one type surely holds all values of another. */
  public static boolean holdsAll(String from, String to) {
    int wide = SIGNED.indexOf(to);
    int narrow = SIGNED.indexOf(from);
    if (wide >= 0 && narrow >= 0) {
      return wide >= narrow;
    }
    return (TIMESTAMPS.contains(from) && to.equals("TIMESTAMP"))
        || (from.equals("FLOAT") && to.equals("DOUBLE"));
  }
}
