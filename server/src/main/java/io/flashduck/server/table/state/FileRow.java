package io.flashduck.server.table.state;

import io.flashduck.server.engine.EngineConnection;
import io.flashduck.server.table.state.DatabaseState.FileKey;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A row of {@code _flashduck.files}. One row is written with parameters; for many a statement with
 * parameters would be planned longer than it runs, so they are handed over as one JSON text.
 *
 * <p>Threading: immutable.
 *
 * @param values in the order of the columns
 */
record FileRow(List<@Nullable Object> values) {
  private static final List<String> COLUMNS =
      List.of(
          "id BIGINT",
          "schema_name VARCHAR",
          "table_name VARCHAR",
          "path VARCHAR",
          "detail VARCHAR",
          "masked BOOLEAN",
          "note VARCHAR",
          "rows BIGINT",
          "bytes BIGINT",
          "version BIGINT",
          "first_seen BIGINT",
          "loaded_at BIGINT",
          "load_nanos BIGINT");

  private static final String TABLE = "_flashduck.files";

  static final String CREATE = RowInsert.create(TABLE, COLUMNS);

  private static final RowInsert INSERT = new RowInsert(TABLE, COLUMNS);

  /** Of a loaded file. */
  static FileRow of(FileState file) {
    FileState.Load load = file.load();
    return new FileRow(
        Arrays.asList(
            file.id(),
            file.file().table().schema(),
            file.file().table().name(),
            file.file().path(),
            StateJson.file(file),
            load.masked(),
            load.note().orElse(null),
            load.rows(),
            file.file().stamp().size(),
            file.file().stamp().modifiedNanos(),
            load.firstSeenNanos(),
            load.loadedAtNanos(),
            load.loadNanos()));
  }

  /** Of a path whose id is known although no file is there. */
  static FileRow retired(FileKey key, long id) {
    List<@Nullable Object> values = Arrays.asList(new @Nullable Object[COLUMNS.size()]);
    values.set(0, id);
    values.set(1, key.table().schema());
    values.set(2, key.table().name());
    values.set(3, key.path());
    return new FileRow(values);
  }

  static void insert(EngineConnection connection, List<FileRow> rows) {
    INSERT.insert(connection, rows.stream().map(FileRow::values).toList());
  }

  static void delete(EngineConnection connection, List<Long> ids) {
    if (ids.size() == 1) {
      connection.updateKept("DELETE FROM _flashduck.files WHERE id = ?", ids.get(0));
    } else if (!ids.isEmpty()) {
      connection.updateKept(
          "DELETE FROM _flashduck.files WHERE id IN (SELECT unnest(from_json(?, '[\"BIGINT\"]')))",
          ids.toString());
    }
  }
}
