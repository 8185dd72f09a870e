package io.flashduck.server.render;

import java.util.List;
import java.util.stream.Collectors;
import org.apache.arrow.vector.types.TimeUnit;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;

/**
 * The SQL name of an Arrow field's type: what the server says it is, else the nearest of DuckDB's.
 *
 * <p>Threading: stateless.
 */
public final class TypeNames {
  private static final String FLIGHT_SQL_TYPE_NAME = "ARROW:FLIGHT:SQL:TYPE_NAME";

  private TypeNames() {}

  /** The type's name, such as {@code DECIMAL(15,2)} or {@code STRUCT(a INTEGER)[]}. */
  public static String sqlName(Field field) {
    String told = field.getMetadata().get(FLIGHT_SQL_TYPE_NAME);
    return told != null && !told.isEmpty() ? told : derived(field);
  }

  private static String derived(Field field) {
    ArrowType type = field.getType();
    return switch (type.getTypeID()) {
      case Null -> "NULL";
      case Bool -> "BOOLEAN";
      case Int -> integer((ArrowType.Int) type);
      case FloatingPoint ->
          switch (((ArrowType.FloatingPoint) type).getPrecision()) {
            case HALF, SINGLE -> "FLOAT";
            case DOUBLE -> "DOUBLE";
          };
      case Decimal ->
          "DECIMAL("
              + ((ArrowType.Decimal) type).getPrecision()
              + ","
              + ((ArrowType.Decimal) type).getScale()
              + ")";
      case Utf8, LargeUtf8, Utf8View -> "VARCHAR";
      case Binary, LargeBinary, BinaryView -> "BLOB";
      case FixedSizeBinary ->
          "arrow.uuid".equals(field.getMetadata().get("ARROW:extension:name")) ? "UUID" : "BLOB";
      case Date -> "DATE";
      case Time -> "TIME";
      case Timestamp -> timestamp((ArrowType.Timestamp) type);
      case Interval, Duration -> "INTERVAL";
      case List, LargeList, FixedSizeList, ListView, LargeListView ->
          sqlName(field.getChildren().get(0)) + "[]";
      case Struct -> "STRUCT(" + members(field.getChildren()) + ")";
      case Union -> "UNION(" + members(field.getChildren()) + ")";
      case Map -> map(field);
      case RunEndEncoded -> sqlName(field.getChildren().get(1));
      default -> type.toString();
    };
  }

  private static String integer(ArrowType.Int type) {
    String name =
        switch (type.getBitWidth()) {
          case 8 -> "TINYINT";
          case 16 -> "SMALLINT";
          case 32 -> "INTEGER";
          default -> "BIGINT";
        };
    return type.getIsSigned() ? name : "U" + name;
  }

  private static String timestamp(ArrowType.Timestamp type) {
    if (type.getTimezone() != null) {
      return "TIMESTAMP WITH TIME ZONE";
    }
    TimeUnit unit = type.getUnit();
    return switch (unit) {
      case SECOND -> "TIMESTAMP_S";
      case MILLISECOND -> "TIMESTAMP_MS";
      case MICROSECOND -> "TIMESTAMP";
      case NANOSECOND -> "TIMESTAMP_NS";
    };
  }

  private static String map(Field field) {
    List<Field> entry = field.getChildren().get(0).getChildren();
    return "MAP(" + sqlName(entry.get(0)) + ", " + sqlName(entry.get(1)) + ")";
  }

  private static String members(List<Field> fields) {
    return fields.stream()
        .map(f -> f.getName() + " " + sqlName(f))
        .collect(Collectors.joining(", "));
  }
}
