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
import org.apache.arrow.vector.types.pojo.Field;
import org.jspecify.annotations.Nullable;

/**
 * CSV as RFC 4180 writes it, in UTF-8 with line feeds: a header line, NULL as nothing, an empty
 * text as {@code ""}, so that the two stay apart.
 *
 * <p>Threading: confined to the caller.
 */
public final class CsvResultWriter implements ResultWriter {
  private final OutputStream out;

  public CsvResultWriter(OutputStream out) {
    this.out = out;
  }

  @Override
  public Written write(RowStream rows) throws IOException {
    Writer text = new BufferedWriter(new OutputStreamWriter(out, StandardCharsets.UTF_8), 1 << 16);
    header(text, rows.schema().getFields());
    long written = 0;
    while (rows.next()) {
      written += batch(text, rows.root());
      text.flush();
    }
    text.flush();
    return new Written(written, true);
  }

  private static void header(Writer text, List<Field> fields) throws IOException {
    String separator = "";
    for (Field field : fields) {
      text.write(separator);
      text.write(quoted(field.getName()));
      separator = ",";
    }
    text.write('\n');
  }

  private static int batch(Writer text, VectorSchemaRoot root) throws IOException {
    List<FieldVector> columns = root.getFieldVectors();
    for (int row = 0; row < root.getRowCount(); row++) {
      for (int column = 0; column < columns.size(); column++) {
        if (column > 0) {
          text.write(',');
        }
        cell(text, ArrowValues.value(columns.get(column), row));
      }
      text.write('\n');
    }
    return root.getRowCount();
  }

  private static void cell(Writer text, @Nullable Object value) throws IOException {
    if (value != null) {
      text.write(quoted(ValueText.text(value)));
    }
  }

  private static String quoted(String value) {
    boolean plain = !value.isEmpty();
    for (int i = 0; plain && i < value.length(); i++) {
      char c = value.charAt(i);
      plain = c != ',' && c != '"' && c != '\n' && c != '\r';
    }
    return plain ? value : '"' + value.replace("\"", "\"\"") + '"';
  }
}
