package io.flashduck.server.flight;

import java.util.Arrays;
import java.util.stream.IntStream;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.complex.UnionVector;
import org.apache.arrow.vector.types.UnionMode;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.FieldType;

/**
 * Unions as DuckDB reads them: it takes a type id for the number of a member, whatever the schema
 * says, while Arrow's vectors of Java write the number of the member's type.
 *
 * <p>Threading: stateless.
 */
final class PutUnions {
  private PutUnions() {}

  /** Whether a field has, at any depth, a sparse union whose type ids are not the numbers. */
  static boolean isNumberedOtherwise(Field field) {
    return !numbered(field).equals(field.getFieldType())
        || field.getChildren().stream().anyMatch(PutUnions::isNumberedOtherwise);
  }

  /** The type of a field, with the numbers of the members as type ids if it is a sparse union. */
  static FieldType numbered(Field field) {
    FieldType type = field.getFieldType();
    return type.getType() instanceof ArrowType.Union union && union.getMode() == UnionMode.Sparse
        ? new FieldType(
            type.isNullable(),
            new ArrowType.Union(
                UnionMode.Sparse, IntStream.range(0, field.getChildren().size()).toArray()),
            type.getDictionary(),
            type.getMetadata())
        : type;
  }

  /**
   * The number of each row's member.
   *
   * @param field of the vector; caller closes the buffer
   */
  static ArrowBuf numbered(Field field, UnionVector union, BufferAllocator allocator) {
    byte[] numbers = numbers(field);
    ArrowBuf buffer = allocator.buffer(Math.max(1, union.getValueCount()));
    for (int row = 0; row < union.getValueCount(); row++) {
      int id = union.getTypeValue(row);
      buffer.setByte(row, id < 0 ? id : numbers[id]);
    }
    buffer.writerIndex(union.getValueCount());
    return buffer;
  }

  /** The numbers of the members by type id; -1 for ids that no member has. */
  private static byte[] numbers(Field field) {
    int[] ids = ((ArrowType.Union) field.getType()).getTypeIds();
    byte[] numbers = new byte[Byte.MAX_VALUE + 1];
    Arrays.fill(numbers, (byte) -1);
    for (int i = 0; i < field.getChildren().size(); i++) {
      int id = ids == null ? i : ids[i];
      if (id < 0 || id > Byte.MAX_VALUE || numbers[id] >= 0) {
        throw FlightErrors.invalid(
            "Column "
                + field.getName()
                + " is a Union whose type ids "
                + Arrays.toString(ids)
                + " do not tell its members apart; give each an id of its own, 0 to 127");
      }
      numbers[id] = (byte) i;
    }
    return numbers;
  }
}
