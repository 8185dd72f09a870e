package io.flashduck.server.flight;

import static org.assertj.core.api.Assertions.assertThat;

import io.flashduck.server.engine.TypeMode;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.arrow.flight.sql.FlightSqlClient;
import org.apache.arrow.flight.sql.FlightSqlClient.PreparedStatement;
import org.apache.arrow.vector.IntervalMonthDayNanoVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@link TypeLimits} says. When one of these fails, a limit is gone: take it off the page. */
@SuppressWarnings("try") // Arrow's clients say that closing them can be interrupted
class TypeLimitsTest {
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

  private static String one(String expression) {
    return flight.rows("SELECT " + expression + " AS c").get(0).get(0);
  }

  @Test
  void interval_ofMoreThan292Years_wrapsAround() {
    assertThat(one("to_microseconds(9223372036854775)")).isEqualTo("P0D PT2562047H47M16.854775S");
    assertThat(one("to_microseconds(9223372036854776)")).startsWith("P0D PT-");
  }

  @Test
  void interval_belowAMicrosecond_isCutOff() throws Exception {
    flight.sql("CREATE TABLE short_times (c INTERVAL)");
    try (FlightSqlClient client = new FlightSqlClient(flight.client());
        PreparedStatement insert = client.prepare("INSERT INTO short_times VALUES (?)");
        IntervalMonthDayNanoVector value =
            new IntervalMonthDayNanoVector("c", flight.allocator())) {
      value.setSafe(0, 1, 2, Duration.ofSeconds(1).toNanos() + 1_999);
      value.setValueCount(1);
      VectorSchemaRoot row = new VectorSchemaRoot(List.of(value));
      row.setRowCount(1);
      insert.setParameters(row);
      insert.executeUpdate();
    }
    assertThat(flight.rows("FROM short_times")).containsExactly(List.of("P1M2D PT1.000001S"));
  }

  @Test
  void geometry_withAReferenceSystem_hasItInModeStrictOnly() throws Exception {
    String geometry = "CAST('POINT (1 2)'::GEOMETRY AS GEOMETRY('OGC:CRS84')) AS c";
    try (FlightSqlClient client = new FlightSqlClient(flight.client())) {
      for (TypeMode mode : TypeMode.values()) {
        var strict = flight.headers("x-flashduck-types", mode.text());
        var info = client.execute("SELECT " + geometry, strict);
        String metadata = info.getSchemaOptional().orElseThrow().toJson();
        if (mode == TypeMode.STRICT) {
          assertThat(metadata)
              .contains("{\\\\\"crs\\\\\":\\\\\"OGC:CRS84\\\\\"}".replace("\\\\", "\\"));
        } else {
          assertThat(metadata).doesNotContain("CRS84");
        }
        assertThat(FlightFixture.rows(client, info, strict)).hasSize(1);
      }
    }
  }

  @Test
  void tuple_isAStructWithNames() {
    assertThat(one("row(1, 'a')")).isEqualTo("{\"element1\":1,\"element2\":\"a\"}");
  }
}
