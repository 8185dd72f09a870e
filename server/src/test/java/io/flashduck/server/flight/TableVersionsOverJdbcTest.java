package io.flashduck.server.flight;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flashduck.server.catalog.TableName;
import io.flashduck.server.table.AckLevel;
import io.flashduck.server.table.SqlUpdate;
import io.flashduck.server.table.WriteOptions;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Map;
import org.apache.arrow.flight.FlightInfo;
import org.apache.arrow.flight.sql.FlightSqlClient;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code flashduck.at} through clients: prepared statements, schemas, transactions, tickets. */
@SuppressWarnings("try") // Arrow's clients say that closing them can be interrupted
class TableVersionsOverJdbcTest {
  @TempDir private Path folder;

  @SuppressWarnings("NullAway.Init") // before each test
  private FlightFixture flight;

  @BeforeEach
  void serve() {
    flight =
        new FlightFixture(folder, Map.of("export.policy", "always", "export.keep-versions", "2"));
    exported("CREATE TABLE t (id INTEGER PRIMARY KEY, v VARCHAR)");
  }

  @AfterEach
  void stop() {
    flight.close();
  }

  /** Runs a statement, waits for the file, and returns the statement's sequence. */
  private long exported(String sql) {
    long sequence =
        flight
            .database()
            .execute(SqlUpdate.of(sql), WriteOptions.at(AckLevel.APPLIED))
            .join()
            .ack()
            .sequence();
    flight.database().export(TableName.ofMain("t")).join();
    return sequence;
  }

  private static String at(long sequence) {
    return "flashduck.at('t', " + sequence + ")";
  }

  @Test
  void preparedStatement_hasTheColumnsAndRowsOfTheVersion() throws SQLException {
    long old = exported("INSERT INTO t VALUES (1, 'old'), (2, 'other')");
    long now = exported("UPDATE t SET v = 'new' WHERE id = 1");
    try (Connection jdbc = flight.jdbc();
        PreparedStatement was = prepared(jdbc, old);
        PreparedStatement is = prepared(jdbc, now)) {
      assertThat(was.getMetaData().getColumnCount()).isEqualTo(2);
      assertThat(was.getMetaData().getColumnName(2)).isEqualTo("v");
      assertThat(was.getParameterMetaData().getParameterCount()).isEqualTo(1);
      assertThat(value(was)).isEqualTo("old");
      assertThat(value(is)).isEqualTo("new");
      assertThat(value(was)).isEqualTo("old");
    }
  }

  private static PreparedStatement prepared(Connection jdbc, long sequence) throws SQLException {
    return jdbc.prepareStatement("SELECT id, v FROM " + at(sequence) + " WHERE id = ?");
  }

  private static String value(PreparedStatement statement) throws SQLException {
    statement.setInt(1, 1);
    try (ResultSet rows = statement.executeQuery()) {
      assertThat(rows.next()).isTrue();
      return rows.getString(2);
    }
  }

  @Test
  void ticket_afterTheTableMovedOn_yieldsTheVersion() throws Exception {
    long old = exported("INSERT INTO t VALUES (1, 'old')");
    try (FlightSqlClient client = new FlightSqlClient(flight.client())) {
      FlightInfo planned = client.execute("SELECT v FROM " + at(old));
      exported("UPDATE t SET v = 'new'");
      assertThat(FlightFixture.rows(client, planned)).singleElement().asString().isEqualTo("[old]");
      exported("UPDATE t SET v = 'newer'");
      exported("UPDATE t SET v = 'newest'");
      assertThatThrownBy(() -> FlightFixture.rows(client, planned))
          .hasMessageContainingAll("main.t", "no file of sequence " + old);
    }
  }

  @Test
  void transaction_readsItsOwnRowsBesideTheVersion() throws SQLException {
    long old = exported("INSERT INTO t VALUES (1, 'old')");
    try (Connection jdbc = flight.jdbc()) {
      jdbc.setAutoCommit(false);
      try (var statement = jdbc.createStatement()) {
        statement.executeUpdate("UPDATE t SET v = 'mine' WHERE id = 1");
        try (ResultSet rows =
            statement.executeQuery(
                "SELECT was.v, t.v FROM " + at(old) + " AS was JOIN t USING (id)")) {
          assertThat(rows.next()).isTrue();
          assertThat(rows.getString(1)).isEqualTo("old");
          assertThat(rows.getString(2)).isEqualTo("mine");
        }
      }
      jdbc.rollback();
    }
  }
}
