package io.flashduck.server.engine;

import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.vector.types.DateUnit;
import org.apache.arrow.vector.types.FloatingPointPrecision;
import org.apache.arrow.vector.types.TimeUnit;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.FieldType;
import org.apache.arrow.vector.types.pojo.Schema;

/**
 * The Arrow types that are reported for parameters: those that the Flight SQL JDBC driver can bind.
 *
 * <p>With timestamps in microseconds the driver silently stores dates of 1970; it has no accessor
 * for decimals from doubles, unsigned integers or UUIDs. Other clients may bind other types.
 *
 * <p>Threading: stateless.
 */
final class ParameterTypes {
  /** Decimals up to here are exact enough as doubles. */
  private static final int DOUBLE_DIGITS = 15;

  private ParameterTypes() {}

  static Schema schema(List<String> names, List<String> duckTypes) {
    List<Field> fields = new ArrayList<>();
    for (int i = 0; i < names.size(); i++) {
      fields.add(field(names.get(i), DuckType.parse(duckTypes.get(i))));
    }
    return new Schema(fields);
  }

  private static Field field(String name, DuckType type) {
    if (type instanceof DuckType.Listing list) {
      return listField(name, list.element());
    }
    if (type instanceof DuckType.FixedArray array) {
      return listField(name, array.element());
    }
    ArrowType arrow = ArrowType.Utf8.INSTANCE;
    if (type instanceof DuckType.Decimal decimal) {
      arrow =
          decimal.precision() <= DOUBLE_DIGITS
              ? new ArrowType.FloatingPoint(FloatingPointPrecision.DOUBLE)
              : new ArrowType.Decimal(decimal.precision(), decimal.scale(), 128);
    } else if (type instanceof DuckType.Scalar scalar) {
      arrow = scalarType(scalar.name());
    }
    return new Field(name, FieldType.nullable(arrow), List.of());
  }

  private static Field listField(String name, DuckType element) {
    return new Field(
        name, FieldType.nullable(ArrowType.List.INSTANCE), List.of(field("item", element)));
  }

  private static ArrowType scalarType(String name) {
    return switch (name) {
      case "BOOLEAN" -> ArrowType.Bool.INSTANCE;
      case "TINYINT" -> new ArrowType.Int(8, true);
      case "SMALLINT", "UTINYINT" -> new ArrowType.Int(16, true);
      case "INTEGER", "USMALLINT" -> new ArrowType.Int(32, true);
      case "BIGINT", "UINTEGER", "UBIGINT", "HUGEINT", "UHUGEINT" -> new ArrowType.Int(64, true);
      case "FLOAT" -> new ArrowType.FloatingPoint(FloatingPointPrecision.SINGLE);
      case "DOUBLE" -> new ArrowType.FloatingPoint(FloatingPointPrecision.DOUBLE);
      case "BLOB", "GEOMETRY" -> ArrowType.Binary.INSTANCE;
      case "DATE" -> new ArrowType.Date(DateUnit.DAY);
      case "TIME", "TIME_NS" -> new ArrowType.Time(TimeUnit.MILLISECOND, 32);
      case "TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS" ->
          new ArrowType.Timestamp(TimeUnit.MILLISECOND, null);
      case "TIMESTAMP WITH TIME ZONE", "TIMESTAMPTZ", "TIMESTAMPTZ_NS" ->
          new ArrowType.Timestamp(TimeUnit.MILLISECOND, "UTC");
      default -> ArrowType.Utf8.INSTANCE;
    };
  }
}
