package io.flashduck.server.table.state;

import io.flashduck.server.engine.Engine;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * DuckDB's catalog functions as clients see them: every table once, as a table with its key, and
 * nothing of the schema that holds the rows.
 *
 * <p>Temporary macros of the functions' names stand before DuckDB's own in every search path.
 * DuckDB's views ({@code information_schema}, {@code pg_catalog}, {@code sqlite_master}) and SHOW
 * call the functions by these names too, so they show the same. The server's own queries name
 * {@code system.main.duckdb_tables()} in full.
 *
 * <p>Threading: stateless.
 */
public final class ClientCatalog {
  /** The table {@code t} of the bookkeeping that a view {@code v} shows to clients. */
  private static final String SHOWN =
      Engine.CATALOG
          + "._flashduck.tables AS t ON t.visible AND v.database_name = '"
          + Engine.CATALOG
          + "' AND v.schema_name = t.schema_name AND v.view_name = t.table_name";

  private static final String NOT_INTERNAL = "schema_name <> '_flashduck'";

  /** Temporary tables of the server, on the connection that evaluates a changing statement. */
  private static final String NOT_SCRATCH =
      NOT_INTERNAL + " AND NOT (database_name = 'temp' AND starts_with(table_name, '_fd_'))";

  private ClientCatalog() {}

  /** The statements that a client's connection runs first. */
  public static List<String> statements() {
    Map<String, String> queries = queries();
    List<String> statements = new ArrayList<>();
    queries.forEach(
        (name, query) ->
            statements.add("CREATE OR REPLACE TEMP MACRO " + name + "() AS TABLE " + query));
    return statements;
  }

  private static Map<String, String> queries() {
    Map<String, String> queries = new LinkedHashMap<>();
    queries.put("duckdb_tables", tables());
    queries.put("duckdb_views", views());
    queries.put("duckdb_columns", columns());
    queries.put("duckdb_constraints", constraints());
    for (String function : List.of("duckdb_schemas", "duckdb_indexes", "duckdb_sequences")) {
      queries.put(function, "SELECT * FROM " + original(function) + " WHERE " + NOT_INTERNAL);
    }
    queries.put(
        "duckdb_databases", "SELECT * REPLACE (NULL AS path) FROM " + original("duckdb_databases"));
    queries.put(
        "duckdb_variables",
        "SELECT * FROM "
            + original("duckdb_variables")
            + " WHERE NOT starts_with(name, '_flashduck')");
    String ours =
        queries.keySet().stream().map(name -> "'" + name + "'").collect(Collectors.joining(", "));
    queries.put(
        "duckdb_functions",
        "SELECT * FROM "
            + original("duckdb_functions")
            + " WHERE NOT (database_name = 'temp' AND function_name IN ('duckdb_functions', "
            + ours
            + "))");
    return queries;
  }

  private static String original(String function) {
    return "system.main." + function + "()";
  }

  private static String tables() {
    return "SELECT * FROM "
        + original("duckdb_tables")
        + " WHERE "
        + NOT_SCRATCH
        + " UNION ALL BY NAME SELECT v.database_name, v.database_oid, v.schema_name, v.schema_oid,"
        + " v.view_name AS table_name, v.view_oid AS table_oid, v.comment, v.tags, false AS"
        + " internal, false AS temporary, coalesce(len(t.key), 0) > 0 AS has_primary_key,"
        + " coalesce(s.estimated_size, 0) AS estimated_size, v.column_count, 0 AS index_count, 0"
        + " AS check_constraint_count, NULL AS sql FROM "
        + original("duckdb_views")
        + " AS v JOIN "
        + SHOWN
        + " LEFT JOIN "
        + original("duckdb_tables")
        + " AS s ON s.schema_name = '_flashduck' AND s.table_name = "
        + SystemViews.STORED_NAME;
  }

  private static String views() {
    return "SELECT v.* REPLACE (CASE WHEN v.schema_name = 'flashduck' AND v.database_name = '"
        + Engine.CATALOG
        + "' THEN NULL ELSE v.sql END AS sql) FROM "
        + original("duckdb_views")
        + " AS v ANTI JOIN "
        + SHOWN;
  }

  private static String columns() {
    return "SELECT c.* REPLACE (c.is_nullable AND NOT coalesce(list_contains(t.key, c.column_name),"
        + " false) AND NOT coalesce(list_contains(CAST(json_extract(t.definition,"
        + " '$.rules.notNull') AS VARCHAR[]), c.column_name), false) AS is_nullable,"
        + " coalesce(map_extract_value(CAST(json_extract(t.definition, '$.rules.defaults') AS"
        + " MAP(VARCHAR, VARCHAR)), c.column_name), c.column_default) AS column_default) FROM "
        + original("duckdb_columns")
        + " AS c LEFT JOIN "
        + SHOWN.replace("v.view_name", "c.table_name").replace("v.", "c.")
        + " WHERE c.schema_name <> '_flashduck' AND NOT (c.database_name = 'temp' AND"
        + " starts_with(c.table_name, '_fd_'))";
  }

  private static String constraints() {
    return "SELECT * FROM "
        + original("duckdb_constraints")
        + " WHERE "
        + NOT_INTERNAL
        + " UNION ALL BY NAME SELECT v.database_name, v.database_oid, v.schema_name, v.schema_oid,"
        + " v.view_name AS table_name, v.view_oid AS table_oid, 0 AS constraint_index, 'PRIMARY"
        + " KEY' AS constraint_type, 'PRIMARY KEY(' || array_to_string(t.key, ', ') || ')' AS"
        + " constraint_text, NULL AS expression, (SELECT list(c.column_index - 1 ORDER BY"
        + " list_position(t.key, c.column_name)) FROM "
        + original("duckdb_columns")
        + " AS c WHERE c.database_name = v.database_name AND c.schema_name = v.schema_name AND"
        + " c.table_name = v.view_name AND list_contains(t.key, c.column_name)) AS"
        + " constraint_column_indexes, t.key AS constraint_column_names, v.schema_name || '.' ||"
        + " v.view_name || '_pkey' AS constraint_name, NULL AS referenced_table, [] AS"
        + " referenced_column_names FROM "
        + original("duckdb_views")
        + " AS v JOIN "
        + SHOWN
        + " WHERE len(t.key) > 0";
  }
}
