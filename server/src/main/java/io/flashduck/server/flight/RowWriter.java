package io.flashduck.server.flight;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.apache.arrow.vector.BitVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.IntVector;
import org.apache.arrow.vector.UInt1Vector;
import org.apache.arrow.vector.VarBinaryVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.complex.ListVector;
import org.apache.arrow.vector.complex.impl.UnionListWriter;
import org.jspecify.annotations.Nullable;

/**
 * Fills a small result row by row.
 *
 * <p>Threading: confined to one thread.
 */
final class RowWriter {
  private final VectorSchemaRoot root;
  private int row;

  /**
   * @param root borrowed; empty
   */
  RowWriter(VectorSchemaRoot root) {
    this.root = root;
  }

  /** Adds a row: a String, Integer, Boolean, byte array, list of strings or null per column. */
  void add(@Nullable Object... values) {
    List<FieldVector> vectors = root.getFieldVectors();
    if (values.length != vectors.size()) {
      throw new IllegalArgumentException(
          "A row of " + root.getSchema() + " has " + vectors.size() + " values");
    }
    for (int column = 0; column < values.length; column++) {
      Object value = values[column];
      if (value != null) {
        set(vectors.get(column), value);
      } else if (!vectors.get(column).getField().isNullable()) {
        throw new IllegalArgumentException(vectors.get(column).getField() + " is not nullable");
      }
    }
    row++;
    root.setRowCount(row);
  }

  private void set(FieldVector vector, Object value) {
    if (vector instanceof VarCharVector text) {
      text.setSafe(row, ((String) value).getBytes(StandardCharsets.UTF_8));
    } else if (vector instanceof IntVector number) {
      number.setSafe(row, (Integer) value);
    } else if (vector instanceof UInt1Vector number) {
      number.setSafe(row, (Integer) value);
    } else if (vector instanceof BitVector flag) {
      flag.setSafe(row, ((Boolean) value) ? 1 : 0);
    } else if (vector instanceof VarBinaryVector bytes) {
      bytes.setSafe(row, (byte[]) value);
    } else if (vector instanceof ListVector list) {
      UnionListWriter writer = list.getWriter();
      writer.setPosition(row);
      writer.startList();
      ((List<?>) value).forEach(item -> writer.writeVarChar((String) item));
      writer.endList();
    } else {
      throw new IllegalArgumentException("No rows are written for " + vector.getField());
    }
  }
}
