package io.flashduck.server.flight;

import io.flashduck.server.engine.TypeMode;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The DuckDB type whose CAST of a value is what a mode shows, as docs/types.md has it: for types as
 * RoundTripProperties makes them.
 */
final class DocumentedTypes {
  private static final Pattern TEXTS =
      Pattern.compile("\\b(UHUGEINT|BIGNUM|BIT|UUID|JSON|VARIANT|TIMETZ|ENUM\\([^)]*\\))");
  private static final Pattern SYSTEM = Pattern.compile("GEOMETRY\\('[^']*'\\)");
  private static final Map<String, String> JDBC =
      Map.of(
          "UTINYINT", "SMALLINT",
          "USMALLINT", "INTEGER",
          "UINTEGER", "BIGINT",
          "UBIGINT", "DECIMAL(20,0)",
          "TIMESTAMPTZ", "TIMESTAMP",
          "TIMESTAMPTZ_NS", "TIMESTAMP_NS",
          "INTERVAL", "VARCHAR",
          "GEOMETRY", "VARCHAR");

  private DocumentedTypes() {}

  /** The type that mode default or jdbc casts to. */
  static String of(String type, TypeMode mode) {
    boolean jdbc = mode == TypeMode.JDBC;
    String whole = jdbc ? withoutUnions(type) : type;
    String plain =
        SYSTEM.matcher(TEXTS.matcher(whole).replaceAll("VARCHAR")).replaceAll("GEOMETRY");
    return jdbc
        ? Pattern.compile("[A-Z_]+")
            .matcher(plain)
            .replaceAll(m -> Matcher.quoteReplacement(JDBC.getOrDefault(m.group(), m.group())))
        : plain;
  }

  /** With VARCHAR in place of the outermost unions. */
  private static String withoutUnions(String type) {
    int from = type.indexOf("UNION(");
    if (from < 0) {
      return type;
    }
    int at = type.indexOf('(', from);
    int depth = 0;
    do {
      depth += type.charAt(at) == '(' ? 1 : type.charAt(at) == ')' ? -1 : 0;
      at++;
    } while (depth > 0);
    return type.substring(0, from) + "VARCHAR" + withoutUnions(type.substring(at));
  }
}
