package io.flashduck.server.cli.output;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.util.MinimalPrettyPrinter;
import io.flashduck.server.render.ArrowValues;
import io.flashduck.server.render.ValueJson;
import java.io.IOException;
import java.io.OutputStream;
import java.util.List;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorSchemaRoot;

/**
 * JSON: one array of objects, or one object per line; either way a row per line.
 *
 * <p>Threading: confined to the caller.
 */
public final class JsonResultWriter implements ResultWriter {
  private static final JsonFactory JSON =
      new JsonFactory()
          .disable(JsonGenerator.Feature.AUTO_CLOSE_TARGET)
          .disable(JsonGenerator.Feature.AUTO_CLOSE_JSON_CONTENT);

  private final OutputStream out;
  private final boolean lines;

  /**
   * @param lines newline JSON instead of one array
   */
  public JsonResultWriter(OutputStream out, boolean lines) {
    this.out = out;
    this.lines = lines;
  }

  @Override
  public Written write(RowStream rows) throws IOException {
    JsonGenerator json = JSON.createGenerator(out);
    json.setPrettyPrinter(new MinimalPrettyPrinter(""));
    long written = 0;
    if (!lines) {
      json.writeRaw('[');
    }
    while (rows.next()) {
      written = batch(json, rows.root(), written);
      json.flush();
    }
    json.writeRaw(lines ? "" : written == 0 ? "]\n" : "\n]\n");
    json.flush();
    return new Written(written, true);
  }

  private long batch(JsonGenerator json, VectorSchemaRoot root, long before) throws IOException {
    long written = before;
    List<FieldVector> columns = root.getFieldVectors();
    for (int row = 0; row < root.getRowCount(); row++) {
      if (!lines) {
        json.writeRaw(written == 0 ? "\n" : ",\n");
      }
      json.writeStartObject();
      for (FieldVector column : columns) {
        json.writeFieldName(column.getName());
        ValueJson.write(json, ArrowValues.value(column, row));
      }
      json.writeEndObject();
      if (lines) {
        json.writeRaw('\n');
      }
      written++;
    }
    return written;
  }
}
