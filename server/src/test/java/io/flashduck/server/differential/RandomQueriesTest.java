package io.flashduck.server.differential;

import static org.assertj.core.api.Assertions.assertThat;

import io.flashduck.server.flight.FlightFixture;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Map;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Made-up changes and queries through JDBC and on DuckDB: the same counts, rows and failures. The
 * system property {@code flashduck.seeds} asks for more of them, {@code flashduck.first-seed} for
 * others.
 */
class RandomQueriesTest {
  private static final int CHANGES = 25;
  private static final int QUERIES = 60;

  private static final int MOST_FAILURES = 20;
  private static final Logger log = LoggerFactory.getLogger(RandomQueriesTest.class);

  @TempDir private static Path folder;
  private static FlightFixture flight;

  @BeforeAll
  static void serve() {
    flight = new FlightFixture(folder, Map.of());
  }

  @AfterAll
  static void stop() {
    flight.close();
  }

  static LongStream seeds() {
    long first = Long.getLong("flashduck.first-seed", 0);
    return LongStream.range(first, first + Long.getLong("flashduck.seeds", 3));
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void statements_throughJdbc_doWhatDuckDbDoes(long seed) throws SQLException {
    RandomSql made = new RandomSql(seed);
    Tally tally = new Tally();
    try (Connection flashduck = flight.jdbc();
        Connection duckdb = DriverManager.getConnection("jdbc:duckdb:")) {
      String schema = "made" + seed;
      both(flashduck, duckdb, "CREATE SCHEMA " + schema, tally);
      both(flashduck, duckdb, "USE " + schema, tally);
      for (String definition : RandomSql.definitions()) {
        both(flashduck, duckdb, definition, tally);
      }
      for (int i = 0; i < CHANGES; i++) {
        both(flashduck, duckdb, made.change(), tally);
      }
      both(flashduck, duckdb, "SELECT * FROM keyed", tally);
      both(flashduck, duckdb, "SELECT * FROM plain", tally);
      for (int i = 0; i < QUERIES; i++) {
        both(flashduck, duckdb, made.query(), tally);
      }
    }
    log.info("Seed {}: {}", seed, tally);
    assertThat(tally.failures()).as("statements that fail prove little").isLessThan(MOST_FAILURES);
  }

  private static void both(Connection flashduck, Connection duckdb, String sql, Tally tally) {
    Outcome expected = Outcome.of(duckdb, sql);
    Outcome seen = Outcome.of(flashduck, sql);
    assertThat(Outcome.same(expected, seen, false))
        .as("%s%n  DuckDB    %s%n  FlashDuck %s", sql, expected, seen)
        .isTrue();
    tally.same(expected instanceof Outcome.Rows, expected);
  }
}
