package io.flashduck.server.flight;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.complex.MapVector;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;

/**
 * Checks what DuckDB would find only when it reads an accepted change, or would not find at all:
 * keys of maps, and the bytes of its own extension types.
 *
 * <p>Threading: stateless.
 */
final class PutValues {
  private static final int MAX_BIT_PADDING = 7;
  private static final int BIGNUM_HEADER = 3;
  private static final long DAY_MICROS = 86_400_000_000L;
  private static final int OFFSET_BITS = 24;
  private static final int MAX_OFFSET = 2 * (16 * 3600 - 1);

  private PutValues() {}

  /** Refuses a batch with a value that DuckDB does not have. */
  static void check(VectorSchemaRoot root) {
    for (FieldVector vector : root.getFieldVectors()) {
      if (needsCheck(vector.getField())) {
        check(vector, vector.getName());
      }
    }
  }

  private static boolean needsCheck(Field field) {
    return field.getType() instanceof ArrowType.Map
        || !opaque(field).isEmpty()
        || field.getChildren().stream().anyMatch(PutValues::needsCheck);
  }

  /** The name of DuckDB's type that an opaque field says; empty for all others. */
  private static String opaque(Field field) {
    String metadata = field.getMetadata().getOrDefault("ARROW:extension:metadata", "");
    boolean opaque =
        "arrow.opaque".equals(field.getMetadata().get("ARROW:extension:name"))
            && metadata.contains("\"DuckDB\"");
    if (!opaque) {
      return "";
    }
    for (String type : List.of("bit", "bignum", "time_tz")) {
      if (metadata.contains('"' + type + '"')) {
        return type;
      }
    }
    return "";
  }

  private static void check(FieldVector vector, String column) {
    String type = opaque(vector.getField());
    for (int row = 0; row < vector.getValueCount(); row++) {
      if (vector.isNull(row)) {
        continue;
      }
      if (vector instanceof MapVector map) {
        keys(map, row, column);
      } else if (!type.isEmpty()
          && vector.getObject(row) instanceof byte[] bytes
          && !isValid(type, bytes)) {
        throw FlightErrors.invalid(
            "Column "
                + column
                + ": the bytes of row "
                + (row + 1)
                + " are no "
                + type
                + " of DuckDB");
      }
    }
    vector.getChildrenFromFields().forEach(child -> check(child, column));
  }

  private static void keys(MapVector map, int row, String column) {
    FieldVector keys = map.getDataVector().getChildrenFromFields().get(0);
    Set<Object> seen = new HashSet<>();
    for (int i = map.getElementStartIndex(row); i < map.getElementEndIndex(row); i++) {
      Object key = keys.isNull(i) ? null : keys.getObject(i);
      if (key == null || !seen.add(key instanceof byte[] bytes ? ByteBuffer.wrap(bytes) : key)) {
        throw FlightErrors.invalid(
            "Column "
                + column
                + ": the map of row "
                + (row + 1)
                + " has "
                + (key == null ? "a null key" : "the key " + key + " twice")
                + ", which DuckDB does not have; send each key once");
      }
    }
  }

  private static boolean isValid(String type, byte[] bytes) {
    return switch (type) {
      case "bit" -> bytes.length > 1 && bytes[0] >= 0 && bytes[0] <= MAX_BIT_PADDING;
      case "bignum" -> isBignum(bytes);
      default -> bytes.length == Long.BYTES && isTimeTz(bytes);
    };
  }

  /** The header has the number of digits, its bits flipped for a number below zero. */
  private static boolean isBignum(byte[] bytes) {
    if (bytes.length <= BIGNUM_HEADER) {
      return false;
    }
    int header = ((bytes[0] & 0xFF) << 16) | ((bytes[1] & 0xFF) << 8) | (bytes[2] & 0xFF);
    int length = bytes[0] < 0 ? header & 0x7FFFFF : ~header & 0x7FFFFF;
    return length == bytes.length - BIGNUM_HEADER;
  }

  private static boolean isTimeTz(byte[] bytes) {
    long value = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getLong();
    return value >>> OFFSET_BITS <= DAY_MICROS && (value & ((1L << OFFSET_BITS) - 1)) <= MAX_OFFSET;
  }
}
