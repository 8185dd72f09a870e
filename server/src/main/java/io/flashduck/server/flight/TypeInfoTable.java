package io.flashduck.server.flight;

import java.util.List;
import java.util.OptionalInt;
import org.apache.arrow.flight.sql.FlightSqlProducer.Schemas;
import org.apache.arrow.flight.sql.impl.FlightSql.Nullable;
import org.apache.arrow.flight.sql.impl.FlightSql.Searchable;
import org.apache.arrow.flight.sql.impl.FlightSql.XdbcDataType;
import org.apache.arrow.flight.sql.impl.FlightSql.XdbcDatetimeSubcode;

/**
 * DuckDB's types as CommandGetXdbcTypeInfo describes them, in ODBC's terms: Power BI builds casts
 * and literals from it. Ordered by type number, the closest type first, as ODBC asks.
 *
 * <p>Threading: immutable.
 */
final class TypeInfoTable {
  private static final int NONE = -1;
  private static final int MAX_TEXT = Integer.MAX_VALUE;

  private static final List<Type> TYPES =
      List.of(
          plain("BOOLEAN", XdbcDataType.XDBC_BIT, 1),
          number("TINYINT", XdbcDataType.XDBC_TINYINT, 3),
          number("BIGINT", XdbcDataType.XDBC_BIGINT, 19),
          unsigned("UINTEGER", XdbcDataType.XDBC_BIGINT, 10),
          bytes("BLOB", XdbcDataType.XDBC_VARBINARY),
          bytes("GEOMETRY", XdbcDataType.XDBC_VARBINARY),
          number("HUGEINT", XdbcDataType.XDBC_NUMERIC, 38),
          unsigned("UBIGINT", XdbcDataType.XDBC_NUMERIC, 20),
          unsigned("UHUGEINT", XdbcDataType.XDBC_NUMERIC, 39),
          decimal("DECIMAL", XdbcDataType.XDBC_DECIMAL, 38),
          number("INTEGER", XdbcDataType.XDBC_INTEGER, 10),
          unsigned("USMALLINT", XdbcDataType.XDBC_INTEGER, 5),
          number("SMALLINT", XdbcDataType.XDBC_SMALLINT, 5),
          unsigned("UTINYINT", XdbcDataType.XDBC_SMALLINT, 3),
          floating("FLOAT", XdbcDataType.XDBC_REAL, 24),
          floating("DOUBLE", XdbcDataType.XDBC_DOUBLE, 53),
          text("VARCHAR", XdbcDataType.XDBC_VARCHAR, MAX_TEXT),
          text("UUID", XdbcDataType.XDBC_VARCHAR, 36),
          text("JSON", XdbcDataType.XDBC_VARCHAR, MAX_TEXT),
          text("BIT", XdbcDataType.XDBC_VARCHAR, MAX_TEXT),
          text("INTERVAL", XdbcDataType.XDBC_VARCHAR, 64),
          text("BIGNUM", XdbcDataType.XDBC_VARCHAR, MAX_TEXT),
          text("VARIANT", XdbcDataType.XDBC_VARCHAR, MAX_TEXT),
          text("TIME WITH TIME ZONE", XdbcDataType.XDBC_VARCHAR, 24),
          datetime("DATE", XdbcDataType.XDBC_DATE, 10, 0, 1),
          datetime("TIME", XdbcDataType.XDBC_TIME, 15, 6, 2),
          datetime("TIME_NS", XdbcDataType.XDBC_TIME, 18, 9, 2),
          datetime("TIMESTAMP", XdbcDataType.XDBC_TIMESTAMP, 26, 6, 3),
          datetime("TIMESTAMP_S", XdbcDataType.XDBC_TIMESTAMP, 19, 0, 3),
          datetime("TIMESTAMP_MS", XdbcDataType.XDBC_TIMESTAMP, 23, 3, 3),
          datetime("TIMESTAMP_NS", XdbcDataType.XDBC_TIMESTAMP, 29, 9, 3),
          datetime("TIMESTAMP WITH TIME ZONE", XdbcDataType.XDBC_TIMESTAMP, 32, 6, 5),
          datetime("TIMESTAMPTZ_NS", XdbcDataType.XDBC_TIMESTAMP, 35, 9, 5));

  private TypeInfoTable() {}

  /**
   * One type; numbers below zero stand for null.
   *
   * @param size digits, characters or bytes
   * @param quote what encloses a literal; empty for null
   * @param subcode of date and time types
   */
  private record Type(
      String name, XdbcDataType xdbc, int size, String quote, Numeric numeric, int subcode) {}

  /**
   * What only numbers and times have.
   *
   * @param parameters what follows the name in a definition
   * @param maxScale the largest scale
   * @param radix 2 or 10, for numbers
   * @param unsigned 1 or 0, for numbers
   */
  private record Numeric(List<String> parameters, int maxScale, int radix, int unsigned) {
    static final Numeric NOT = new Numeric(List.of(), NONE, NONE, NONE);
  }

  /**
   * @param requested the only type to describe, as a number of the enum XdbcDataType; empty: all
   */
  static LoadedRows rows(OptionalInt requested) {
    return MemoryRows.of(
        Schemas.GET_TYPE_INFO_SCHEMA,
        root -> {
          RowWriter writer = new RowWriter(root);
          for (Type type : TYPES) {
            if (requested.isEmpty() || requested.getAsInt() == type.xdbc().getNumber()) {
              write(writer, type);
            }
          }
        });
  }

  private static void write(RowWriter writer, Type type) {
    boolean text = type.xdbc() == XdbcDataType.XDBC_VARCHAR;
    boolean datetime = type.subcode() >= 0;
    Numeric numeric = type.numeric();
    writer.add(
        type.name(),
        type.xdbc().getNumber(),
        orNull(type.size()),
        type.quote().isEmpty() ? null : prefix(type),
        type.quote().isEmpty() ? null : type.quote(),
        numeric.parameters().isEmpty() ? null : numeric.parameters(),
        Nullable.NULLABILITY_NULLABLE_VALUE,
        text,
        Searchable.SEARCHABLE_FULL_VALUE,
        numeric.unsigned() < 0 ? null : Boolean.valueOf(numeric.unsigned() == 1),
        false,
        numeric.unsigned() < 0 ? null : Boolean.FALSE,
        type.name(),
        numeric.maxScale() < 0 ? null : Integer.valueOf(0),
        orNull(numeric.maxScale()),
        (datetime ? XdbcDataType.XDBC_DATETIME : type.xdbc()).getNumber(),
        datetime ? Integer.valueOf(type.subcode()) : null,
        orNull(numeric.radix()),
        null);
  }

  private static String prefix(Type type) {
    return type.subcode() >= 0 ? type.name() + " " + type.quote() : type.quote();
  }

  private static @org.jspecify.annotations.Nullable Integer orNull(int value) {
    return value < 0 ? null : value;
  }

  private static Type number(String name, XdbcDataType xdbc, int digits) {
    return new Type(name, xdbc, digits, "", new Numeric(List.of(), 0, 10, 0), NONE);
  }

  private static Type unsigned(String name, XdbcDataType xdbc, int digits) {
    return new Type(name, xdbc, digits, "", new Numeric(List.of(), 0, 10, 1), NONE);
  }

  private static Type decimal(String name, XdbcDataType xdbc, int digits) {
    return new Type(
        name, xdbc, digits, "", new Numeric(List.of("precision", "scale"), digits, 10, 0), NONE);
  }

  private static Type floating(String name, XdbcDataType xdbc, int bits) {
    return new Type(name, xdbc, bits, "", new Numeric(List.of(), NONE, 2, 0), NONE);
  }

  private static Type text(String name, XdbcDataType xdbc, int size) {
    return new Type(name, xdbc, size, "'", Numeric.NOT, NONE);
  }

  private static Type bytes(String name, XdbcDataType xdbc) {
    return new Type(name, xdbc, MAX_TEXT, "'", Numeric.NOT, NONE);
  }

  private static Type plain(String name, XdbcDataType xdbc, int size) {
    return new Type(name, xdbc, size, "", Numeric.NOT, NONE);
  }

  private static Type datetime(
      String name, XdbcDataType xdbc, int size, int fraction, int subcode) {
    if (XdbcDatetimeSubcode.forNumber(subcode) == null) {
      throw new IllegalArgumentException("No subcode " + subcode);
    }
    return new Type(name, xdbc, size, "'", new Numeric(List.of(), fraction, NONE, NONE), subcode);
  }
}
