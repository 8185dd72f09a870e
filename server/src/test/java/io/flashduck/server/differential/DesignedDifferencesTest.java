package io.flashduck.server.differential;

import static org.assertj.core.api.Assertions.assertThat;

import io.flashduck.server.flight.FlightFixture;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Where the server means something else than DuckDB, in the order of docs/differences.md. */
class DesignedDifferencesTest {
  @TempDir private static Path folder;
  private static FlightFixture flight;
  private static Connection flashduck;
  private static Connection duckdb;

  @BeforeAll
  static void serve() throws SQLException {
    flight = new FlightFixture(folder, Map.of());
    flashduck = flight.jdbc();
    duckdb = DriverManager.getConnection("jdbc:duckdb:");
  }

  @AfterAll
  static void stop() throws SQLException {
    flashduck.close();
    flight.close();
    duckdb.close();
  }

  @Test
  void indexes_areNotOffered() {
    both("CREATE TABLE indexed (a INTEGER, b INTEGER)");
    for (String sql :
        List.of(
            "CREATE INDEX i ON indexed (a)",
            "CREATE UNIQUE INDEX u ON indexed (a, b)",
            "DROP INDEX i")) {
      assertThat(Outcome.of(duckdb, sql)).as(sql).isEqualTo(new Outcome.Count(0));
      refused(sql, "Indexes are not offered");
    }
  }

  @Test
  void uniqueColumns_areTheKey_andAKeyHasAValue() {
    both("CREATE TABLE marked (a INTEGER UNIQUE, b INTEGER)");
    both("INSERT INTO marked VALUES (1, 1)");
    assertThat(Outcome.of(duckdb, "INSERT INTO marked VALUES (NULL, 2)"))
        .isEqualTo(new Outcome.Count(1));
    refused("INSERT INTO marked VALUES (NULL, 2)", "a key has a value");
  }

  @Test
  void uniqueColumns_besideTheKey_areNotOffered() {
    both("CREATE TABLE keyed (a INTEGER PRIMARY KEY UNIQUE, b INTEGER)");
    for (String sql :
        List.of(
            "CREATE TABLE two (a INTEGER PRIMARY KEY, b INTEGER UNIQUE)",
            "CREATE OR REPLACE TABLE two (a INTEGER, b INTEGER, UNIQUE (a), UNIQUE (b))")) {
      assertThat(Outcome.of(duckdb, sql)).as(sql).isEqualTo(new Outcome.Count(0));
      refused(sql, "UNIQUE (b) beside the key is not offered");
    }
  }

  @Test
  void references_areNotOffered() {
    both("CREATE TABLE whole (a INTEGER PRIMARY KEY)");
    String sql = "CREATE TABLE part (a INTEGER REFERENCES whole (a))";
    assertThat(Outcome.of(duckdb, sql)).isEqualTo(new Outcome.Count(0));
    refused(sql, "REFERENCES whole (a) is not offered");
  }

  private static void both(String sql) {
    Outcome expected = Outcome.of(duckdb, sql);
    assertThat(expected).as(sql).isInstanceOf(Outcome.Count.class);
    assertThat(Outcome.of(flashduck, sql)).as(sql).isEqualTo(expected);
  }

  private static void refused(String sql, String reason) {
    assertThat(Outcome.of(flashduck, sql))
        .isInstanceOfSatisfying(
            Outcome.Failure.class, failure -> assertThat(failure.message()).contains(reason));
  }
}
