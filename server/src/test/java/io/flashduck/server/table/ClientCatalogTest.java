package io.flashduck.server.table;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flashduck.server.engine.ArrowResult;
import io.flashduck.server.engine.ClientConnection;
import io.flashduck.server.engine.Parameters;
import io.flashduck.server.engine.StatementDescription;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.vector.FieldVector;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** DuckDB's catalog as clients see it: each table once, as a table; nothing internal. */
final class ClientCatalogTest {
  @TempDir Path dir;
  private TestFolder folder;

  @BeforeEach
  void open() {
    folder = new TestFolder(dir);
    folder.text("orders.csv", "id,x", "1,10", "2,20");
    folder.text("sales/customers.csv", "name", "Ada");
    folder.open();
    folder.run("CREATE VIEW big AS SELECT * FROM orders WHERE x > 10");
    folder.run("CREATE TABLE made (a INTEGER, b INTEGER, c VARCHAR, PRIMARY KEY (b, a))");
    folder.upsert("orders", "SELECT 3 AS id, 30 AS x");
    folder.delete("orders", "SELECT 1 AS id");
  }

  @AfterEach
  void close() {
    folder.close();
  }

  private List<String> client(String... statements) {
    try (ClientConnection connection = folder.db().engine().openClient()) {
      for (int i = 0; i < statements.length - 1; i++) {
        connection.execute(statements[i], Parameters.NONE);
      }
      return rows(connection, statements[statements.length - 1]);
    }
  }

  private List<String> rows(ClientConnection connection, String sql) {
    StatementDescription description = connection.describe(sql, 0);
    List<String> rows = new ArrayList<>();
    try (ArrowResult result = connection.query(description, Parameters.NONE, folder.allocator())) {
      while (result.loadNext()) {
        for (int row = 0; row < result.root().getRowCount(); row++) {
          List<String> values = new ArrayList<>();
          for (FieldVector vector : result.root().getFieldVectors()) {
            values.add(String.valueOf(vector.getObject(row)));
          }
          rows.add(String.join("|", values));
        }
      }
    }
    return rows;
  }

  @Test
  void lists_showEachTableOnceAsATable() {
    assertThat(
            client(
                "SELECT schema_name, table_name, has_primary_key, estimated_size > 0 FROM"
                    + " duckdb_tables() ORDER BY ALL"))
        .containsExactly(
            "main|made|true|false", "main|orders|true|true", "sales|customers|false|true");
    assertThat(
            client(
                "SELECT table_schema, table_name, table_type FROM information_schema.tables WHERE"
                    + " table_catalog = 'flashduck_db' AND table_schema <> 'flashduck' ORDER BY"
                    + " ALL"))
        .containsExactly(
            "main|big|VIEW",
            "main|made|BASE TABLE",
            "main|orders|BASE TABLE",
            "sales|customers|BASE TABLE");
    assertThat(client("SHOW TABLES")).containsExactly("big", "made", "orders");
    assertThat(client("SELECT relname, relkind FROM pg_class WHERE relname IN ('orders', 'big')"))
        .containsExactlyInAnyOrder("orders|r", "big|v");
    assertThat(client("SELECT name, type FROM sqlite_master WHERE name IN ('orders', 'big')"))
        .containsExactlyInAnyOrder("orders|table", "big|view");
  }

  @Test
  void lists_inAnotherSchema_areTheSame() {
    assertThat(
            client(
                "SET schema = 'sales'",
                "SELECT table_name FROM information_schema.tables WHERE table_schema IN ('main',"
                    + " 'sales') AND table_catalog = 'flashduck_db' ORDER BY ALL"))
        .containsExactly("big", "customers", "made", "orders");
    assertThat(client("SET schema = 'sales'", "RESET search_path", "SHOW TABLES"))
        .containsExactly("big", "made", "orders");
  }

  @Test
  void columnsAndKeys_areThoseOfTheDefinition() {
    assertThat(
            client(
                "SELECT column_name, data_type, is_nullable FROM information_schema.columns WHERE"
                    + " table_name = 'made' ORDER BY ordinal_position"))
        .containsExactly("a|INTEGER|NO", "b|INTEGER|NO", "c|VARCHAR|YES");
    assertThat(
            client(
                "SELECT table_name, column_name, ordinal_position FROM"
                    + " information_schema.key_column_usage ORDER BY ALL"))
        .containsExactly("made|a|2", "made|b|1", "orders|id|1");
    assertThat(client("SELECT conname, conkey FROM pg_catalog.pg_constraint ORDER BY ALL"))
        .containsExactly("PRIMARY KEY(b, a)|[1,0]", "PRIMARY KEY(id)|[0]");
  }

  private static final List<String> LISTS =
      List.of(
          "SELECT * FROM duckdb_tables()",
          "SELECT * FROM duckdb_tables",
          "SELECT * FROM system.main.duckdb_tables",
          "SELECT * FROM \"duckdb_columns\"()",
          "SELECT * FROM duckdb_views()",
          "SELECT * FROM duckdb_schemas()",
          "SELECT * FROM duckdb_constraints()",
          "SELECT * FROM duckdb_indexes()",
          "SELECT * FROM duckdb_databases()",
          "SELECT * FROM duckdb_functions() WHERE NOT internal",
          "SELECT * FROM information_schema.tables",
          "SELECT * FROM information_schema.columns",
          "SELECT * FROM information_schema.views",
          "SELECT * FROM information_schema.schemata",
          "SELECT * FROM information_schema.table_constraints",
          "SELECT * FROM pg_catalog.pg_class",
          "SELECT * FROM pg_catalog.pg_tables",
          "SELECT * FROM pg_catalog.pg_views",
          "SELECT * FROM pg_catalog.pg_namespace",
          "SELECT * FROM pg_catalog.pg_attribute",
          "SELECT * FROM pg_catalog.pg_proc WHERE proname LIKE 'duckdb%'",
          "SELECT * FROM sqlite_master",
          "SHOW ALL TABLES",
          "SHOW TABLES",
          "SHOW SCHEMAS",
          "PRAGMA show_tables_expanded",
          "PRAGMA database_list",
          "PIVOT (SELECT table_name, 1 AS n FROM duckdb_tables()) ON table_name USING sum(n)");

  @Test
  void noList_showsInternals() {
    for (String sql : LISTS) {
      assertThat(String.join("\n", client(sql)))
          .as(sql)
          .doesNotContain("_flashduck", "_fd_", "#", "cache.duckdb");
    }
  }

  @Test
  void originalFunction_isRefusedWithAdvice() {
    for (String sql :
        List.of(
            "SELECT * FROM system.main.duckdb_tables()",
            "SELECT * FROM main.duckdb_columns()",
            "SELECT * FROM \"system\".\"main\".\"duckdb_views\"()",
            "PIVOT (SELECT table_name, 1 AS n FROM system.main.duckdb_tables()) ON table_name USING"
                + " sum(n)")) {
      assertThatThrownBy(() -> client(sql))
          .as(sql)
          .hasMessageContaining("without a catalog and schema");
    }
  }

  @Test
  void unknownName_suggestsNothingInternal() {
    assertThatThrownBy(() -> client("SELECT * FROM \"orders#x\""))
        .hasMessageContaining("does not exist")
        .hasMessageNotContaining("_flashduck");
    assertThatThrownBy(() -> client("SELECT * FROM \"main.orders\""))
        .hasMessageContaining("does not exist")
        .hasMessageNotContaining("_flashduck");
  }

  @Test
  void changingStatements_seeTheSameCatalog() {
    folder.run("CREATE TABLE seen AS SELECT table_name FROM duckdb_tables()");
    folder.run("CREATE VIEW listed AS SELECT table_name FROM duckdb_tables()");
    assertThat(folder.rows("SELECT * FROM seen ORDER BY ALL"))
        .containsExactly("customers", "made", "orders");
    assertThat(client("SELECT * FROM listed ORDER BY ALL"))
        .containsExactly("customers", "made", "orders", "seen");
    folder.restart();
    assertThat(client("SELECT * FROM listed ORDER BY ALL"))
        .containsExactly("customers", "made", "orders", "seen");
  }
}
