package io.flashduck.server.table.fold;

import io.flashduck.server.catalog.Column;
import io.flashduck.server.engine.EngineConnection;
import io.flashduck.server.engine.RegisteredStream;
import io.flashduck.server.engine.sql.SqlIdentifiers;
import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import io.flashduck.server.table.apply.RowValues;
import io.flashduck.server.table.apply.StagedReader;
import io.flashduck.server.table.change.ChangeSection;
import io.flashduck.server.table.change.RowsKind;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.Schema;

/**
 * Logged rows of several writes that can be read as one stream, as the rows of a change file.
 *
 * <p>Threading: confined to one thread.
 */
final class ChangeRows {
  private static final String STREAM = "_fd_changes";

  private final ChangeSection.Rows first;
  private final List<StagedReader.Part> parts = new ArrayList<>();

  ChangeRows(ChangeSection.Rows first) {
    this.first = first;
  }

  /** Whether these rows go into the same stream. */
  boolean takes(ChangeSection.Rows rows) {
    return rows.kind() == first.kind()
        && rows.key().equals(first.key())
        && rows.columns().equals(first.columns())
        && rows.rows().hasSameSchemaBytes(first.rows());
  }

  void add(StagedReader.Part part) {
    parts.add(part);
  }

  /** Inserts the rows into a table with the columns of a change file. */
  void insert(EngineConnection connection, BufferAllocator allocator, String into) {
    Schema schema = first.rows().schema(allocator);
    try (StagedReader reader = new StagedReader(allocator, schema, parts);
        RegisteredStream stream = connection.register(STREAM, reader, allocator)) {
      connection.execute(
          "INSERT INTO "
              + into
              + " SELECT "
              + values(schema)
              + " FROM "
              + SqlIdentifiers.quote(stream.name()));
    } catch (IOException e) {
      throw new FlashDuckException(
          ErrorCode.CORRUPT_STATE, "Rows of the write queue cannot be read: " + e.getMessage(), e);
    }
  }

  private String values(Schema schema) {
    RowValues values =
        new RowValues(schema.getFields().stream().map(Field::getName).toList(), first.columns());
    StringBuilder sql = new StringBuilder(operation());
    // Odd numbers: what changes the definition stands before the rows that follow it.
    sql.append(", _fd_sequence, _fd_version, 2 * _fd_row + 1, ").append(origin());
    for (Column column : first.columns()) {
      String value = values.of(column.name()).orElse("NULL");
      boolean key = first.key().stream().anyMatch(column.name()::equalsIgnoreCase);
      if (first.kind() == RowsKind.MIXED && !key) {
        value = "CASE WHEN _fd_op = 1 THEN NULL ELSE " + value + " END";
      } else if (first.kind() == RowsKind.DELETE && !key) {
        value = "NULL";
      }
      sql.append(", ").append(ChangeColumns.value(column, value));
    }
    return sql.toString();
  }

  private String operation() {
    return switch (first.kind()) {
      case UPSERT -> "'upsert'";
      case DELETE -> "'delete'";
      case APPEND -> "'append'";
      case MIXED -> "CASE WHEN _fd_op = 1 THEN 'delete' ELSE 'upsert' END";
      case REWRITE -> "CASE WHEN _fd_op = 1 THEN 'delete' ELSE 'update' END";
    };
  }

  private String origin() {
    return switch (first.kind()) {
      case UPSERT, DELETE, MIXED -> "NULL, NULL, NULL";
      case APPEND -> "NULL, _fd_sequence, _fd_row";
      case REWRITE -> "_fd_path, _fd_origin, _fd_origin_row";
    };
  }
}
