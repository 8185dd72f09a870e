package io.flashduck.server.flight;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flashduck.server.engine.Engine;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.Date;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Timestamp;
import java.sql.Types;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The JDBC driver that DBeaver and BI tools load, as they use it. */
class JdbcTest {
  @TempDir private static Path folder;
  private static FlightFixture flight;

  @BeforeAll
  static void serve() {
    FlightFixture.parquet(
        folder,
        "orders.parquet",
        "SELECT i::INTEGER AS id, 'name ' || i AS name, (i * 1.5)::DECIMAL(12,2) AS price"
            + " FROM range(1000) t(i)");
    FlightFixture.parquet(
        folder,
        "events.parquet",
        "SELECT i::BIGINT AS n, TIMESTAMP '2026-01-01 10:00:00.123456' AS ts,"
            + " DATE '2026-02-03' AS d, true AS ok FROM range(5) t(i)");
    FlightFixture.parquet(
        folder, "sales/customers.parquet", "SELECT 1::INTEGER AS id, 'a@b.c' AS email");
    flight = new FlightFixture(folder, Map.of());
  }

  @AfterAll
  static void stop() {
    flight.close();
  }

  @Test
  void executeQuery_select_givesTypedRows() throws SQLException {
    try (Connection connection = flight.jdbc();
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("SELECT * FROM orders WHERE id = 7")) {
      assertThat(rows.next()).isTrue();
      assertThat(rows.getInt("id")).isEqualTo(7);
      assertThat(rows.getString("name")).isEqualTo("name 7");
      assertThat(rows.getBigDecimal("price")).isEqualByComparingTo(new BigDecimal("10.50"));
      ResultSetMetaData columns = rows.getMetaData();
      assertThat(columns.getColumnLabel(3)).isEqualTo("price");
      assertThat(columns.getColumnType(3)).isEqualTo(Types.DECIMAL);
      assertThat(columns.getPrecision(3)).isEqualTo(12);
      assertThat(columns.getScale(3)).isEqualTo(2);
      assertThat(rows.next()).isFalse();
    }
  }

  @Test
  void preparedStatement_parameters_areBoundByType() throws SQLException {
    try (Connection connection = flight.jdbc();
        PreparedStatement select =
            connection.prepareStatement(
                "SELECT count(*) FROM events WHERE n >= ? AND ts < ? AND d = ? AND ok = ?")) {
      assertThat(select.getParameterMetaData().getParameterCount()).isEqualTo(4);
      select.setLong(1, 2);
      select.setTimestamp(2, Timestamp.valueOf("2030-01-01 00:00:00"));
      select.setDate(3, Date.valueOf("2026-02-03"));
      select.setBoolean(4, true);
      for (int repeat = 0; repeat < 3; repeat++) {
        try (ResultSet rows = select.executeQuery()) {
          assertThat(rows.next()).isTrue();
          assertThat(rows.getLong(1)).isEqualTo(3);
        }
      }
    }
  }

  @Test
  void session_temporaryTableAndSchema_lastOverStatementsOfTheConnection() throws SQLException {
    try (Connection connection = flight.jdbc();
        Statement statement = connection.createStatement()) {
      statement.executeUpdate("CREATE TEMP TABLE mine AS SELECT 42 AS x");
      statement.executeUpdate("INSERT INTO mine VALUES (43)");
      statement.executeUpdate("USE sales");
      assertThat(single(statement, "SELECT sum(x) FROM mine")).isEqualTo("85");
      assertThat(single(statement, "SELECT count(*) FROM customers")).isEqualTo("1");
    }
    try (Connection other = flight.jdbc();
        Statement statement = other.createStatement()) {
      assertThatThrownBy(() -> single(statement, "SELECT * FROM mine"))
          .hasMessageContaining("mine");
    }
  }

  @Test
  void results_severalOpenAtOnce_andMetadataBetween() throws SQLException {
    try (Connection connection = flight.jdbc();
        Statement first = connection.createStatement();
        Statement second = connection.createStatement();
        ResultSet large = first.executeQuery("SELECT * FROM range(10000000)")) {
      for (int i = 0; i < 200; i++) {
        assertThat(large.next()).isTrue();
      }
      try (ResultSet tables = connection.getMetaData().getTables(null, "main", "orders", null)) {
        assertThat(tables.next()).isTrue();
      }
      assertThat(single(second, "SELECT count(*) FROM orders")).isEqualTo("1000");
      assertThat(large.next()).isTrue();
    }
  }

  @Test
  void errors_ofStatements_sayWhatAndWhere() throws SQLException {
    try (Connection connection = flight.jdbc();
        Statement statement = connection.createStatement()) {
      assertThatThrownBy(() -> statement.executeQuery("SELECT * FROM nope"))
          .isInstanceOf(SQLException.class)
          .hasMessageContaining("nope")
          .hasMessageContaining("LINE 1");
      assertThatThrownBy(() -> statement.executeQuery("SELEC 1"))
          .hasMessageContaining("syntax error");
      assertThatThrownBy(() -> statement.executeQuery("SELECT * FROM read_csv('/etc/passwd')"))
          .hasMessageContaining("read_csv");
      assertThatThrownBy(() -> statement.execute("SAVEPOINT a")).hasMessageContaining("Savepoints");
      assertThat(single(statement, "SELECT 1")).isEqualTo("1");
    }
  }

  @Test
  void getTables_filters_areCaseInsensitivePatterns() throws SQLException {
    try (Connection connection = flight.jdbc()) {
      DatabaseMetaData metadata = connection.getMetaData();
      assertThat(names(metadata.getTables(null, null, "ORD%", null), "TABLE_NAME"))
          .containsExactly("orders");
      assertThat(names(metadata.getTables(Engine.CATALOG, "sales", "%", null), "TABLE_NAME"))
          .containsExactly("customers");
      assertThat(names(metadata.getTables(null, null, "%", new String[] {"TABLE"}), "TABLE_NAME"))
          .containsExactly("events", "orders", "customers");
      assertThat(
              names(
                  metadata.getTables(null, null, "o%", new String[] {"BASE TABLE"}), "TABLE_NAME"))
          .containsExactly("orders");
      assertThat(metadata.getTables("other", null, "%", null).next()).isFalse();
      assertThat(names(metadata.getSchemas(), "TABLE_SCHEM")).contains("main", "sales");
      assertThat(names(metadata.getSchemas(), "TABLE_SCHEM"))
          .doesNotContain("_flashduck", "information_schema");
      assertThat(names(metadata.getCatalogs(), "TABLE_CAT")).containsExactly(Engine.CATALOG);
      assertThat(names(metadata.getTableTypes(), "TABLE_TYPE"))
          .containsExactly("SYSTEM TABLE", "TABLE", "VIEW");
    }
  }

  @Test
  void getColumns_ofATable_haveTypesAndNullability() throws SQLException {
    try (Connection connection = flight.jdbc();
        ResultSet columns = connection.getMetaData().getColumns(null, "main", "orders", "%")) {
      List<String> described = new ArrayList<>();
      while (columns.next()) {
        described.add(
            columns.getString("COLUMN_NAME")
                + " "
                + columns.getString("TYPE_NAME")
                + " "
                + columns.getInt("DATA_TYPE")
                + " "
                + columns.getInt("ORDINAL_POSITION"));
      }
      assertThat(described)
          .containsExactly(
              "id INTEGER " + Types.INTEGER + " 1",
              "name VARCHAR " + Types.VARCHAR + " 2",
              "price DECIMAL(12,2) " + Types.DECIMAL + " 3");
    }
  }

  @Test
  void databaseMetaData_everyGetterWithoutArguments_answers() throws Exception {
    try (Connection connection = flight.jdbc()) {
      DatabaseMetaData metadata = connection.getMetaData();
      Map<String, Throwable> failures = new TreeMap<>();
      for (Method getter : DatabaseMetaData.class.getMethods()) {
        if (getter.getParameterCount() == 0) {
          try {
            Object value = getter.invoke(metadata);
            if (value instanceof ResultSet rows) {
              rows.close();
            }
          } catch (InvocationTargetException e) {
            failures.put(getter.getName(), e.getCause());
          }
        }
      }
      assertThat(failures).isEmpty();
      assertThat(metadata.getDatabaseProductName()).isEqualTo("FlashDuck");
      assertThat(metadata.supportsTransactions()).isFalse();
      assertThat(metadata.getIdentifierQuoteString()).isEqualTo("\"");
      assertThat(metadata.supportsBatchUpdates()).isTrue();
    }
  }

  @Test
  void update_inASessionWithATimeZone_meansTimesOfThatZone() throws SQLException {
    try (Connection connection = flight.jdbc();
        Statement statement = connection.createStatement()) {
      statement.execute("CREATE TABLE moments (id INTEGER PRIMARY KEY, moment TIMESTAMPTZ)");
      statement.execute("SET TimeZone = 'Asia/Tokyo'");
      statement.executeUpdate("INSERT INTO moments VALUES (1, '2026-01-01 09:00:00')");
      statement.executeUpdate("INSERT INTO moments VALUES (2, '2026-01-01 12:00:00'::TIMESTAMP)");
      statement.executeUpdate("UPDATE moments SET moment = '2026-01-01 21:00:00' WHERE id = 2");
      statement.execute("SET TimeZone = 'UTC'");
      statement.executeUpdate("INSERT INTO moments VALUES (3, '2026-01-01 09:00:00')");
      try (ResultSet rows =
          statement.executeQuery("SELECT moment::VARCHAR FROM moments ORDER BY id")) {
        List<String> found = new ArrayList<>();
        while (rows.next()) {
          found.add(rows.getString(1));
        }
        assertThat(found)
            .containsExactly(
                "2026-01-01 00:00:00+00", "2026-01-01 12:00:00+00", "2026-01-01 09:00:00+00");
      }
    }
  }

  @Test
  @SuppressWarnings("try") // closing is what fails
  void connect_withCatalog_setsTheSession() throws SQLException {
    Connection connection =
        DriverManager.getConnection(flight.jdbcUrl() + "&catalog=" + Engine.CATALOG);
    try (Statement statement = connection.createStatement()) {
      assertThat(single(statement, "SELECT 1")).isEqualTo("1");
    }
    // The driver closes its channel twice, and the session with it.
    assertThatThrownBy(connection::close).hasMessageContaining("Channel shutdown invoked");
    assertThatThrownBy(() -> DriverManager.getConnection(flight.jdbcUrl() + "&catalog=other"))
        .isInstanceOf(SQLException.class);
  }

  private static String single(Statement statement, String sql) throws SQLException {
    try (ResultSet rows = statement.executeQuery(sql)) {
      assertThat(rows.next()).isTrue();
      return rows.getString(1);
    }
  }

  private static List<String> names(ResultSet rows, String column) throws SQLException {
    List<String> names = new ArrayList<>();
    try (rows) {
      while (rows.next()) {
        names.add(rows.getString(column));
      }
    }
    return names;
  }
}
