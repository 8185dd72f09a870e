package io.flashduck.server.render;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.BitVector;
import org.apache.arrow.vector.DateDayVector;
import org.apache.arrow.vector.DateMilliVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.FixedSizeBinaryVector;
import org.apache.arrow.vector.Float2Vector;
import org.apache.arrow.vector.IntVector;
import org.apache.arrow.vector.LargeVarCharVector;
import org.apache.arrow.vector.SmallIntVector;
import org.apache.arrow.vector.TimeMicroVector;
import org.apache.arrow.vector.TimeMilliVector;
import org.apache.arrow.vector.TimeNanoVector;
import org.apache.arrow.vector.TimeSecVector;
import org.apache.arrow.vector.TimeStampVector;
import org.apache.arrow.vector.TinyIntVector;
import org.apache.arrow.vector.UInt1Vector;
import org.apache.arrow.vector.UInt2Vector;
import org.apache.arrow.vector.UInt4Vector;
import org.apache.arrow.vector.UInt8Vector;
import org.apache.arrow.vector.ValueVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.complex.DenseUnionVector;
import org.apache.arrow.vector.complex.FixedSizeListVector;
import org.apache.arrow.vector.complex.LargeListVector;
import org.apache.arrow.vector.complex.ListVector;
import org.apache.arrow.vector.complex.MapVector;
import org.apache.arrow.vector.complex.StructVector;
import org.apache.arrow.vector.complex.UnionVector;
import org.apache.arrow.vector.types.TimeUnit;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.jspecify.annotations.Nullable;

/**
 * Cells of Arrow vectors as plain Java values.
 *
 * <p>A value is one of: Boolean, Long, {@link BigInteger}, {@link java.math.BigDecimal}, Float,
 * Double, String, {@code byte[]}, {@link UUID}, {@link LocalDate}, {@link LocalTime}, {@link
 * java.time.LocalDateTime}, {@link java.time.ZonedDateTime}, {@link java.time.Duration}, {@link
 * java.time.Period}, Arrow's {@code PeriodDuration}, a List, a Map of field names (a struct), a
 * {@link MapValue}; {@code null} for SQL's NULL. DuckDB's infinite dates and timestamps are the
 * Strings {@code infinity} and {@code -infinity}.
 *
 * <p>Threading: stateless; the vector is borrowed and must not change meanwhile.
 */
public final class ArrowValues {
  private static final String EXTENSION_NAME = "ARROW:extension:name";

  private ArrowValues() {}

  /** The value of that row, or null. */
  public static @Nullable Object value(ValueVector vector, int row) {
    if (vector.isNull(row) && !isUnion(vector)) {
      return null;
    }
    return switch (vector.getMinorType()) {
      case NULL -> null;
      case BIT -> ((BitVector) vector).get(row) != 0;
      case TINYINT, SMALLINT, INT, BIGINT, UINT1, UINT2, UINT4 -> integer(vector, row);
      case UINT8 -> new BigInteger(Long.toUnsignedString(((UInt8Vector) vector).get(row)));
      case FLOAT2 -> ((Float2Vector) vector).getValueAsFloat(row);
      case VARCHAR -> new String(((VarCharVector) vector).get(row), StandardCharsets.UTF_8);
      case LARGEVARCHAR ->
          new String(((LargeVarCharVector) vector).get(row), StandardCharsets.UTF_8);
      case VIEWVARCHAR -> String.valueOf(vector.getObject(row));
      case FIXEDSIZEBINARY -> fixedBinary((FixedSizeBinaryVector) vector, row);
      case DATEDAY -> date(((DateDayVector) vector).get(row));
      case DATEMILLI ->
          LocalDate.ofEpochDay(Math.floorDiv(((DateMilliVector) vector).get(row), 86_400_000L));
      case TIMESEC -> LocalTime.ofSecondOfDay(((TimeSecVector) vector).get(row));
      case TIMEMILLI -> time(((TimeMilliVector) vector).get(row) * 1_000_000L);
      case TIMEMICRO -> time(((TimeMicroVector) vector).get(row) * 1_000L);
      case TIMENANO -> time(((TimeNanoVector) vector).get(row));
      case TIMESTAMPSEC,
          TIMESTAMPMILLI,
          TIMESTAMPMICRO,
          TIMESTAMPNANO,
          TIMESTAMPSECTZ,
          TIMESTAMPMILLITZ,
          TIMESTAMPMICROTZ,
          TIMESTAMPNANOTZ ->
          timestamp((TimeStampVector) vector, row);
      case LIST, LARGELIST, FIXED_SIZE_LIST, MAP -> nested(vector, row);
      case STRUCT -> struct((StructVector) vector, row);
      case UNION, DENSEUNION -> member(vector, row);
      default -> vector.getObject(row);
    };
  }

  private static boolean isUnion(ValueVector vector) {
    return vector instanceof UnionVector || vector instanceof DenseUnionVector;
  }

  private static long integer(ValueVector vector, int row) {
    return switch (vector.getMinorType()) {
      case TINYINT -> ((TinyIntVector) vector).get(row);
      case SMALLINT -> ((SmallIntVector) vector).get(row);
      case INT -> ((IntVector) vector).get(row);
      case UINT1 -> Byte.toUnsignedLong(((UInt1Vector) vector).get(row));
      case UINT2 -> ((UInt2Vector) vector).get(row);
      case UINT4 -> Integer.toUnsignedLong(((UInt4Vector) vector).get(row));
      default -> ((BigIntVector) vector).get(row);
    };
  }

  private static Object fixedBinary(FixedSizeBinaryVector vector, int row) {
    byte[] bytes = vector.get(row);
    Map<String, String> metadata = vector.getField().getMetadata();
    if (bytes.length != 16 || !"arrow.uuid".equals(metadata.get(EXTENSION_NAME))) {
      return bytes;
    }
    return new UUID(longAt(bytes, 0), longAt(bytes, 8));
  }

  private static long longAt(byte[] bytes, int offset) {
    return new BigInteger(1, Arrays.copyOfRange(bytes, offset, offset + 8)).longValue();
  }

  private static Object date(int days) {
    if (days == Integer.MAX_VALUE || days == -Integer.MAX_VALUE) {
      return infinity(days > 0);
    }
    return LocalDate.ofEpochDay(days);
  }

  /** DuckDB's TIME may be 24:00:00, which LocalTime cannot hold. */
  private static Object time(long nanos) {
    return nanos == 86_400_000_000_000L ? "24:00:00" : LocalTime.ofNanoOfDay(nanos);
  }

  private static Object timestamp(TimeStampVector vector, int row) {
    long value = vector.get(row);
    if (value == Long.MAX_VALUE || value == -Long.MAX_VALUE) {
      return infinity(value > 0);
    }
    ArrowType.Timestamp type = (ArrowType.Timestamp) vector.getField().getType();
    Instant instant = instant(value, type.getUnit());
    String zone = type.getTimezone();
    return zone == null
        ? instant.atZone(ZoneOffset.UTC).toLocalDateTime()
        : instant.atZone(zone(zone));
  }

  private static ZoneId zone(String name) {
    try {
      return name.equals("UTC") ? ZoneOffset.UTC : ZoneId.of(name);
    } catch (DateTimeException unknown) {
      return ZoneOffset.UTC;
    }
  }

  private static Instant instant(long value, TimeUnit unit) {
    long perSecond =
        switch (unit) {
          case SECOND -> 1L;
          case MILLISECOND -> 1_000L;
          case MICROSECOND -> 1_000_000L;
          case NANOSECOND -> 1_000_000_000L;
        };
    long fraction = Math.floorMod(value, perSecond) * (1_000_000_000L / perSecond);
    return Instant.ofEpochSecond(Math.floorDiv(value, perSecond), fraction);
  }

  private static String infinity(boolean positive) {
    return positive ? "infinity" : "-infinity";
  }

  private static Object nested(ValueVector vector, int row) {
    if (vector instanceof MapVector map) {
      return map(map, row);
    }
    if (vector instanceof ListVector list) {
      return list(
          list.getDataVector(), list.getElementStartIndex(row), list.getElementEndIndex(row));
    }
    if (vector instanceof LargeListVector list) {
      return list(
          list.getDataVector(),
          Math.toIntExact(list.getElementStartIndex(row)),
          Math.toIntExact(list.getElementEndIndex(row)));
    }
    FixedSizeListVector list = (FixedSizeListVector) vector;
    return list(list.getDataVector(), list.getElementStartIndex(row), list.getElementEndIndex(row));
  }

  private static List<@Nullable Object> list(FieldVector elements, int from, int to) {
    List<@Nullable Object> values = new ArrayList<>(to - from);
    for (int i = from; i < to; i++) {
      values.add(value(elements, i));
    }
    return values;
  }

  private static MapValue map(MapVector vector, int row) {
    StructVector entries = (StructVector) vector.getDataVector();
    FieldVector keys = entries.getChildrenFromFields().get(0);
    FieldVector values = entries.getChildrenFromFields().get(1);
    List<MapValue.Entry> result = new ArrayList<>();
    for (int i = vector.getElementStartIndex(row); i < vector.getElementEndIndex(row); i++) {
      Object key = value(keys, i);
      result.add(new MapValue.Entry(key == null ? "NULL" : key, value(values, i)));
    }
    return new MapValue(result);
  }

  private static Map<String, @Nullable Object> struct(StructVector vector, int row) {
    Map<String, @Nullable Object> fields = new LinkedHashMap<>();
    for (FieldVector child : vector.getChildrenFromFields()) {
      fields.put(child.getName(), value(child, row));
    }
    return fields;
  }

  private static @Nullable Object member(ValueVector vector, int row) {
    if (vector instanceof UnionVector sparse) {
      ValueVector member = sparse.getVector(row);
      return member == null ? null : value(member, row);
    }
    DenseUnionVector dense = (DenseUnionVector) vector;
    byte type = dense.getTypeId(row);
    return type < 0 ? null : value(dense.getVectorByType(type), dense.getOffset(row));
  }
}
