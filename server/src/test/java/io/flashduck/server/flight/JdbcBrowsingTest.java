package io.flashduck.server.flight;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLTimeoutException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What DBeaver does with the driver before and while somebody looks at a table. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class JdbcBrowsingTest {
  /** Runs for minutes, with its first row at the end. */
  private static final String LONG =
      "SELECT count(*) FROM range(2000000) a(i), range(2000000) b(j) WHERE (i * j) % 7 = 3";

  @TempDir private static Path folder;
  private static FlightFixture flight;

  @BeforeAll
  static void serve() {
    FlightFixture.parquet(
        folder, "orders.parquet", "SELECT i::INTEGER AS id, i * 2 AS x FROM range(1000) t(i)");
    FlightFixture.parquet(folder, "log.parquet", "SELECT 1 AS n UNION ALL SELECT 1");
    FlightFixture.parquet(folder, "sales/customers.parquet", "SELECT 1 AS id, 'a' AS email");
    flight = new FlightFixture(folder, Map.of());
    flight.sql(
        "CREATE TABLE pairs (a INTEGER, b VARCHAR, c DOUBLE, PRIMARY KEY (b, a))",
        "CREATE VIEW doubled AS SELECT id, x * 2 AS x FROM orders");
  }

  @AfterAll
  static void stop() {
    flight.close();
  }

  @Test
  void keysOfATable_areItsKey() throws SQLException {
    try (Connection connection = flight.jdbc()) {
      DatabaseMetaData metadata = connection.getMetaData();
      assertThat(text(metadata.getPrimaryKeys(null, null, "orders"), "COLUMN_NAME", "KEY_SEQ"))
          .containsExactly("id|1");
      assertThat(
              text(
                  metadata.getPrimaryKeys("flashduck_db", "main", "pairs"),
                  "COLUMN_NAME",
                  "KEY_SEQ"))
          .containsExactlyInAnyOrder("b|1", "a|2");
      assertThat(text(metadata.getPrimaryKeys(null, null, "log"), "COLUMN_NAME")).isEmpty();
      assertThat(text(metadata.getPrimaryKeys(null, null, "%"), "TABLE_NAME", "COLUMN_NAME"))
          .contains("orders|id", "pairs|a", "pairs|b", "customers|id");
      assertThat(text(metadata.getImportedKeys(null, null, "orders"), "FKCOLUMN_NAME")).isEmpty();
      assertThat(text(metadata.getExportedKeys(null, null, "orders"), "FKCOLUMN_NAME")).isEmpty();
      assertThat(
              text(
                  metadata.getCrossReference(null, null, "orders", null, null, "log"),
                  "FKCOLUMN_NAME"))
          .isEmpty();
    }
  }

  @Test
  void tree_catalogsSchemasTablesColumns_open() throws SQLException {
    try (Connection connection = flight.jdbc()) {
      DatabaseMetaData metadata = connection.getMetaData();
      assertThat(text(metadata.getCatalogs(), "TABLE_CAT")).containsExactly("flashduck_db");
      assertThat(text(metadata.getSchemas("flashduck_db", "%"), "TABLE_SCHEM"))
          .contains("main", "sales");
      assertThat(
              text(
                  metadata.getTables("flashduck_db", "main", "%", new String[] {"TABLE", "VIEW"}),
                  "TABLE_NAME",
                  "TABLE_TYPE"))
          .contains("orders|TABLE", "pairs|TABLE", "doubled|VIEW");
      assertThat(
              text(
                  metadata.getColumns("flashduck_db", "main", "pairs", "%"),
                  "COLUMN_NAME",
                  "IS_NULLABLE"))
          .hasSize(3);
      assertThat(text(metadata.getIndexInfo(null, null, "orders", true, true), "INDEX_NAME"))
          .isEmpty();
      assertThat(text(metadata.getProcedures(null, null, "%"), "PROCEDURE_NAME")).isEmpty();
      assertThat(text(metadata.getFunctions(null, null, "%"), "FUNCTION_NAME")).isEmpty();
    }
  }

  @Test
  void url_withPropertiesThatNobodyKnows_connects() throws SQLException {
    try (Connection connection =
            DriverManager.getConnection(flight.jdbcUrl() + "&colour=red&ApplicationName=DBeaver");
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("SELECT 1")) {
      assertThat(rows.next()).isTrue();
    }
  }

  @Test
  void table_openedWithPaging_readsPageByPage() throws SQLException {
    try (Connection connection = flight.jdbc();
        Statement statement = connection.createStatement()) {
      statement.setFetchSize(200);
      statement.setMaxRows(200);
      int rows = 0;
      try (ResultSet page = statement.executeQuery("SELECT * FROM orders ORDER BY id LIMIT 200")) {
        while (page.next()) {
          assertThat(page.getInt(1)).isEqualTo(rows++);
        }
      }
      assertThat(rows).isEqualTo(200);
      try (ResultSet page =
          statement.executeQuery("SELECT * FROM orders ORDER BY id LIMIT 200 OFFSET 900")) {
        assertThat(page.next()).isTrue();
        assertThat(page.getInt("id")).isEqualTo(900);
      }
    }
  }

  @Test
  void unlimitedSelect_droppedAfterTwoHundredRows_endsOnTheServer() throws SQLException {
    try (Connection connection = flight.jdbc();
        Statement statement = connection.createStatement()) {
      for (int repeat = 0; repeat < 5; repeat++) {
        try (ResultSet rows =
            statement.executeQuery("SELECT i, i AS j FROM range(50000000) t(i)")) {
          for (int row = 0; row < 200; row++) {
            assertThat(rows.next()).isTrue();
          }
        }
      }
      awaitIdle();
      try (ResultSet rows = statement.executeQuery("SELECT 1")) {
        assertThat(rows.next()).isTrue();
      }
    }
  }

  @Test
  void results_interleavedOnOneConnection_keepTheirPlace() throws SQLException {
    try (Connection connection = flight.jdbc()) {
      List<Statement> statements = new ArrayList<>();
      List<ResultSet> results = new ArrayList<>();
      for (int i = 0; i < 6; i++) {
        Statement statement = connection.createStatement();
        statements.add(statement);
        results.add(statement.executeQuery("SELECT i + " + i + " FROM range(40000) t(i)"));
      }
      for (int row = 0; row < 300; row++) {
        for (int i = 0; i < results.size(); i++) {
          assertThat(results.get(i).next()).isTrue();
          assertThat(results.get(i).getInt(1)).isEqualTo(row + i);
        }
        if (row % 150 == 0) {
          assertThat(
                  text(
                      connection.getMetaData().getTables(null, null, "orders", null), "TABLE_NAME"))
              .containsExactly("orders");
        }
      }
      for (Statement statement : statements) {
        statement.close();
      }
    }
  }

  @Test
  void cancel_ofALongQueryFromAnotherThread_endsItAndTheConnectionLives() throws Exception {
    try (Connection connection = flight.jdbc();
        Statement statement = connection.createStatement()) {
      CompletableFuture<Throwable> ended =
          CompletableFuture.supplyAsync(
              () -> {
                try (ResultSet rows = statement.executeQuery(LONG)) {
                  rows.next();
                  return new AssertionError("it ended by itself");
                } catch (SQLException e) {
                  return e;
                }
              });
      awaitRunning();
      statement.cancel();
      assertThat(ended.get()).isInstanceOf(SQLException.class);
      awaitIdle();
      try (Statement next = connection.createStatement();
          ResultSet rows = next.executeQuery("SELECT 42")) {
        assertThat(rows.next()).isTrue();
      }
    }
  }

  @Test
  void queryTimeout_ofALongQuery_endsIt() throws Exception {
    try (Connection connection = flight.jdbc();
        Statement statement = connection.createStatement()) {
      statement.setQueryTimeout(1);
      assertThatThrownBy(
              () -> {
                try (ResultSet rows = statement.executeQuery(LONG)) {
                  rows.next();
                }
              })
          .isInstanceOfAny(SQLTimeoutException.class, SQLException.class);
    }
    awaitIdle();
  }

  private static void awaitRunning() {
    await(() -> !flight.server().activeQueries().isEmpty());
  }

  private static void awaitIdle() {
    await(() -> flight.server().activeQueries().isEmpty());
  }

  private static void await(BooleanSupplier condition) {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).isLessThan(deadline);
      Thread.onSpinWait();
    }
  }

  private static List<String> text(ResultSet rows, String... columns) throws SQLException {
    List<String> all = new ArrayList<>();
    try (rows) {
      while (rows.next()) {
        List<String> values = new ArrayList<>();
        for (String column : columns) {
          values.add(rows.getString(column));
        }
        all.add(String.join("|", values));
      }
    }
    return all;
  }
}
