package io.flashduck.server.cli.output;

import io.flashduck.server.render.ArrowValues;
import io.flashduck.server.render.ValueText;
import java.io.IOException;
import java.io.OutputStream;
import java.util.List;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.jspecify.annotations.Nullable;

/**
 * A result as a table drawn with lines, numbers on the right.
 *
 * <p>Threading: confined to the caller.
 */
public final class TableResultWriter implements ResultWriter {
  private final OutputStream out;
  private final TableStyle style;

  public TableResultWriter(OutputStream out, TableStyle style) {
    this.out = out;
    this.style = style;
  }

  @Override
  public Written write(RowStream rows) throws IOException {
    List<Field> fields = rows.schema().getFields();
    boolean[] right = new boolean[fields.size()];
    for (int i = 0; i < right.length; i++) {
      right[i] = numeric(fields.get(i));
    }
    TableDrawing drawing =
        new TableDrawing(out, style, fields.stream().map(Field::getName).toList(), right);
    long limit = style.maxRows() > 0 ? style.maxRows() : Long.MAX_VALUE;
    long written = 0;
    boolean complete = true;
    while (complete && rows.next()) {
      VectorSchemaRoot root = rows.root();
      int shown = (int) Math.min(root.getRowCount(), limit - written);
      for (int row = 0; row < shown; row++) {
        drawing.row(cells(root.getFieldVectors(), row));
      }
      written += shown;
      complete = shown == root.getRowCount();
      if (written >= TableDrawing.SAMPLE_ROWS) {
        drawing.flush();
      }
    }
    drawing.finish();
    return new Written(written, complete);
  }

  private String[] cells(List<FieldVector> vectors, int row) {
    String[] cells = new String[vectors.size()];
    for (int column = 0; column < cells.length; column++) {
      cells[column] = cell(ArrowValues.value(vectors.get(column), row));
    }
    return cells;
  }

  private String cell(@Nullable Object value) {
    return value == null ? style.nullText() : DisplayText.visible(ValueText.text(value));
  }

  private static boolean numeric(Field field) {
    ArrowType type = field.getType();
    return type instanceof ArrowType.Int
        || type instanceof ArrowType.FloatingPoint
        || type instanceof ArrowType.Decimal;
  }
}
