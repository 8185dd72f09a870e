package io.flashduck.server.flight;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigDecimal;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.Date;
import java.sql.ParameterMetaData;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Time;
import java.sql.Timestamp;
import java.sql.Types;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Changes through the JDBC driver, as a grid that edits a table makes them. */
class JdbcWritesTest {
  @TempDir private static Path folder;
  private static FlightFixture flight;

  @BeforeAll
  static void serve() {
    FlightFixture.parquet(
        folder,
        "orders.parquet",
        "SELECT i::INTEGER AS id, 'name ' || i AS name, (i * 1.5)::DECIMAL(12,2) AS price"
            + " FROM range(10) t(i)");
    FlightFixture.parquet(folder, "log.parquet", "SELECT 1 AS n, 'x' AS name");
    flight = new FlightFixture(folder, Map.of());
  }

  @AfterAll
  static void stop() {
    flight.close();
  }

  @Test
  void executeUpdate_cellOfARow_isChangedAndCounted() throws SQLException {
    try (Connection connection = flight.jdbc();
        PreparedStatement update =
            connection.prepareStatement("UPDATE orders SET name = ?, price = ? WHERE id = ?")) {
      update.setString(1, "edited");
      update.setBigDecimal(2, new BigDecimal("9.99"));
      update.setInt(3, 4);
      assertThat(update.executeUpdate()).isEqualTo(1);
      update.setNull(1, Types.VARCHAR);
      update.setInt(3, 5);
      assertThat(update.executeUpdate()).isEqualTo(1);
      update.setInt(3, 4000);
      assertThat(update.executeUpdate()).isZero();
    }
    assertThat(flight.rows("SELECT id, name, price FROM orders WHERE id IN (4, 5) ORDER BY id"))
        .containsExactly(List.of("4", "edited", "9.99"), List.of("5", "null", "9.99"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          INSERT INTO orders SELECT nope, name, price FROM orders                     | nope
          INSERT INTO orders VALUES (1, 'a', 1), (2, nope, 3)                         | nope
          INSERT INTO orders (id, price) VALUES (7, 'abc')                            | 'abc'
          UPDATE orders SET price = nope + 1                                          | nope
          UPDATE orders SET name = id + price FROM log WHERE log.n = id AND log.x     | log.x
          DELETE FROM orders WHERE nopes = 'nope' OR nope = 3                         | nopes
          MERGE INTO orders USING log ON idd = log.n WHEN MATCHED THEN DELETE         | idd
          CREATE VIEW v AS SELECT nope FROM orders                                    | nope
          CREATE TABLE copy AS SELECT id, nope FROM orders                            | nope
          """)
  void executeUpdate_wrongWord_isShownWhereItIsWritten(String sql, String word)
      throws SQLException {
    String position = "LINE 1: " + sql + "\n" + " ".repeat(8 + sql.indexOf(word));
    try (Connection connection = flight.jdbc();
        Statement statement = connection.createStatement()) {
      assertThatThrownBy(() -> statement.executeUpdate(sql))
          .isInstanceOf(SQLException.class)
          .hasMessageContaining(position + "^".repeat(word.length()))
          .message()
          .doesNotContain("_fd_", "_flashduck", "DESCRIBE");
      assertThatThrownBy(() -> connection.prepareStatement(sql).executeUpdate())
          .isInstanceOf(SQLException.class)
          .hasMessageContaining(position + "^".repeat(word.length()));
    }
  }

  @Test
  void executeUpdate_insertAndDelete_withParameters() throws SQLException {
    try (Connection connection = flight.jdbc();
        PreparedStatement insert =
            connection.prepareStatement("INSERT INTO orders (id, name, price) VALUES (?, ?, ?)");
        PreparedStatement delete =
            connection.prepareStatement("DELETE FROM orders WHERE id >= ? AND name = ?")) {
      insert.setInt(1, 100);
      insert.setString(2, "it's a row");
      insert.setBigDecimal(3, new BigDecimal("1234567.89"));
      assertThat(insert.executeUpdate()).isEqualTo(1);
      assertThat(flight.rows("SELECT name, price FROM orders WHERE id = 100"))
          .containsExactly(List.of("it's a row", "1234567.89"));
      delete.setInt(1, 100);
      delete.setString(2, "it's a row");
      assertThat(delete.executeUpdate()).isEqualTo(1);
      assertThat(delete.executeUpdate()).isZero();
    }
  }

  @Test
  void execute_insert_runsExactlyOnce() throws SQLException {
    try (Connection connection = flight.jdbc();
        PreparedStatement insert =
            connection.prepareStatement("INSERT INTO log (n, name) VALUES (?, ?)");
        Statement plain = connection.createStatement()) {
      insert.setInt(1, 50);
      insert.setString(2, "grid");
      insert.execute();
      plain.execute("INSERT INTO log VALUES (51, 'plain')");
    }
    assertThat(flight.rows("SELECT n, name FROM log WHERE n IN (50, 51) ORDER BY n"))
        .containsExactly(List.of("50", "grid"), List.of("51", "plain"));
  }

  @Test
  void execute_insertReturning_hasItsRows() throws SQLException {
    try (Connection connection = flight.jdbc();
        PreparedStatement insert =
            connection.prepareStatement(
                "INSERT INTO log VALUES (?, 'back') RETURNING n + 1 AS m")) {
      insert.setInt(1, 60);
      try (ResultSet rows = insert.executeQuery()) {
        assertThat(rows.next()).isTrue();
        assertThat(rows.getInt("m")).isEqualTo(61);
        assertThat(rows.next()).isFalse();
      }
    }
    assertThat(flight.rows("SELECT count(*) FROM log WHERE name = 'back'"))
        .containsExactly(List.of("1"));
  }

  @Test
  void executeBatch_manyRows_areOneChange() throws SQLException {
    try (Connection connection = flight.jdbc();
        PreparedStatement insert =
            connection.prepareStatement("INSERT INTO orders (id, name) VALUES (?, ?)")) {
      for (int id = 200; id < 300; id++) {
        insert.setInt(1, id);
        insert.setString(2, "batch");
        insert.addBatch();
      }
      long before = flight.database().status().durableSequence();
      assertThat(insert.executeBatch()).containsExactly(100);
      assertThat(flight.database().status().durableSequence()).isEqualTo(before + 1);
    }
    assertThat(flight.rows("SELECT count(*), max(id) FROM orders WHERE name = 'batch'"))
        .containsExactly(List.of("100", "299"));
  }

  @Test
  void executeBatch_oneRowRefused_changesNothing() throws SQLException {
    try (Connection connection = flight.jdbc();
        PreparedStatement insert =
            connection.prepareStatement("INSERT INTO orders (id, name) VALUES (?, 'half')")) {
      insert.setInt(1, 400);
      insert.addBatch();
      insert.setInt(1, 1);
      insert.addBatch();
      assertThatThrownBy(insert::executeBatch)
          .isInstanceOf(SQLException.class)
          .hasStackTraceContaining("orders");
    }
    assertThat(flight.rows("SELECT count(*) FROM orders WHERE name = 'half'"))
        .containsExactly(List.of("0"));
  }

  @Test
  void executeUpdate_statements_definitionsAndCounts() throws SQLException {
    try (Connection connection = flight.jdbc();
        Statement statement = connection.createStatement()) {
      assertThat(statement.executeUpdate("CREATE TABLE made (id INTEGER PRIMARY KEY, x VARCHAR)"))
          .isZero();
      assertThat(statement.executeUpdate("INSERT INTO made VALUES (1, 'a'), (2, 'b')"))
          .isEqualTo(2);
      assertThat(statement.executeUpdate("UPDATE made SET x = 'c'")).isEqualTo(2);
      assertThat(statement.executeUpdate("DELETE FROM made WHERE id = 1")).isEqualTo(1);
      assertThat(statement.executeUpdate("DROP TABLE made")).isZero();
      assertThatThrownBy(() -> statement.executeUpdate("UPDATE made SET x = 'd'"))
          .hasMessageContaining("made");
    }
  }

  @Test
  void autoCommit_isOn_andCommitAndRollbackAreLocal() throws SQLException {
    try (Connection connection = flight.jdbc();
        Statement statement = connection.createStatement()) {
      assertThat(connection.getAutoCommit()).isTrue();
      connection.setAutoCommit(false);
      statement.executeUpdate("INSERT INTO log VALUES (70, 'kept')");
      connection.rollback();
      connection.commit();
      connection.setAutoCommit(true);
      assertThat(connection.isValid(1)).isTrue();
    }
    assertThat(flight.rows("SELECT count(*) FROM log WHERE n = 70")).containsExactly(List.of("1"));
  }

  @Test
  void parameters_ofEveryType_areStoredAsTheyWere() throws SQLException {
    flight.sql(
        "CREATE TABLE typed (id INTEGER PRIMARY KEY, b BOOLEAN, t TINYINT, s SMALLINT, l BIGINT,"
            + " h HUGEINT, ub UBIGINT, ui UINTEGER, f FLOAT, d DOUBLE, small DECIMAL(10,3),"
            + " large DECIMAL(30,5), v VARCHAR, bin BLOB, dt DATE, tm TIME, ts TIMESTAMP,"
            + " tz TIMESTAMPTZ, u UUID, j JSON, i INTERVAL)");
    try (Connection connection = flight.jdbc();
        PreparedStatement insert =
            connection.prepareStatement(
                "INSERT INTO typed VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?,"
                    + " ?, ?, ?)")) {
      assertThat(insert.getParameterMetaData().getParameterCount()).isEqualTo(21);
      insert.setInt(1, 1);
      insert.setBoolean(2, true);
      insert.setByte(3, (byte) -7);
      insert.setShort(4, (short) 300);
      insert.setLong(5, 1L << 40);
      insert.setLong(6, -5);
      insert.setLong(7, 6);
      insert.setLong(8, 4_000_000_000L);
      insert.setFloat(9, 1.5f);
      insert.setDouble(10, -2.25);
      insert.setDouble(11, 12.345);
      insert.setBigDecimal(12, new BigDecimal("1234567890123456789012345.67891"));
      insert.setString(13, "naïve 🦆");
      insert.setBytes(14, new byte[] {0, 1, (byte) 0xff});
      insert.setDate(15, Date.valueOf("2026-02-03"));
      insert.setTime(16, Time.valueOf("10:11:12"));
      insert.setTimestamp(17, Timestamp.valueOf("2026-02-03 04:05:06.789"));
      insert.setTimestamp(18, Timestamp.valueOf("2026-02-03 04:05:06.789"));
      insert.setString(19, "6b1c9f0e-2d9b-4c0e-9f3a-0123456789ab");
      insert.setString(20, "{\"a\": 1}");
      insert.setString(21, "3 days");
      assertThat(insert.executeUpdate()).isEqualTo(1);
    }
    assertThat(
            flight
                .rows(
                    "SELECT b, t, s, l, h, ub, ui::VARCHAR, f, d, small, large, v, hex(bin), dt::VARCHAR,"
                        + " tm::VARCHAR, ts::VARCHAR, u, j, i::VARCHAR FROM typed")
                .get(0))
        .containsExactly(
            "true",
            "-7",
            "300",
            "1099511627776",
            "-5",
            "6",
            "4000000000",
            "1.5",
            "-2.25",
            "12.345",
            "1234567890123456789012345.67891",
            "naïve 🦆",
            "0001FF",
            "2026-02-03",
            "10:11:12",
            "2026-02-03 04:05:06.789",
            "6b1c9f0e-2d9b-4c0e-9f3a-0123456789ab",
            "{\"a\": 1}",
            "3 days");
    try (Connection connection = flight.jdbc();
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("SELECT * FROM typed")) {
      assertThat(row.next()).isTrue();
      ResultSetMetaData columns = row.getMetaData();
      for (int column = 1; column <= columns.getColumnCount(); column++) {
        assertThat(row.getString(column)).as(columns.getColumnName(column)).isNotNull();
      }
    }
  }

  @Test
  void preparedStatement_metadata_isKnownBeforeItRuns() throws SQLException {
    try (Connection connection = flight.jdbc();
        PreparedStatement select =
            connection.prepareStatement("SELECT id, name FROM orders WHERE price > ? AND id = ?");
        PreparedStatement update =
            connection.prepareStatement("UPDATE orders SET name = ? WHERE id = ?")) {
      assertThat(select.getMetaData().getColumnCount()).isEqualTo(2);
      assertThat(select.getMetaData().getColumnName(2)).isEqualTo("name");
      ParameterMetaData parameters = select.getParameterMetaData();
      assertThat(parameters.getParameterCount()).isEqualTo(2);
      assertThat(parameters.getParameterType(1)).isEqualTo(Types.DOUBLE);
      assertThat(parameters.getParameterType(2)).isEqualTo(Types.INTEGER);
      assertThat(update.getParameterMetaData().getParameterCount()).isEqualTo(2);
      assertThat(update.getMetaData().getColumnCount()).isZero();
    }
  }

  @Test
  void prepare_manyStatementsNeverExecuted_changesNothing() throws SQLException {
    long before = flight.database().status().durableSequence();
    try (Connection connection = flight.jdbc()) {
      for (int i = 0; i < 20; i++) {
        connection.prepareStatement("INSERT INTO log VALUES (" + i + ", 'never')").close();
        connection.prepareStatement("CREATE TABLE never" + i + " (x INTEGER)").close();
        connection.prepareStatement("DELETE FROM log; SELECT 1").close();
      }
    }
    assertThat(flight.database().status().durableSequence()).isEqualTo(before);
  }

  @Test
  void getGeneratedKeys_areNotSupported() throws SQLException {
    try (Connection connection = flight.jdbc()) {
      assertThat(connection.getMetaData().supportsGetGeneratedKeys()).isFalse();
    }
  }
}
