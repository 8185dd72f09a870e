package io.flashduck.server.flight;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.nio.channels.Channels;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.apache.arrow.flight.FlightStream;
import org.apache.arrow.flight.sql.FlightSqlClient;
import org.apache.arrow.vector.VarBinaryVector;
import org.apache.arrow.vector.ipc.ReadChannel;
import org.apache.arrow.vector.ipc.message.MessageSerializer;
import org.apache.arrow.vector.types.pojo.Field;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * What InfluxData's Flight SQL plugin for Grafana sends.
 *
 * <p>Source: {@code pkg/flightsql/resources.go} and {@code macro.go} of
 * github.com/influxdata/grafana-flightsql-datasource.
 */
@SuppressWarnings("try") // Arrow's clients say that closing them can be interrupted
@Timeout(60)
class GrafanaReplayTest {
  @TempDir private static Path folder;
  private static FlightFixture flight;

  @BeforeAll
  static void serve() {
    FlightFixture.parquet(
        folder,
        "measures.parquet",
        "SELECT i::INTEGER AS id, TIMESTAMP '2026-01-01' + i * INTERVAL 20 SECOND AS moment, i % 3 AS v"
            + " FROM range(30) t(i)");
    flight = new FlightFixture(folder, Map.of());
  }

  @AfterAll
  static void stop() {
    flight.close();
  }

  @Test
  void builder_tablesAndColumns_areListed() throws Exception {
    try (FlightSqlClient client = new FlightSqlClient(flight.client())) {
      assertThat(FlightFixture.rows(client, client.getSqlInfo())).hasSizeGreaterThan(60);
      assertThat(
              FlightFixture.rows(
                  client, client.getTables(null, null, null, List.of("BASE TABLE"), false)))
          .containsExactly(List.of("flashduck_db", "main", "measures", "TABLE"));
      assertThat(columns(client, "measures")).containsExactly("id", "moment", "v");
    }
  }

  private static List<String> columns(FlightSqlClient client, String table) throws Exception {
    var info = client.getTables(null, null, table, null, true);
    try (FlightStream stream = client.getStream(info.getEndpoints().get(0).getTicket())) {
      assertThat(stream.next()).isTrue();
      VarBinaryVector schemas = (VarBinaryVector) stream.getRoot().getVector("table_schema");
      var message = Channels.newChannel(new ByteArrayInputStream(schemas.get(0)));
      return MessageSerializer.deserializeSchema(new ReadChannel(message)).getFields().stream()
          .map(Field::getName)
          .toList();
    }
  }

  /** {@code $__dateBin(moment)} and {@code $__timeFilter(moment)} as the plugin writes them. */
  @Test
  void chart_timesInBins_areGrouped() {
    String bin = "date_bin(interval '60 second', moment, timestamp '1970-01-01T00:00:00Z')";
    assertThat(
            flight.rows(
                "SELECT "
                    + bin
                    + " as moment_binned, sum(v)::DOUBLE AS v FROM measures WHERE moment >="
                    + " '2026-01-01T00:01:00Z' AND moment <= '2026-01-01T00:05:00Z' GROUP BY "
                    + bin
                    + " ORDER BY moment_binned"))
        .hasSize(5)
        .first()
        .asString()
        .contains("00:01", "3.0");
  }
}
