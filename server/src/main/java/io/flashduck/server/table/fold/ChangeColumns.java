package io.flashduck.server.table.fold;

import io.flashduck.server.catalog.Column;
import io.flashduck.server.engine.sql.SqlIdentifiers;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * The columns of change files.
 *
 * <pre>
 * _op        upsert, delete, append, update; create, replace, drop, alter without values
 * _sequence  the write
 * _version   when it was accepted, nanoseconds since the epoch
 * _order     the order within the write
 * _path      the file whose row it is, on a table without a key
 * _origin    the write that created the row, on a table without a key and in a base
 * _row       the row's number in that file or write
 * </pre>
 *
 * and those of the user. A user's column with one of these names gets {@code _1} behind it. Types
 * that Parquet does not give back as they were are stored as text.
 *
 * <p>Threading: stateless.
 */
public final class ChangeColumns {
  /** The definitions of the columns that every change file has. */
  static final String FIXED =
      "_op VARCHAR, _sequence BIGINT, _version BIGINT, _order BIGINT, _path VARCHAR, _origin"
          + " BIGINT, _row BIGINT";

  private static final Set<String> NAMES =
      Set.of("_op", "_sequence", "_version", "_order", "_path", "_origin", "_row", "_committed");
  private static final Pattern RENAMED = Pattern.compile("(_[a-z]+?)(_1)*");
  private static final Set<String> SCALARS =
      Set.of(
          "BOOLEAN",
          "TINYINT",
          "SMALLINT",
          "INTEGER",
          "BIGINT",
          "UTINYINT",
          "USMALLINT",
          "UINTEGER",
          "UBIGINT",
          "FLOAT",
          "DOUBLE",
          "VARCHAR",
          "BLOB",
          "DATE",
          "TIME",
          "TIMESTAMP",
          "TIMESTAMP_NS",
          "TIMESTAMP WITH TIME ZONE",
          "UUID",
          "JSON");
  private static final Pattern DECIMAL = Pattern.compile("DECIMAL\\(\\d+,\\s*\\d+\\)");
  private static final Pattern NOT_PARQUET =
      Pattern.compile(
          "\\b(U?HUGEINT|INTERVAL|TIME WITH TIME ZONE|TIMETZ|TIME_NS|BIT|BIGNUM|VARINT|VARIANT"
              + "|TIMESTAMP_S|TIMESTAMP_MS|ENUM|UNION|TUPLE|GEOMETRY|NULL)\\b|\\[\\d+\\]");

  private ChangeColumns() {}

  /** The user's column's name in a change file. */
  public static String stored(String column) {
    java.util.regex.Matcher matcher = RENAMED.matcher(column.toLowerCase(Locale.ROOT));
    return matcher.matches() && NAMES.contains(matcher.group(1)) ? column + "_1" : column;
  }

  /** The type with which a column is stored. */
  static String storedType(String type) {
    if (SCALARS.contains(type) || DECIMAL.matcher(type).matches()) {
      return type;
    }
    if (type.endsWith("[]")) {
      String element = type.substring(0, type.length() - 2);
      return storedType(element).equals(element) ? type : "VARCHAR";
    }
    boolean nested = type.startsWith("STRUCT(") || type.startsWith("MAP(");
    return nested && !NOT_PARQUET.matcher(type).find() ? type : "VARCHAR";
  }

  /** The definitions of the user's columns in a change file, each with a comma in front. */
  static String definitions(List<Column> columns) {
    StringBuilder sql = new StringBuilder();
    for (Column column : columns) {
      sql.append(", ")
          .append(SqlIdentifiers.quote(stored(column.name())))
          .append(' ')
          .append(storedType(column.type()));
    }
    return sql.toString();
  }

  /** A value of a column as it is stored. */
  static String value(Column column, String value) {
    return "CAST(" + value + " AS " + storedType(column.type()) + ")";
  }

  /** The query of a set of files. */
  static String read(List<String> paths) {
    List<String> literals = new ArrayList<>();
    paths.forEach(path -> literals.add(SqlIdentifiers.literal(path)));
    return "read_parquet([" + String.join(", ", literals) + "], hive_partitioning=false)";
  }
}
