package io.flashduck.server.cli.remote;

import io.flashduck.server.cli.output.RowStream;
import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import io.flashduck.server.render.ArrowValues;
import io.flashduck.server.render.TypeNames;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.channels.Channels;
import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.ipc.ReadChannel;
import org.apache.arrow.vector.ipc.message.MessageSerializer;
import org.jspecify.annotations.Nullable;

/**
 * A table or view as the server's metadata calls describe it.
 *
 * <p>Threading: immutable.
 *
 * @param schema its schema, empty if the server has none
 * @param name its name
 * @param type {@code TABLE} or {@code VIEW}
 * @param columns its columns in order
 */
public record RemoteTable(String schema, String name, String type, List<RemoteColumn> columns) {
  public RemoteTable {
    columns = List.copyOf(columns);
  }

  /**
   * One column.
   *
   * @param name its name
   * @param type its SQL type
   */
  public record RemoteColumn(String name, String type) {}

  /** Reads the answer to GetTables with schemas. */
  static List<RemoteTable> read(RowStream rows) {
    List<RemoteTable> tables = new ArrayList<>();
    while (rows.next()) {
      VectorSchemaRoot root = rows.root();
      for (int row = 0; row < root.getRowCount(); row++) {
        tables.add(
            new RemoteTable(
                text(root, "db_schema_name", row),
                text(root, "table_name", row),
                text(root, "table_type", row),
                columns(ArrowValues.value(root.getVector("table_schema"), row))));
      }
    }
    return tables;
  }

  private static String text(VectorSchemaRoot root, String column, int row) {
    Object value = ArrowValues.value(root.getVector(column), row);
    return value == null ? "" : value.toString();
  }

  private static List<RemoteColumn> columns(@Nullable Object message) {
    if (!(message instanceof byte[] bytes) || bytes.length == 0) {
      return List.of();
    }
    try (ReadChannel channel =
        new ReadChannel(Channels.newChannel(new ByteArrayInputStream(bytes)))) {
      return MessageSerializer.deserializeSchema(channel).getFields().stream()
          .map(field -> new RemoteColumn(field.getName(), TypeNames.sqlName(field)))
          .toList();
    } catch (IOException e) {
      throw new FlashDuckException(
          ErrorCode.INTERNAL, "The server's description of a table cannot be read", e);
    }
  }
}
