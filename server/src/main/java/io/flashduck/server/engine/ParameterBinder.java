package io.flashduck.server.engine;

import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import org.duckdb.user.DuckDBUserArray;
import org.jspecify.annotations.Nullable;

/**
 * Hands bound values to DuckDB's driver in the form that it takes without loss.
 *
 * <p>Threading: stateless.
 */
final class ParameterBinder {
  private static final int MAX_PRECISION = 38;

  private ParameterBinder() {}

  static void bind(PreparedStatement statement, Parameters parameters) throws SQLException {
    int wanted = statement.getParameterMetaData().getParameterCount();
    List<@Nullable Object> values = parameters.values();
    if (wanted != values.size()) {
      throw new FlashDuckException(
          ErrorCode.INVALID_REQUEST,
          "The statement has "
              + wanted
              + " parameters, but "
              + values.size()
              + " values were bound to it");
    }
    for (int i = 0; i < wanted; i++) {
      Object value = values.get(i);
      if (value instanceof Parameters.ListValue list) {
        String type = statement.getParameterMetaData().getParameterTypeName(i + 1);
        statement.setObject(i + 1, array(list, type));
      } else {
        statement.setObject(i + 1, driverValue(value));
      }
    }
  }

  /**
   * The driver wants the type of the elements; where DuckDB expects none, the first value tells.
   */
  private static DuckDBUserArray array(Parameters.ListValue list, String expectedType) {
    String elementType = elementType(list, expectedType);
    Object[] elements =
        list.elements().stream()
            .map(
                e ->
                    e instanceof Parameters.ListValue inner
                        ? array(inner, elementType)
                        : driverValue(e))
            .toArray();
    return new DuckDBUserArray(elementType, elements);
  }

  private static String elementType(Parameters.ListValue list, String expectedType) {
    int bracket = expectedType.lastIndexOf('[');
    if (bracket > 0 && expectedType.endsWith("]")) {
      return expectedType.substring(0, bracket);
    }
    Object first = "";
    for (Object element : list.elements()) {
      if (element != null) {
        first = element;
        break;
      }
    }
    if (first instanceof Parameters.ListValue inner) {
      return elementType(inner, "") + "[]";
    }
    if (first instanceof Boolean) {
      return "BOOLEAN";
    }
    if (first instanceof Float || first instanceof Double) {
      return "DOUBLE";
    }
    if (first instanceof Number && !(first instanceof BigDecimal)) {
      return "BIGINT";
    }
    return first instanceof byte[] ? "BLOB" : "VARCHAR";
  }

  /** The driver takes no negative scale and silently makes NULL of more than 38 digits. */
  private static @Nullable Object driverValue(@Nullable Object value) {
    if (value instanceof BigDecimal decimal) {
      BigDecimal plain = decimal.scale() < 0 ? decimal.setScale(0) : decimal;
      int digits = Math.max(plain.precision(), plain.scale());
      return digits > MAX_PRECISION ? plain.toString() : plain;
    }
    if (value instanceof BigInteger integer) {
      return integer.bitLength() > 127 ? integer.toString() : integer;
    }
    if (value instanceof Instant instant) {
      return instant.atOffset(ZoneOffset.UTC);
    }
    if (value instanceof Character character) {
      return character.toString();
    }
    return value;
  }
}
