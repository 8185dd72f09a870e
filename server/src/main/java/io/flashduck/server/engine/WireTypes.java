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
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.FieldType;
import org.apache.arrow.vector.types.pojo.Schema;

/**
 * How DuckDB's types look on the wire: which ones are cast before export, and the Arrow field that
 * the export makes.
 *
 * <p>The fields equal those of DuckDB's own Arrow export (checked by a test over all types), so a
 * schema is known from a prepared statement without running it.
 *
 * <p>Threading: stateless.
 */
final class WireTypes {
  static final String PRECISION = "ARROW:FLIGHT:SQL:PRECISION";
  static final String SCALE = "ARROW:FLIGHT:SQL:SCALE";

  private static final String TEXT = "VARCHAR";

  private WireTypes() {}

  /**
   * The type to cast to before export, or empty if the type is exported as it is. Arrow has no
   * place for the value of BIT, BIGNUM, VARIANT, TIMETZ and the upper half of UHUGEINT; ENUM would
   * be a dictionary.
   */
  static Optional<String> castTarget(DuckType type) {
    DuckType target = onWire(type);
    return target.equals(type) ? Optional.empty() : Optional.of(target.sql());
  }

  private static DuckType onWire(DuckType type) {
    if (type instanceof DuckType.Scalar scalar) {
      return switch (scalar.name()) {
        case "BIT", "BIGNUM", "VARIANT", "TIME WITH TIME ZONE", "TIMETZ", "UHUGEINT" ->
            new DuckType.Scalar(TEXT);
        default -> scalar;
      };
    }
    if (type instanceof DuckType.Enumeration) {
      return new DuckType.Scalar(TEXT);
    }
    if (type instanceof DuckType.Listing list) {
      return new DuckType.Listing(onWire(list.element()));
    }
    if (type instanceof DuckType.FixedArray array) {
      return new DuckType.FixedArray(onWire(array.element()), array.size());
    }
    if (type instanceof DuckType.Struct struct) {
      return new DuckType.Struct(membersOnWire(struct.members()));
    }
    if (type instanceof DuckType.Union union) {
      return new DuckType.Union(membersOnWire(union.members()));
    }
    if (type instanceof DuckType.Mapping map) {
      return new DuckType.Mapping(onWire(map.key()), onWire(map.value()));
    }
    return type;
  }

  private static List<DuckType.Member> membersOnWire(List<DuckType.Member> members) {
    return members.stream()
        .map(member -> new DuckType.Member(member.name(), onWire(member.type())))
        .toList();
  }

  /**
   * The field of a result column after its cast.
   *
   * @param timeZone the session's time zone, which DuckDB writes into TIMESTAMPTZ fields
   */
  static Field field(String name, DuckType type, String timeZone) {
    return withDecimalMetadata(plainField(name, onWire(type), timeZone, true));
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

  private static Field plainField(String name, DuckType type, String timeZone, boolean nullable) {
    if (type instanceof DuckType.Scalar scalar) {
      return leaf(name, scalarType(scalar.name(), timeZone), nullable);
    }
    if (type instanceof DuckType.Decimal decimal) {
      return leaf(name, new ArrowType.Decimal(decimal.precision(), decimal.scale(), 128), nullable);
    }
    if (type instanceof DuckType.Enumeration) {
      return leaf(name, ArrowType.Utf8.INSTANCE, nullable);
    }
    if (type instanceof DuckType.Listing list) {
      return parent(
          name,
          ArrowType.List.INSTANCE,
          nullable,
          List.of(plainField("l", list.element(), timeZone, true)));
    }
    if (type instanceof DuckType.FixedArray array) {
      return parent(
          name,
          new ArrowType.FixedSizeList(array.size()),
          nullable,
          List.of(plainField("", array.element(), timeZone, true)));
    }
    if (type instanceof DuckType.Struct struct) {
      return parent(
          name, ArrowType.Struct.INSTANCE, nullable, memberFields(struct.members(), timeZone));
    }
    if (type instanceof DuckType.Union union) {
      List<Field> children = memberFields(union.members(), timeZone);
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
                plainField(MapVector.KEY_NAME, map.key(), timeZone, false),
                plainField(MapVector.VALUE_NAME, map.value(), timeZone, true)));
    return parent(name, new ArrowType.Map(false), nullable, List.of(entries));
  }

  private static List<Field> memberFields(List<DuckType.Member> members, String timeZone) {
    List<Field> fields = new ArrayList<>();
    for (DuckType.Member member : members) {
      String name = member.name().isEmpty() ? "element" + (fields.size() + 1) : member.name();
      fields.add(plainField(name, member.type(), timeZone, true));
    }
    return fields;
  }

  private static Field leaf(String name, ArrowType type, boolean nullable) {
    return parent(name, type, nullable, List.of());
  }

  private static Field parent(String name, ArrowType type, boolean nullable, List<Field> children) {
    return new Field(name, new FieldType(nullable, type, null), children);
  }

  private static ArrowType scalarType(String name, String timeZone) {
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
