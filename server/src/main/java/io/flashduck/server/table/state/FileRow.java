package io.flashduck.server.table.state;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.flashduck.server.engine.EngineConnection;
import io.flashduck.server.table.state.DatabaseState.FileKey;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.stream.Collectors;
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

  /** More rows than this in one text need memory for nothing. */
  private static final int MOST_ROWS = 10_000;

  static final String CREATE = "CREATE TABLE _flashduck.files (" + String.join(", ", COLUMNS) + ")";

  private static final String INSERT_ONE =
      "INSERT INTO _flashduck.files VALUES ("
          + String.join(", ", Collections.nCopies(COLUMNS.size(), "?"))
          + ")";

  private static final String INSERT_MANY =
      COLUMNS.stream()
          .map(c -> "r." + c.substring(0, c.indexOf(' ')))
          .collect(
              Collectors.joining(
                  ", ",
                  "INSERT INTO _flashduck.files SELECT ",
                  COLUMNS.stream()
                      .map(c -> '"' + c.replace(" ", "\":\"") + '"')
                      .collect(
                          Collectors.joining(
                              ",", " FROM (SELECT unnest(from_json(?, '[{", "}]')) AS r)"))));

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
    if (rows.size() == 1) {
      connection.updateKept(INSERT_ONE, rows.get(0).values().toArray());
      return;
    }
    for (int from = 0; from < rows.size(); from += MOST_ROWS) {
      List<FileRow> some = rows.subList(from, Math.min(rows.size(), from + MOST_ROWS));
      connection.updateKept(INSERT_MANY, json(some));
    }
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

  private static String json(List<FileRow> rows) {
    ArrayNode all = JsonNodeFactory.instance.arrayNode();
    for (FileRow row : rows) {
      var object = all.addObject();
      for (int i = 0; i < COLUMNS.size(); i++) {
        String name = COLUMNS.get(i).substring(0, COLUMNS.get(i).indexOf(' '));
        object.putPOJO(name, row.values().get(i));
      }
    }
    return all.toString();
  }
}
