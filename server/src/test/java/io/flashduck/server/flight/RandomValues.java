package io.flashduck.server.flight;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import org.apache.arrow.vector.BaseFixedWidthVector;
import org.apache.arrow.vector.BitVector;
import org.apache.arrow.vector.DateDayVector;
import org.apache.arrow.vector.DecimalVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.FixedSizeBinaryVector;
import org.apache.arrow.vector.Float4Vector;
import org.apache.arrow.vector.Float8Vector;
import org.apache.arrow.vector.IntervalMonthDayNanoVector;
import org.apache.arrow.vector.TimeMicroVector;
import org.apache.arrow.vector.TimeNanoVector;
import org.apache.arrow.vector.TimeStampVector;
import org.apache.arrow.vector.VarBinaryVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.complex.FixedSizeListVector;
import org.apache.arrow.vector.complex.ListVector;
import org.apache.arrow.vector.complex.MapVector;
import org.apache.arrow.vector.complex.StructVector;
import org.apache.arrow.vector.complex.UnionVector;
import org.apache.arrow.vector.types.pojo.ArrowType;

/**
 * Fills vectors of mode strict with values at random, and with the ends of what their types hold:
 * null, NaN, infinities, -0.0, the least and the greatest, empty and huge texts, empty lists.
 */
final class RandomValues {
  private static final long DAY_MICROS = 86_400_000_000L;

  /** The values of every ENUM. */
  static final List<String> ENUM = List.of("a", "b c", "");

  private static final int HUGE_TEXT = 1 << 20;
  private static final List<Double> DOUBLES =
      List.of(
          Double.NaN,
          Double.POSITIVE_INFINITY,
          Double.NEGATIVE_INFINITY,
          -0.0,
          0.0,
          Double.MIN_VALUE,
          Double.MAX_VALUE,
          -Double.MAX_VALUE);
  private static final List<String> TEXTS =
      List.of("", " ", "NULL", "aé🦆", "'\"\\,\n\t", "\0", "it's", "nan", "0");

  private final Random random;
  private final boolean huge;
  private final List<List<byte[]>> variants;

  /**
   * @param huge whether texts may be of a mebibyte
   * @param variants the metadata and the value of some variants
   */
  RandomValues(Random random, boolean huge, List<List<byte[]>> variants) {
    this.random = random;
    this.huge = huge;
    this.variants = variants;
  }

  /** Writes all rows. */
  void fill(FieldVector vector, int rows) {
    vector.setInitialCapacity(rows);
    vector.allocateNew();
    for (int row = 0; row < rows; row++) {
      set(vector, row, true);
    }
    vector.setValueCount(rows);
  }

  private static boolean isVariant(FieldVector vector) {
    return extension(vector).equals("arrow.parquet.variant");
  }

  private static String extension(FieldVector vector) {
    return vector.getField().getMetadata().getOrDefault("ARROW:extension:name", "");
  }

  private boolean chance(int in) {
    return random.nextInt(in) == 0;
  }

  private <T> T of(List<T> values) {
    return values.get(random.nextInt(values.size()));
  }

  private void set(FieldVector vector, int row, boolean nullable) {
    if (nullable
        && !(vector instanceof UnionVector)
        && vector.getField().isNullable()
        && chance(5)) {
      nothing(vector, row);
    } else if (vector instanceof MapVector map) {
      entries(map, row);
    } else if (vector instanceof ListVector list) {
      int from = list.startNewValue(row);
      int size = chance(3) ? 0 : random.nextInt(4);
      for (int i = 0; i < size; i++) {
        set(list.getDataVector(), from + i, true);
      }
      list.endValue(row, size);
    } else if (vector instanceof FixedSizeListVector list) {
      list.startNewValue(row);
      for (int i = 0; i < list.getListSize(); i++) {
        set(list.getDataVector(), row * list.getListSize() + i, true);
      }
    } else if (vector instanceof StructVector struct && isVariant(vector)) {
      struct.setIndexDefined(row);
      List<byte[]> parts = of(variants);
      for (int i = 0; i < parts.size(); i++) {
        ((VarBinaryVector) struct.getChildrenFromFields().get(i)).setSafe(row, parts.get(i));
      }
    } else if (vector instanceof StructVector struct) {
      struct.setIndexDefined(row);
      struct.getChildrenFromFields().forEach(child -> set(child, row, true));
    } else if (vector instanceof UnionVector union) {
      member(union, row, random.nextInt(union.size()));
    } else {
      leaf(vector, row);
    }
  }

  private void nothing(FieldVector vector, int row) {
    if (vector instanceof ListVector list) {
      list.setNull(row);
    } else if (vector instanceof FixedSizeListVector list) {
      list.setNull(row);
      for (int i = 0; i < list.getListSize(); i++) {
        nothing(list.getDataVector(), row * list.getListSize() + i);
      }
    } else if (vector instanceof StructVector struct) {
      struct.setNull(row);
      struct.getChildrenFromFields().forEach(child -> nothing(child, row));
    } else if (vector instanceof UnionVector union) {
      member(union, row, -1);
    } else if (vector instanceof BaseFixedWidthVector fixed) {
      while (row >= fixed.getValueCapacity()) {
        fixed.reAlloc();
      }
      fixed.setNull(row);
    } else if (vector instanceof VarCharVector text) {
      text.setNull(row);
    } else if (vector instanceof VarBinaryVector bytes) {
      bytes.setNull(row);
    }
  }

  /** Writes one member, null to the others. */
  private void member(UnionVector union, int row, int member) {
    while (row >= union.getTypeBuffer().capacity()) {
      union.reAlloc();
    }
    union.getTypeBuffer().setByte(row, Math.max(0, member));
    for (int i = 0; i < union.size(); i++) {
      FieldVector child = union.getChildrenFromFields().get(i);
      if (i == member) {
        set(child, row, true);
      } else {
        nothing(child, row);
      }
    }
  }

  /** Keys are numbered: a map has each once. */
  private void entries(MapVector map, int row) {
    int from = map.startNewValue(row);
    int size = random.nextInt(4);
    StructVector entries = (StructVector) map.getDataVector();
    for (int i = 0; i < size; i++) {
      entries.setIndexDefined(from + i);
      key(entries.getChildrenFromFields().get(0), from + i, i);
      set(entries.getChildrenFromFields().get(1), from + i, true);
    }
    map.endValue(row, size);
  }

  private void key(FieldVector vector, int row, int number) {
    if (vector instanceof VarCharVector text) {
      text.setSafe(row, ("k" + number).getBytes(StandardCharsets.UTF_8));
    } else if (vector instanceof BaseFixedWidthVector fixed) {
      bytes(fixed, row, ByteBuffer.allocate(fixed.getTypeWidth()).put(0, (byte) number).array());
    } else {
      throw new AssertionError(vector.getField());
    }
  }

  private void leaf(FieldVector vector, int row) {
    if (vector.getField().getDictionary() != null) {
      bytes((BaseFixedWidthVector) vector, row, new byte[] {(byte) random.nextInt(ENUM.size())});
    } else if (vector instanceof BitVector bit) {
      bit.setSafe(row, random.nextInt(2));
    } else if (vector instanceof Float4Vector real) {
      real.setSafe(row, chance(2) ? of(DOUBLES).floatValue() : random.nextFloat());
    } else if (vector instanceof Float8Vector real) {
      real.setSafe(row, chance(2) ? of(DOUBLES) : random.nextGaussian());
    } else if (vector instanceof DecimalVector decimal) {
      decimal.setSafe(row, decimal(decimal.getPrecision(), decimal.getScale()));
    } else if (vector instanceof DateDayVector date) {
      date.setSafe(
          row,
          (int)
              of(List.of(0L, (long) Integer.MAX_VALUE, -(long) Integer.MAX_VALUE, date(), date()))
                  .longValue());
    } else if (vector instanceof TimeMicroVector time) {
      time.setSafe(row, chance(4) ? DAY_MICROS : random.nextLong(DAY_MICROS));
    } else if (vector instanceof TimeNanoVector time) {
      time.setSafe(row, random.nextLong(DAY_MICROS * 1_000));
    } else if (vector instanceof TimeStampVector time) {
      time.setSafe(row, timestamp((ArrowType.Timestamp) time.getField().getType()));
    } else if (vector instanceof IntervalMonthDayNanoVector interval) {
      long micros = random.nextLong(-9_000_000_000_000_000L, 9_000_000_000_000_000L);
      interval.setSafe(row, random.nextInt(), random.nextInt(), micros * 1_000);
    } else if (vector instanceof VarCharVector text) {
      text.setSafe(row, text(vector).getBytes(StandardCharsets.UTF_8));
    } else if (vector instanceof VarBinaryVector bytes) {
      bytes.setSafe(row, binary(vector));
    } else if (vector instanceof FixedSizeBinaryVector fixed) {
      bytes(fixed, row, fixed.getTypeWidth() == Long.BYTES ? timeTz() : bytes(16));
    } else if (vector instanceof BaseFixedWidthVector integer) {
      byte[] value = bytes(integer.getTypeWidth());
      if (chance(3)) {
        java.util.Arrays.fill(value, of(List.of((byte) 0, (byte) -1)));
        value[value.length - 1] = of(List.of((byte) 0, (byte) -1, (byte) 127, (byte) -128));
      }
      bytes(integer, row, value);
    } else {
      throw new AssertionError(vector.getField());
    }
  }

  private long date() {
    return random.nextInt(-2_000_000, 100_000_000);
  }

  private BigDecimal decimal(int precision, int scale) {
    BigInteger greatest = BigInteger.TEN.pow(precision).subtract(BigInteger.ONE);
    BigInteger value =
        chance(3) ? greatest : new BigInteger(greatest.bitLength(), random).mod(greatest);
    return new BigDecimal(random.nextBoolean() ? value : value.negate(), scale);
  }

  /** Years 1700 to 2200 in nanoseconds, all years that DuckDB has in other units; infinities. */
  private long timestamp(ArrowType.Timestamp type) {
    if (chance(8)) {
      return of(List.of(Long.MAX_VALUE, -Long.MAX_VALUE));
    }
    return switch (type.getUnit()) {
      case SECOND -> random.nextLong(-200_000_000_000L, 9_000_000_000_000L);
      case MILLISECOND -> random.nextLong(-200_000_000_000_000L, 9_000_000_000_000_000L);
      case MICROSECOND -> random.nextLong(-200_000_000_000_000_000L, 9_000_000_000_000_000_000L);
      case NANOSECOND -> random.nextLong(-8_000_000_000_000_000_000L, 8_000_000_000_000_000_000L);
    };
  }

  private String text(FieldVector vector) {
    boolean json = extension(vector).equals("arrow.json");
    String text = chance(2) ? of(TEXTS) : Long.toString(random.nextLong(), Character.MAX_RADIX);
    if (huge && chance(50)) {
      text = "ü".repeat(HUGE_TEXT / 2);
    }
    if (!json) {
      return text;
    }
    String quoted = text.replaceAll("[\\\\\"\\p{Cntrl}]", "");
    return of(List.of("null", "1.50", "[ ]", "{\"b\":1, \"a\": \"" + quoted + "\"}"));
  }

  private byte[] binary(FieldVector vector) {
    String type = vector.getField().getMetadata().getOrDefault("ARROW:extension:metadata", "");
    if (type.contains("\"bit\"")) {
      return bits();
    }
    if (type.contains("\"bignum\"")) {
      return bignum();
    }
    if (extension(vector).equals("geoarrow.wkb")) {
      return geometry();
    }
    return chance(4) ? new byte[0] : bytes(random.nextInt(20));
  }

  /** A point or a line, little-endian. */
  private byte[] geometry() {
    int points = random.nextInt(4);
    boolean line = points != 1;
    ByteBuffer wkb =
        ByteBuffer.allocate((line ? 9 : 5) + 16 * points).order(ByteOrder.LITTLE_ENDIAN);
    wkb.put((byte) 1).putInt(line ? 2 : 1);
    if (line) {
      wkb.putInt(points);
    }
    while (wkb.hasRemaining()) {
      wkb.putDouble(random.nextGaussian());
    }
    return wkb.array();
  }

  /** How many bits are padding, which are set, then the bits. */
  private byte[] bits() {
    byte[] bytes = bytes(2 + random.nextInt(9));
    int padding = random.nextInt(8);
    bytes[0] = (byte) padding;
    bytes[1] |= (byte) (0xFF << (8 - padding));
    return bytes;
  }

  /** Three bytes of sign and length, then the digits; all bits are flipped below zero. */
  private byte[] bignum() {
    byte[] digits = new BigInteger(1 + random.nextInt(300), random).toByteArray();
    int zeros = digits.length > 1 && digits[0] == 0 ? 1 : 0;
    int length = digits.length - zeros;
    byte[] bytes = new byte[3 + length];
    System.arraycopy(digits, zeros, bytes, 3, length);
    bytes[0] = (byte) 0x80;
    bytes[1] = (byte) (length >> 8);
    bytes[2] = (byte) length;
    boolean zero = length == 1 && bytes[3] == 0;
    if (!zero && random.nextBoolean()) {
      for (int i = 0; i < bytes.length; i++) {
        bytes[i] = (byte) ~bytes[i];
      }
    }
    return bytes;
  }

  private byte[] timeTz() {
    long micros = chance(5) ? DAY_MICROS : random.nextLong(DAY_MICROS);
    long offset = random.nextInt(2 * 57_599 + 1);
    return ByteBuffer.allocate(Long.BYTES)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putLong((micros << 24) | offset)
        .array();
  }

  private byte[] bytes(int count) {
    byte[] bytes = new byte[count];
    random.nextBytes(bytes);
    return bytes;
  }

  private static void bytes(BaseFixedWidthVector vector, int row, byte[] value) {
    while (row >= vector.getValueCapacity()) {
      vector.reAlloc();
    }
    vector.getDataBuffer().setBytes((long) row * value.length, value);
    org.apache.arrow.vector.BitVectorHelper.setBit(vector.getValidityBuffer(), row);
  }
}
