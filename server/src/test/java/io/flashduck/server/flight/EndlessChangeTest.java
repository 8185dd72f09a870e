package io.flashduck.server.flight;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.arrow.flight.CallOptions;
import org.apache.arrow.flight.FlightRuntimeException;
import org.apache.arrow.flight.FlightStatusCode;
import org.apache.arrow.flight.sql.FlightSqlClient;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A change that would never end must not keep the others from the apply lane. */
@Timeout(120)
@SuppressWarnings("try") // Arrow's clients say that closing them can be interrupted
class EndlessChangeTest {
  private static final String ENDLESS =
      "INSERT INTO t SELECT sum(a.range * b.range) FROM range(10000000) a, range(1000000) b";

  @TempDir private Path folder;

  private FlightFixture serve(Map<String, String> settings) {
    FlightFixture flight = new FlightFixture(folder, settings);
    flight.sql("CREATE TABLE t (id HUGEINT)");
    return flight;
  }

  private static void others(FlightFixture flight) {
    flight.sql("INSERT INTO t VALUES (1)");
    assertThat(flight.rows("FROM t")).containsExactly(List.of("1"));
  }

  private static void assertStatus(Throwable failure, FlightStatusCode expected) {
    assertThat(failure)
        .isInstanceOfSatisfying(
            FlightRuntimeException.class, e -> assertThat(e.status().code()).isEqualTo(expected));
  }

  @Test
  void change_whoseClientGivesUp_isStopped() throws Exception {
    try (FlightFixture flight = serve(Map.of());
        FlightSqlClient client = new FlightSqlClient(flight.client())) {
      assertThatThrownBy(
              () -> client.executeUpdate(ENDLESS, CallOptions.timeout(1, TimeUnit.SECONDS)))
          .satisfies(failure -> assertStatus(failure, FlightStatusCode.TIMED_OUT));
      assertThatThrownBy(() -> client.execute(ENDLESS, CallOptions.timeout(1, TimeUnit.SECONDS)))
          .satisfies(failure -> assertStatus(failure, FlightStatusCode.TIMED_OUT));
      others(flight);
    }
  }

  @Test
  void change_thatRunsLongerThanStatementsMay_isStopped() throws Exception {
    try (FlightFixture flight = serve(Map.of("query.timeout", "1s"));
        FlightSqlClient client = new FlightSqlClient(flight.client())) {
      assertThatThrownBy(() -> client.executeUpdate(ENDLESS))
          .hasMessageContaining("query.timeout")
          .satisfies(failure -> assertStatus(failure, FlightStatusCode.TIMED_OUT));
      others(flight);
    }
  }

  @Test
  void change_whenTheServerStops_isStopped() throws Exception {
    CompletableFuture<Void> endless;
    try (FlightFixture flight = serve(Map.of())) {
      FlightSqlClient client = new FlightSqlClient(flight.client());
      endless =
          CompletableFuture.runAsync(() -> client.executeUpdate(ENDLESS))
              .whenComplete((done, failure) -> close(client));
      while (flight.loggedQueries() == 0) {
        Thread.onSpinWait();
      }
      flight.server().close();
      assertThatThrownBy(() -> endless.get(60, TimeUnit.SECONDS))
          .hasCauseInstanceOf(FlightRuntimeException.class);
    }
  }

  private static void close(FlightSqlClient client) {
    try {
      client.close();
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }
}
