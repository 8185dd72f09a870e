package io.flashduck.server.engine;

import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.PeriodDuration;
import org.apache.arrow.vector.UInt1Vector;
import org.apache.arrow.vector.UInt2Vector;
import org.apache.arrow.vector.UInt4Vector;
import org.apache.arrow.vector.UInt8Vector;
import org.apache.arrow.vector.ValueVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.complex.BaseRepeatedValueVector;
import org.apache.arrow.vector.complex.FixedSizeListVector;
import org.apache.arrow.vector.complex.ListVector;
import org.apache.arrow.vector.complex.MapVector;
import org.apache.arrow.vector.complex.UnionVector;
import org.apache.arrow.vector.util.Text;
import org.jspecify.annotations.Nullable;

/**
 * Reads bound parameters out of Arrow rows.
 *
 * <p>Values are narrowed to what DuckDB expects where nothing is lost, because a value of another
 * type makes DuckDB plan the statement again: an Int64 for an INTEGER parameter becomes an Integer,
 * a double for a DECIMAL the decimal that it prints as.
 *
 * <p>Threading: stateless.
 */
public final class ArrowParameters {
  private ArrowParameters() {}

  /**
   * The values of one row, by position.
   *
   * @param rows borrowed
   * @param description of the statement that they are bound to
   */
  public static Parameters row(VectorSchemaRoot rows, int row, StatementDescription description) {
    return row(rows, row, description.execution().parameterTypes());
  }

  /**
   * The values of one row, by position.
   *
   * @param rows borrowed
   * @param types DuckDB's names of the parameters' types, as far as they are known
   */
  public static Parameters row(VectorSchemaRoot rows, int row, List<String> types) {
    List<@Nullable Object> values = new ArrayList<>();
    for (int i = 0; i < rows.getFieldVectors().size(); i++) {
      Object value = value(rows.getVector(i), row);
      values.add(i < types.size() ? fitted(value, types.get(i)) : value);
    }
    return Parameters.ofList(values);
  }

  /** One value as Java has it. */
  static @Nullable Object value(ValueVector vector, int row) {
    if (vector.isNull(row)) {
      return null;
    }
    if (vector instanceof UInt1Vector v) {
      return (short) (v.get(row) & 0xFF);
    }
    if (vector instanceof UInt2Vector v) {
      return (int) v.get(row);
    }
    if (vector instanceof UInt4Vector v) {
      return Integer.toUnsignedLong(v.get(row));
    }
    if (vector instanceof UInt8Vector v) {
      return new BigInteger(Long.toUnsignedString(v.get(row)));
    }
    Optional<Object> extension = ExtensionParameters.value(vector, row);
    if (extension.isPresent()) {
      return extension.get();
    }
    Optional<Object> temporal = TemporalParameters.value(vector, row);
    if (temporal.isPresent()) {
      return temporal.get();
    }
    if (vector instanceof UnionVector union) {
      return member(union, row);
    }
    if (vector instanceof BaseRepeatedValueVector || vector instanceof FixedSizeListVector) {
      return list(vector, row);
    }
    Object value = vector.getObject(row);
    return value instanceof Text text ? text.toString() : plain(vector, value);
  }

  /** DuckDB finds the member by the type of its value, if no other has that type. */
  private static @Nullable Object member(UnionVector union, int row) {
    List<FieldVector> members = union.getChildrenFromFields();
    FieldVector member = members.get(union.getTypeValue(row));
    if (members.stream().filter(m -> m.getMinorType() == member.getMinorType()).count() > 1) {
      throw new FlashDuckException(
          ErrorCode.UNIMPLEMENTED,
          "A parameter that is a Union with two members of one type can only be bound to INSERT …"
              + " VALUES (?); use union_value(name := ?) in the statement.");
    }
    return value(member, row);
  }

  private static Object list(ValueVector vector, int row) {
    if (vector instanceof MapVector) {
      throw unsupported(vector);
    }
    FieldVector elements;
    int from;
    int to;
    if (vector instanceof ListVector list) {
      elements = list.getDataVector();
      from = list.getElementStartIndex(row);
      to = list.getElementEndIndex(row);
    } else if (vector instanceof FixedSizeListVector fixed) {
      elements = fixed.getDataVector();
      from = row * fixed.getListSize();
      to = from + fixed.getListSize();
    } else {
      throw unsupported(vector);
    }
    List<@Nullable Object> values = new ArrayList<>();
    for (int i = from; i < to; i++) {
      values.add(value(elements, i));
    }
    return new Parameters.ListValue(values);
  }

  private static Object plain(ValueVector vector, Object value) {
    boolean known =
        value instanceof Boolean
            || value instanceof Number
            || value instanceof String
            || value instanceof UUID
            || value instanceof byte[];
    if (known) {
      return value;
    }
    if (value instanceof PeriodDuration interval) {
      return interval(interval);
    }
    throw unsupported(vector);
  }

  /** Text that DuckDB reads as an interval: an Arrow period has months and days only. */
  @SuppressWarnings("JavaPeriodGetDays") // months are written beside the days
  private static String interval(PeriodDuration value) {
    return value.getPeriod().toTotalMonths()
        + " months "
        + value.getPeriod().getDays()
        + " days "
        + value.getDuration().toNanos() / 1_000L
        + " microseconds";
  }

  private static FlashDuckException unsupported(ValueVector vector) {
    return new FlashDuckException(
        ErrorCode.UNIMPLEMENTED,
        "A parameter of type "
            + vector.getField().getType()
            + " cannot be bound; bind its text and cast it in the statement.");
  }

  /** The value in the type that DuckDB expects, if it keeps its meaning. */
  private static @Nullable Object fitted(@Nullable Object value, String duckType) {
    if (value instanceof Number number && !(value instanceof BigDecimal)) {
      return fittedNumber(number, duckType);
    }
    if (value instanceof byte[] bytes && duckType.equals("VARCHAR")) {
      return new String(bytes, StandardCharsets.UTF_8);
    }
    return value;
  }

  private static Object fittedNumber(Number value, String duckType) {
    boolean fraction = value instanceof Double || value instanceof Float;
    if (fraction) {
      double number = value.doubleValue();
      boolean exact = duckType.startsWith("DECIMAL") && Double.isFinite(number);
      return exact ? new BigDecimal(value.toString()) : value;
    }
    if (value instanceof BigInteger) {
      return value;
    }
    long number = value.longValue();
    return switch (duckType) {
      case "TINYINT" -> (byte) number == number ? (Object) (byte) number : value;
      case "SMALLINT" -> (short) number == number ? (Object) (short) number : value;
      case "INTEGER" -> (int) number == number ? (Object) (int) number : value;
      case "BIGINT" -> number;
      default -> value;
    };
  }
}
