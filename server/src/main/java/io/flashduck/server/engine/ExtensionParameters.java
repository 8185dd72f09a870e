package io.flashduck.server.engine;

import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.UUID;
import org.apache.arrow.vector.ValueVector;

/**
 * Values of DuckDB's Arrow extension types as parameters; the inverse of what mode strict sends.
 *
 * <p>Threading: stateless.
 */
final class ExtensionParameters {
  private static final int OFFSET_BITS = 24;
  private static final long OFFSET_MASK = (1L << OFFSET_BITS) - 1;
  private static final int MAX_OFFSET_SECONDS = 16 * 3600 - 1;
  private static final int BIGNUM_HEADER = 3;

  private ExtensionParameters() {}

  /** The value of a present row as Java has it; empty if the vector is of no such type. */
  static Optional<Object> value(ValueVector vector, int row) {
    String extension = vector.getField().getMetadata().getOrDefault(StrictTypes.EXTENSION, "");
    if (!extension.equals(StrictTypes.UUID) && !extension.equals(StrictTypes.OPAQUE)) {
      return Optional.empty();
    }
    if (!(vector.getObject(row) instanceof byte[] bytes)) {
      return Optional.empty();
    }
    if (extension.equals(StrictTypes.UUID)) {
      ByteBuffer parts = ByteBuffer.wrap(bytes);
      return Optional.of(new UUID(parts.getLong(), parts.getLong()));
    }
    String type = vector.getField().getMetadata().getOrDefault(StrictTypes.EXTENSION_METADATA, "");
    if (type.equals(StrictTypes.opaque("hugeint"))) {
      return Optional.of(new BigInteger(reversed(bytes)));
    }
    if (type.equals(StrictTypes.opaque("uhugeint"))) {
      return Optional.of(new BigInteger(1, reversed(bytes)));
    }
    if (type.equals(StrictTypes.TIMETZ)) {
      return Optional.of(timeTz(ByteBuffer.wrap(reversed(bytes)).getLong()));
    }
    if (type.equals(StrictTypes.opaque("bit"))) {
      return Optional.of(bits(bytes));
    }
    return type.equals(StrictTypes.opaque("bignum"))
        ? Optional.of(bignum(bytes))
        : Optional.empty();
  }

  private static byte[] reversed(byte[] littleEndian) {
    byte[] bytes = new byte[littleEndian.length];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = littleEndian[bytes.length - 1 - i];
    }
    return bytes;
  }

  /** Text that DuckDB reads as TIMETZ. */
  private static String timeTz(long value) {
    long micros = value >>> OFFSET_BITS;
    long offset = MAX_OFFSET_SECONDS - (value & OFFSET_MASK);
    return String.format(
        "%s.%06d%s%s",
        clock(micros / 1_000_000L),
        micros % 1_000_000L,
        offset < 0 ? "-" : "+",
        clock(Math.abs(offset)));
  }

  private static String clock(long seconds) {
    return String.format("%02d:%02d:%02d", seconds / 3600, seconds / 60 % 60, seconds % 60);
  }

  /** Text that DuckDB reads as BIT: the first byte counts the unused bits of the second. */
  private static String bits(byte[] bytes) {
    StringBuilder text = new StringBuilder();
    for (int bit = Byte.SIZE + bytes[0]; bit < bytes.length * Byte.SIZE; bit++) {
      text.append((bytes[bit / Byte.SIZE] >> (Byte.SIZE - 1 - bit % Byte.SIZE)) & 1);
    }
    return text.toString();
  }

  /**
   * Text of a BIGNUM: a header with the sign, then the digits; all bits of a negative are flipped.
   */
  private static String bignum(byte[] bytes) {
    boolean positive = bytes[0] < 0;
    byte[] digits = new byte[bytes.length - BIGNUM_HEADER];
    for (int i = 0; i < digits.length; i++) {
      byte digit = bytes[i + BIGNUM_HEADER];
      digits[i] = positive ? digit : (byte) ~digit;
    }
    return new BigInteger(positive ? 1 : -1, digits).toString();
  }
}
