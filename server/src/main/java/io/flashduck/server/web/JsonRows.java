package io.flashduck.server.web;

import io.flashduck.server.catalog.Column;
import io.flashduck.server.catalog.TableDefinition;
import io.flashduck.server.engine.ArrowResult;
import io.flashduck.server.engine.Engine;
import io.flashduck.server.engine.EngineConnection;
import io.flashduck.server.engine.Parameters;
import io.flashduck.server.engine.sql.SqlIdentifiers;
import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import io.flashduck.server.table.ArrowRows;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.StringJoiner;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.apache.arrow.memory.BufferAllocator;

/**
 * JSON objects as rows of a table's own types, read by DuckDB from a temporary file.
 *
 * <p>Threading: thread-safe.
 */
final class JsonRows {
  private static final String EXAMPLE = "; send {\"id\": 1, …} lines or an array of such objects";

  private final WebBackend backend;

  JsonRows(WebBackend backend) {
    this.backend = backend;
  }

  /**
   * Reads a body.
   *
   * @param body a JSON array of objects, or objects one after another; borrowed
   * @throws FlashDuckException INVALID_REQUEST if it is not that, or has fields that are no column;
   *     TYPE_MISMATCH; RESOURCE_EXHAUSTED if it is too large
   */
  ArrowRows read(InputStream body, TableDefinition table, BufferAllocator scratch)
      throws IOException {
    Path file = Files.createTempFile(backend.limits().tempDirectory(), "body-", ".json");
    try {
      save(body, file);
      try (EngineConnection connection = backend.engine().openInternal()) {
        String source = SqlIdentifiers.literal(file.toRealPath().toString());
        String columns = columns(fields(connection, source), table);
        String sql = "SELECT * FROM read_json(" + source + ", columns = {" + columns + "})";
        try (ArrowResult result =
                connection.arrow(sql, Parameters.NONE, scratch, Engine.BATCH_ROWS);
            ResultReader reader = new ResultReader(result, scratch)) {
          return ArrowRows.readAll(reader, backend.limits().maxWriteBytes());
        }
      }
    } finally {
      Files.deleteIfExists(file);
    }
  }

  private void save(InputStream body, Path file) throws IOException {
    long limit = backend.limits().maxWriteBytes();
    long saved = 0;
    byte[] buffer = new byte[1 << 16];
    try (OutputStream out = Files.newOutputStream(file)) {
      for (int read = body.read(buffer); read >= 0; read = body.read(buffer)) {
        saved += read;
        if (saved > limit) {
          throw new FlashDuckException(
              ErrorCode.RESOURCE_EXHAUSTED,
              "The body is larger than the limit of " + limit + " bytes; send it in parts");
        }
        out.write(buffer, 0, read);
      }
    }
    if (saved == 0) {
      throw new FlashDuckException(ErrorCode.INVALID_REQUEST, "The body is empty" + EXAMPLE);
    }
  }

  /** The names of all fields of all objects. */
  private static List<String> fields(EngineConnection connection, String source) {
    String objects = "FROM read_json_objects(" + source + ", format = 'auto')";
    long others =
        connection
            .query(
                "SELECT count(*) " + objects + " WHERE json_type(json) <> 'OBJECT'",
                row -> row.getLong(1))
            .get(0);
    if (others > 0) {
      throw new FlashDuckException(
          ErrorCode.INVALID_REQUEST, others + " of the values are no objects" + EXAMPLE);
    }
    return connection.query(
        "SELECT DISTINCT unnest(json_keys(json)) AS field " + objects + " ORDER BY field",
        row -> row.getString(1));
  }

  private static String columns(List<String> fields, TableDefinition table) {
    Map<String, Column> known =
        table.columns().stream()
            .collect(
                Collectors.toMap(
                    column -> column.name().toLowerCase(Locale.ROOT), Function.identity()));
    StringJoiner columns = new StringJoiner(", ");
    for (String field : fields) {
      Column column = known.get(field.toLowerCase(Locale.ROOT));
      if (column == null) {
        throw new FlashDuckException(
            ErrorCode.INVALID_REQUEST,
            "Table "
                + table.name()
                + " has no column '"
                + field
                + "'; it has "
                + table.columns().stream().map(Column::name).collect(Collectors.joining(", ")));
      }
      columns.add(SqlIdentifiers.literal(field) + ": " + SqlIdentifiers.literal(column.type()));
    }
    return columns.toString();
  }
}
