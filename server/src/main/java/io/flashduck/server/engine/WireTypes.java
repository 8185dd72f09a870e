package io.flashduck.server.engine;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.arrow.vector.complex.MapVector;
import org.apache.arrow.vector.types.DateUnit;
import org.apache.arrow.vector.types.FloatingPointPrecision;
import org.apache.arrow.vector.types.IntervalUnit;
import org.apache.arrow.vector.types.TimeUnit;
import org.apache.arrow.vector.types.UnionMode;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.DictionaryEncoding;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.FieldType;
import org.apache.arrow.vector.types.pojo.Schema;
import org.jspecify.annotations.Nullable;

/**
 * The Arrow fields of DuckDB's types on the wire.
 *
 * <p>They equal those of DuckDB's own Arrow export (checked by a test over all types), or of what
 * {@link StrictColumn} makes of it, so a schema is known from a prepared statement without running
 * it.
 *
 * <p>Threading: confined to the making of one schema.
 */
final class WireTypes {
  static final String PRECISION = "ARROW:FLIGHT:SQL:PRECISION";
  static final String SCALE = "ARROW:FLIGHT:SQL:SCALE";

  private final String timeZone;
  private final boolean strict;
  private long dictionaries;

  private WireTypes(String timeZone, boolean strict) {
    this.timeZone = timeZone;
    this.strict = strict;
  }

  /**
   * The schema of a result. The type of an ENUM in mode strict is that of its values, as in a
   * message on the wire.
   *
   * @param timeZone the session's time zone, which DuckDB writes into TIMESTAMPTZ fields
   */
  static Schema schema(List<String> names, List<DuckType> types, TypeMode mode, String timeZone) {
    WireTypes wire = new WireTypes(timeZone, mode == TypeMode.STRICT);
    List<Field> fields = new ArrayList<>(names.size());
    for (int i = 0; i < names.size(); i++) {
      DuckType type = wire.strict ? types.get(i) : WireCasts.exported(types.get(i), mode);
      fields.add(withDecimalMetadata(wire.field(names.get(i), type, true)));
    }
    return new Schema(fields);
  }

  /**
   * The schema with precision and scale as metadata of its decimal columns, and no other metadata.
   */
  static Schema onWire(Schema exported) {
    return new Schema(
        exported.getFields().stream().map(f -> withDecimalMetadata(withoutMetadata(f))).toList());
  }

  private static Field withoutMetadata(Field field) {
    FieldType type = new FieldType(field.isNullable(), field.getType(), field.getDictionary());
    return new Field(
        field.getName(),
        type,
        field.getChildren().stream().map(WireTypes::withoutMetadata).toList());
  }

  private static Field withDecimalMetadata(Field field) {
    if (!(field.getType() instanceof ArrowType.Decimal decimal)) {
      return field;
    }
    Map<String, String> metadata =
        Map.of(
            PRECISION,
            Integer.toString(decimal.getPrecision()),
            SCALE,
            Integer.toString(decimal.getScale()));
    FieldType type = new FieldType(field.isNullable(), decimal, null, metadata);
    return new Field(field.getName(), type, List.of());
  }

  private Field field(String name, DuckType type, boolean nullable) {
    if (type instanceof DuckType.Scalar scalar) {
      Optional<Field> extension =
          strict ? StrictTypes.field(name, scalar.name(), nullable) : Optional.empty();
      return extension.orElseGet(() -> leaf(name, scalarType(scalar.name()), nullable));
    }
    if (type instanceof DuckType.Decimal decimal) {
      return leaf(name, new ArrowType.Decimal(decimal.precision(), decimal.scale(), 128), nullable);
    }
    if (type instanceof DuckType.Enumeration values) {
      return new Field(
          name, new FieldType(nullable, ArrowType.Utf8.INSTANCE, dictionary(values)), null);
    }
    if (type instanceof DuckType.Listing list) {
      return parent(
          name, ArrowType.List.INSTANCE, nullable, List.of(field("l", list.element(), true)));
    }
    if (type instanceof DuckType.FixedArray array && array.element() instanceof DuckType.Union) {
      return field(name, new DuckType.Listing(array.element()), nullable);
    }
    if (type instanceof DuckType.FixedArray array) {
      return parent(
          name,
          new ArrowType.FixedSizeList(array.size()),
          nullable,
          List.of(field("", array.element(), true)));
    }
    if (type instanceof DuckType.Struct struct) {
      return parent(name, ArrowType.Struct.INSTANCE, nullable, memberFields(struct.members()));
    }
    if (type instanceof DuckType.Union union) {
      List<Field> children = memberFields(union.members());
      int[] ids = new int[children.size()];
      for (int i = 0; i < ids.length; i++) {
        ids[i] = i;
      }
      return parent(name, new ArrowType.Union(UnionMode.Sparse, ids), nullable, children);
    }
    DuckType.Mapping map = (DuckType.Mapping) type;
    Field entries =
        parent(
            MapVector.DATA_VECTOR_NAME,
            ArrowType.Struct.INSTANCE,
            false,
            List.of(
                field(MapVector.KEY_NAME, map.key(), false),
                field(MapVector.VALUE_NAME, map.value(), true)));
    return parent(name, new ArrowType.Map(false), nullable, List.of(entries));
  }

  /** Numbered in the order of the schema, as the import numbers them; empty if not strict. */
  private @Nullable DictionaryEncoding dictionary(DuckType.Enumeration type) {
    if (!strict) {
      return null;
    }
    int bits =
        type.count() <= 0xFF ? Byte.SIZE : type.count() <= 0xFFFF ? Short.SIZE : Integer.SIZE;
    return new DictionaryEncoding(dictionaries++, false, new ArrowType.Int(bits, false));
  }

  private List<Field> memberFields(List<DuckType.Member> members) {
    List<Field> fields = new ArrayList<>();
    for (DuckType.Member member : members) {
      String name = member.name().isEmpty() ? "element" + (fields.size() + 1) : member.name();
      fields.add(field(name, member.type(), true));
    }
    return fields;
  }

  private static Field leaf(String name, ArrowType type, boolean nullable) {
    return parent(name, type, nullable, List.of());
  }

  private static Field parent(String name, ArrowType type, boolean nullable, List<Field> children) {
    return new Field(name, new FieldType(nullable, type, null), children);
  }

  private ArrowType scalarType(String name) {
    return switch (name) {
      case "BOOLEAN" -> ArrowType.Bool.INSTANCE;
      case "TINYINT" -> new ArrowType.Int(8, true);
      case "SMALLINT" -> new ArrowType.Int(16, true);
      case "INTEGER" -> new ArrowType.Int(32, true);
      case "BIGINT" -> new ArrowType.Int(64, true);
      case "UTINYINT" -> new ArrowType.Int(8, false);
      case "USMALLINT" -> new ArrowType.Int(16, false);
      case "UINTEGER" -> new ArrowType.Int(32, false);
      case "UBIGINT" -> new ArrowType.Int(64, false);
      // Exact to all 128 bits, although 39-digit values exceed the precision that Arrow can name.
      case "HUGEINT" -> new ArrowType.Decimal(38, 0, 128);
      case "FLOAT" -> new ArrowType.FloatingPoint(FloatingPointPrecision.SINGLE);
      case "DOUBLE" -> new ArrowType.FloatingPoint(FloatingPointPrecision.DOUBLE);
      case "DATE" -> new ArrowType.Date(DateUnit.DAY);
      case "TIME" -> new ArrowType.Time(TimeUnit.MICROSECOND, 64);
      case "TIME_NS" -> new ArrowType.Time(TimeUnit.NANOSECOND, 64);
      case "TIMESTAMP" -> new ArrowType.Timestamp(TimeUnit.MICROSECOND, null);
      case "TIMESTAMP_S" -> new ArrowType.Timestamp(TimeUnit.SECOND, null);
      case "TIMESTAMP_MS" -> new ArrowType.Timestamp(TimeUnit.MILLISECOND, null);
      case "TIMESTAMP_NS" -> new ArrowType.Timestamp(TimeUnit.NANOSECOND, null);
      case "TIMESTAMP WITH TIME ZONE", "TIMESTAMPTZ" ->
          new ArrowType.Timestamp(TimeUnit.MICROSECOND, timeZone);
      case "TIMESTAMPTZ_NS" -> new ArrowType.Timestamp(TimeUnit.NANOSECOND, timeZone);
      case "INTERVAL" -> new ArrowType.Interval(IntervalUnit.MONTH_DAY_NANO);
      case "BLOB", "GEOMETRY" -> ArrowType.Binary.INSTANCE;
      case "\"NULL\"", "NULL" -> ArrowType.Null.INSTANCE;
      default -> name.startsWith("GEOMETRY(") ? ArrowType.Binary.INSTANCE : ArrowType.Utf8.INSTANCE;
    };
  }
}
