package io.flashduck.server.table;

import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.vector.BaseFixedWidthVector;
import org.apache.arrow.vector.BaseLargeVariableWidthVector;
import org.apache.arrow.vector.BaseVariableWidthVector;
import org.apache.arrow.vector.ExtensionTypeVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.LargeVarCharVector;
import org.apache.arrow.vector.NullVector;
import org.apache.arrow.vector.ValueVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.complex.FixedSizeListVector;
import org.apache.arrow.vector.complex.LargeListVector;
import org.apache.arrow.vector.complex.ListVector;
import org.apache.arrow.vector.complex.NonNullableStructVector;
import org.apache.arrow.vector.complex.UnionVector;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.util.Text;
import org.apache.arrow.vector.util.ValueVectorUtility;
import org.apache.arrow.vector.validate.ValidateUtil;

/**
 * Checks that a batch of a client is what its schema says: buffers as large as their lengths,
 * offsets that grow and end inside of the data, text that is UTF-8. Neither Arrow nor DuckDB look:
 * an offset beyond the end makes DuckDB read foreign memory or end the process, and a durable
 * change would do so again at every start.
 *
 * <p>Threading: stateless.
 */
final class ArrowBatchCheck {
  private static final long NOT_ASCII = 0x8080808080808080L;

  private ArrowBatchCheck() {}

  /**
   * @throws FlashDuckException INVALID_REQUEST with the column that is damaged
   */
  static void check(VectorSchemaRoot batch) {
    for (FieldVector column : batch.getFieldVectors()) {
      try {
        if (column.getValueCount() != batch.getRowCount()) {
          throw new ValidateUtil.ValidateException(
              "it has " + column.getValueCount() + " values in " + batch.getRowCount() + " rows");
        }
        checkBuffers(column);
        checkData(column);
      } catch (ValidateUtil.ValidateException
          | IndexOutOfBoundsException
          | UnsupportedOperationException e) {
        throw new FlashDuckException(
            ErrorCode.INVALID_REQUEST,
            "The Arrow data of column " + column.getName() + " is damaged: " + e.getMessage(),
            e);
      }
    }
  }

  /**
   * Arrow's own check, which takes every map and many a union for damaged: their parts are checked
   * instead.
   */
  private static void checkBuffers(FieldVector vector) {
    if (hasMapOrUnion(vector.getField())) {
      vector.getChildrenFromFields().forEach(ArrowBatchCheck::checkBuffers);
    } else {
      ValueVectorUtility.validate(vector);
    }
  }

  private static boolean hasMapOrUnion(Field field) {
    return field.getType() instanceof ArrowType.Map
        || field.getType() instanceof ArrowType.Union
        || field.getChildren().stream().anyMatch(ArrowBatchCheck::hasMapOrUnion);
  }

  private static void checkData(ValueVector vector) {
    int count = vector.getValueCount();
    if (vector instanceof BaseVariableWidthVector texts) {
      Offsets offsets = new Offsets(texts.getOffsetBuffer(), BaseVariableWidthVector.OFFSET_WIDTH);
      offsets.check(count, texts.getDataBuffer().capacity());
      if (vector instanceof VarCharVector) {
        checkText(offsets, texts.getDataBuffer(), texts);
      }
    } else if (vector instanceof BaseLargeVariableWidthVector texts) {
      Offsets offsets =
          new Offsets(texts.getOffsetBuffer(), BaseLargeVariableWidthVector.OFFSET_WIDTH);
      offsets.check(count, texts.getDataBuffer().capacity());
      if (vector instanceof LargeVarCharVector) {
        checkText(offsets, texts.getDataBuffer(), texts);
      }
    } else if (vector instanceof ListVector list) { // maps too
      new Offsets(list.getOffsetBuffer(), ListVector.OFFSET_WIDTH)
          .check(count, list.getDataVector().getValueCount());
      checkData(list.getDataVector());
    } else if (vector instanceof LargeListVector list) {
      new Offsets(list.getOffsetBuffer(), LargeListVector.OFFSET_WIDTH)
          .check(count, list.getDataVector().getValueCount());
      checkData(list.getDataVector());
    } else if (vector instanceof FixedSizeListVector list) {
      checkData(list.getDataVector());
    } else if (vector instanceof NonNullableStructVector struct) {
      struct.getChildrenFromFields().forEach(ArrowBatchCheck::checkData);
    } else if (vector instanceof UnionVector union) {
      checkMembers(union);
    } else if (vector instanceof ExtensionTypeVector<?> extension) {
      checkData(extension.getUnderlyingVector());
    } else if (!(vector instanceof BaseFixedWidthVector) && !(vector instanceof NullVector)) {
      ValueVectorUtility.validateFull(vector);
    }
  }

  /** The type ids are the numbers of the members: {@link StorableTypes}. */
  private static void checkMembers(UnionVector union) {
    List<FieldVector> members = union.getChildrenFromFields();
    for (int i = 0; i < union.getValueCount(); i++) {
      int member = union.getTypeValue(i);
      if (member < 0 || member >= members.size()) {
        throw new ValidateUtil.ValidateException(
            "row " + (i + 1) + " has a type id that no member has");
      }
    }
    for (FieldVector member : members) {
      if (member.getValueCount() < union.getValueCount()) {
        throw new ValidateUtil.ValidateException(
            "member " + member.getName() + " has " + member.getValueCount() + " values");
      }
      checkData(member);
    }
  }

  /** Where the values begin, in 4 or 8 bytes each. */
  private record Offsets(ArrowBuf buffer, int width) {
    long at(long index) {
      return width == Integer.BYTES ? buffer.getInt(index * width) : buffer.getLong(index * width);
    }

    void check(int count, long end) {
      if (count == 0) {
        return;
      }
      long before = at(0);
      boolean grows = before >= 0;
      for (int i = 1; i <= count; i++) {
        long next = at(i);
        grows &= next >= before;
        before = next;
      }
      if (!grows || before > end) {
        throw new ValidateUtil.ValidateException("its offsets do not grow, or end outside of it");
      }
    }
  }

  private static void checkText(Offsets offsets, ArrowBuf data, ValueVector vector) {
    int count = vector.getValueCount();
    if (count == 0 || isAscii(data, offsets.at(0), offsets.at(count))) {
      return;
    }
    for (int i = 0; i < count; i++) {
      long start = offsets.at(i);
      if (!vector.isNull(i) && !isAscii(data, start, offsets.at(i + 1))) {
        byte[] value = new byte[(int) (offsets.at(i + 1) - start)];
        data.getBytes(start, value);
        if (!Text.validateUTF8NoThrow(value)) {
          throw new ValidateUtil.ValidateException(
              "row "
                  + (i + 1)
                  + " is not UTF-8: "
                  + new String(value, 0, Math.min(value.length, 40), StandardCharsets.ISO_8859_1));
        }
      }
    }
  }

  private static boolean isAscii(ArrowBuf data, long start, long end) {
    long bits = 0;
    long at = start;
    for (; at + Long.BYTES <= end; at += Long.BYTES) {
      bits |= data.getLong(at);
    }
    for (; at < end; at++) {
      bits |= data.getByte(at);
    }
    return (bits & NOT_ASCII) == 0;
  }
}
