package io.flashduck.server.flight;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Values that statements store come out as they were, through the write queue. */
class LoggedTypesTest {
  private static final String VALUES =
      """
      SELECT 1 AS id,
        {'v': {'a': [1, 2]}::VARIANT, 'i': to_microseconds(9223372036854775807),
         'e': 'b'::ENUM('a', 'b'), 't': TIMESTAMPTZ '2026-07-01 12:00:00+00'} AS s,
        [union_value(a := 1)::UNION(a INTEGER, b INTEGER), union_value(b := 2), NULL] AS u,
        [union_value(b := '1'::BIT)::UNION(a BIT, b BIT)]::UNION(a BIT, b BIT)[1] AS f,
        MAP {'a'::ENUM('a', 'b'): [INTERVAL '300 years']} AS m,
        'POINT (1 2)'::GEOMETRY AS g,
        CAST('POINT (1 2)'::GEOMETRY AS GEOMETRY('OGC:CRS84')) AS c,
        TIMESTAMPTZ '2026-01-01 12:00:00+00' AS z,
        [TIME '24:00:00', NULL] AS d,
        1.5::VARIANT AS v
      """;
  private static final String SEEN =
      "SELECT typeof(COLUMNS(*)), COLUMNS(*)::VARCHAR, variant_typeof(v), variant_typeof(s.v),"
          + " [union_tag(x) for x in u]::VARCHAR FROM ";

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

  @Test
  void statements_storeWhatTheyWereGiven() throws SQLException {
    List<List<String>> given = flight.rows(SEEN + "(" + VALUES + ")");
    assertThat(given.toString()).contains("DECIMAL(2, 1)").contains("OBJECT(a)");
    for (String table : List.of("created", "inserted", "updated", "bought")) {
      flight.sql("CREATE TABLE " + table + " AS " + VALUES);
    }
    flight.sql("DELETE FROM inserted", "INSERT INTO inserted " + VALUES);
    flight.sql("UPDATE updated SET v = NULL, u = NULL, s = NULL");
    flight.sql("UPDATE updated AS t SET v = x.v, u = x.u, s = x.s FROM (" + VALUES + ") AS x");
    try (Connection connection = flight.jdbc();
        Statement statement = connection.createStatement()) {
      statement.execute("SET TimeZone = 'Asia/Kolkata'");
      statement.execute("BEGIN");
      statement.execute("DELETE FROM bought");
      statement.execute("INSERT INTO bought " + VALUES);
      statement.execute("COMMIT");
    }
    for (String table : List.of("created", "inserted", "updated", "bought")) {
      assertThat(flight.rows(SEEN + table)).as(table).isEqualTo(given);
    }
  }
}
