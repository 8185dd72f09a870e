package io.flashduck.server.flight;

import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.apache.arrow.vector.BaseFixedWidthVector;
import org.apache.arrow.vector.BitVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VarBinaryVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.complex.FixedSizeListVector;
import org.apache.arrow.vector.complex.ListVector;
import org.apache.arrow.vector.complex.StructVector;
import org.apache.arrow.vector.complex.UnionVector;

/** The values of vectors down to their bits, as texts and lists that can be compared. */
final class ArrowValues {
  private static final int LONGEST_SHOWN = 200;

  private ArrowValues() {}

  /**
   * One value: the bytes of a leaf in hexadecimal, a list of the parts of another; of a union,
   * whose type ids are those of DuckDB, the number of the member first.
   */
  static Object of(FieldVector vector, int row) {
    if (vector.isNull(row)) {
      return "null";
    }
    if (vector instanceof ListVector list) {
      return parts(
          list.getDataVector(), list.getElementStartIndex(row), list.getElementEndIndex(row));
    }
    if (vector instanceof FixedSizeListVector list) {
      int from = row * list.getListSize();
      return parts(list.getDataVector(), from, from + list.getListSize());
    }
    if (vector instanceof StructVector struct) {
      List<Object> members = new ArrayList<>();
      struct.getChildrenFromFields().forEach(child -> members.add(of(child, row)));
      return members;
    }
    if (vector instanceof UnionVector union) {
      int member = union.getTypeValue(row);
      Object value = of(union.getChildrenFromFields().get(member), row);
      return value.equals("null") ? "null" : List.of(member, value);
    }
    return hex(vector, row);
  }

  private static List<Object> parts(FieldVector vector, int from, int to) {
    List<Object> parts = new ArrayList<>();
    for (int i = from; i < to; i++) {
      parts.add(of(vector, i));
    }
    return parts;
  }

  private static String hex(FieldVector vector, int row) {
    byte[] bytes;
    if (vector instanceof BitVector bit) {
      return Integer.toString(bit.get(row));
    } else if (vector instanceof VarCharVector text) {
      bytes = text.get(row);
    } else if (vector instanceof VarBinaryVector binary) {
      bytes = binary.get(row);
    } else {
      int width = ((BaseFixedWidthVector) vector).getTypeWidth();
      bytes = new byte[width];
      vector.getDataBuffer().getBytes((long) row * width, bytes);
    }
    String hex = HexFormat.of().formatHex(bytes);
    return hex.length() <= LONGEST_SHOWN
        ? hex
        : hex.length() + ":" + java.util.Arrays.hashCode(bytes);
  }
}
