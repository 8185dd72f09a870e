package io.flashduck.server.table.state;

import io.flashduck.server.catalog.TableName;
import io.flashduck.server.engine.live.LiveTable;
import java.util.ArrayList;
import java.util.List;

/**
 * The tables of schema {@code flashduck}, which tell clients about the server: views over the
 * bookkeeping, so that they are as current and as consistent as the rows, and {@link LiveTable}s.
 *
 * <p>Threading: stateless.
 */
public final class SystemViews {
  /** The name of the table of winners of a table {@code t} of the bookkeeping, as SQL. */
  static final String STORED_NAME =
      "replace(replace(replace(t.schema_name, '%', '%25'), '#', '%23'), '.', '%2E') || '.' ||"
          + " replace(replace(t.table_name, '%', '%25'), '#', '%23')";

  private static final String SCHEMA = "flashduck";
  private static final List<String> STORED = List.of("tables", "files", "changes");

  private SystemViews() {}

  /** Creates the schema and its views; the tables that they read must exist. */
  public static List<String> create() {
    List<String> statements = new ArrayList<>(stored());
    for (LiveTable table : LiveTable.values()) {
      statements.add(table.view());
    }
    return statements;
  }

  /** The names of the views. */
  public static List<TableName> names() {
    List<TableName> names = new ArrayList<>();
    STORED.forEach(name -> names.add(new TableName(SCHEMA, name)));
    for (LiveTable table : LiveTable.values()) {
      names.add(new TableName(SCHEMA, table.tableName()));
    }
    return names;
  }

  private static List<String> stored() {
    return List.of(
        "CREATE SCHEMA IF NOT EXISTS flashduck",
        "CREATE OR REPLACE VIEW flashduck.tables AS SELECT t.schema_name, t.table_name,"
            + " s.estimated_size AS estimated_rows, t.key, lower(t.key_origin) AS key_origin,"
            + " t.version, t.problem FROM _flashduck.tables AS t LEFT JOIN"
            + " system.main.duckdb_tables() AS s ON s.schema_name = '_flashduck' AND s.table_name ="
            + " "
            + STORED_NAME
            + " WHERE t.visible",
        "CREATE OR REPLACE VIEW flashduck.files AS SELECT coalesce(f.schema_name, p.schema_name) AS"
            + " schema_name, coalesce(f.table_name, p.table_name) AS table_name, coalesce(f.path,"
            + " p.path) AS path, lower(coalesce(p.state, CASE WHEN f.masked THEN 'masked' ELSE"
            + " 'loaded' END)) AS state, coalesce(p.reason, f.note) AS reason, f.rows,"
            + " coalesce(f.bytes, p.bytes) AS bytes, "
            + time("coalesce(f.version, p.version)")
            + " AS version, "
            + time("coalesce(f.first_seen, p.first_seen)")
            + " AS first_seen, "
            + time("f.loaded_at")
            + " AS loaded_at, f.load_nanos / 1e6 AS load_milliseconds FROM (FROM _flashduck.files"
            + " WHERE detail IS NOT NULL) AS f FULL JOIN _flashduck.problems AS p ON p.path ="
            + " f.path",
        "CREATE OR REPLACE VIEW flashduck.changes AS SELECT sequence, "
            + time("accepted_at")
            + " AS accepted_at, schema_name, table_name, lower(operation) AS operation, rows,"
            + " producer, producer_sequence, failure FROM _flashduck.changes");
  }

  private static String time(String nanos) {
    return "make_timestamp(" + nanos + " // 1000)";
  }
}
