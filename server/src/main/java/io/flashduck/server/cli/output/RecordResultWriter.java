package io.flashduck.server.cli.output;

import io.flashduck.server.render.ArrowValues;
import io.flashduck.server.render.ValueText;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorSchemaRoot;

/**
 * One block of {@code name value} lines per row, for tables with more columns than a line holds.
 *
 * <p>Threading: confined to the caller.
 */
public final class RecordResultWriter implements ResultWriter {
  private final OutputStream out;
  private final TableStyle style;

  public RecordResultWriter(OutputStream out, TableStyle style) {
    this.out = out;
    this.style = style;
  }

  @Override
  public Written write(RowStream rows) throws IOException {
    Writer text = new BufferedWriter(new OutputStreamWriter(out, StandardCharsets.UTF_8), 1 << 15);
    List<String> names =
        rows.schema().getFields().stream().map(f -> DisplayText.visible(f.getName())).toList();
    int width = names.stream().mapToInt(DisplayText::width).max().orElse(0);
    long written = 0;
    while (rows.next()) {
      VectorSchemaRoot root = rows.root();
      for (int row = 0; row < root.getRowCount(); row++) {
        if (style.maxRows() > 0 && written == style.maxRows()) {
          text.flush();
          return new Written(written, false);
        }
        written++;
        text.write((style.unicode() ? "── row " : "-- row ") + written + "\n");
        record(text, names, width, root.getFieldVectors(), row);
      }
      text.flush();
    }
    text.flush();
    return new Written(written, true);
  }

  private void record(
      Writer text, List<String> names, int width, List<FieldVector> vectors, int row)
      throws IOException {
    for (int column = 0; column < vectors.size(); column++) {
      Object value = ArrowValues.value(vectors.get(column), row);
      text.write(DisplayText.pad(names.get(column), width, false));
      text.write("  ");
      text.write(value == null ? style.nullText() : DisplayText.visible(ValueText.text(value)));
      text.write('\n');
    }
  }
}
