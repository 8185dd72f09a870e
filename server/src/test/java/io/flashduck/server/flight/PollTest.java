package io.flashduck.server.flight;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.Any;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.apache.arrow.flight.CancelFlightInfoRequest;
import org.apache.arrow.flight.CancelStatus;
import org.apache.arrow.flight.FlightClient;
import org.apache.arrow.flight.FlightDescriptor;
import org.apache.arrow.flight.FlightRuntimeException;
import org.apache.arrow.flight.FlightStatusCode;
import org.apache.arrow.flight.PollInfo;
import org.apache.arrow.flight.sql.FlightSqlClient;
import org.apache.arrow.flight.sql.impl.FlightSql.CommandStatementQuery;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Queries that are polled: started once, told how far they are, fetched, cancelled, freed. */
@SuppressWarnings("try") // Arrow's clients say that closing them can be interrupted
class PollTest {
  /** Runs until it is cancelled, and DuckDB knows how far it is. */
  private static final String LONG = "SELECT sum(hash(a.n, b.n)) AS s FROM big AS a, big AS b";

  @TempDir private Path folder;
  private FlightFixture flight;

  @BeforeEach
  void serve() {
    flight =
        new FlightFixture(
            folder, Map.of("query.stalled-client-limit", "2s", "query.max-concurrent", "4"));
    flight.sql("CREATE TABLE big AS SELECT range AS n FROM range(1000000)");
  }

  @AfterEach
  void stop() {
    flight.close();
  }

  private static FlightDescriptor query(String sql) {
    CommandStatementQuery command = CommandStatementQuery.newBuilder().setQuery(sql).build();
    return FlightDescriptor.command(Any.pack(command).toByteArray());
  }

  private void awaitFreed() {
    awaitTrue(
        () ->
            flight.server().polledQueries() == 0
                && flight.database().engine().readPool().active() == 0);
  }

  private static void awaitTrue(BooleanSupplier condition) {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime() - deadline).isNegative();
      Thread.onSpinWait();
    }
  }

  private List<String> states() {
    return flight
        .rows("SELECT state FROM flashduck.queries WHERE sql LIKE 'SELECT sum(hash%'")
        .stream()
        .map(row -> row.get(0))
        .toList();
  }

  @Test
  void poll_quickQuery_isCompleteWithItsRowsAndRunsOnce() throws Exception {
    try (FlightSqlClient client = new FlightSqlClient(flight.client());
        FlightClient raw = flight.client()) {
      PollInfo poll = raw.pollInfo(query("SELECT count(*), max(n) FROM big"));
      while (poll.getFlightDescriptor().isPresent()) {
        poll = raw.pollInfo(poll.getFlightDescriptor().get());
      }
      assertThat(poll.getProgress()).hasValue(1.0);
      assertThat(flight.server().polledQueries()).isEqualTo(1);
      List<String> row = List.of("1000000", "999999");
      assertThat(FlightFixture.rows(client, poll.getFlightInfo())).containsExactly(row);
      assertThat(flight.server().polledQueries()).isZero();
      assertThat(flight.rows("SELECT count(*) FROM flashduck.queries WHERE sql LIKE '%max(n)%'"))
          .contains(List.of("2")); // the polled one, and this one
      assertThat(FlightFixture.rows(client, poll.getFlightInfo())).containsExactly(row); // again
    }
    awaitFreed();
  }

  @Test
  void poll_manyBatches_areAllFetched() throws Exception {
    try (FlightSqlClient client = new FlightSqlClient(flight.client());
        FlightClient raw = flight.client()) {
      PollInfo poll = raw.pollInfo(query("SELECT n FROM big"));
      assertThat(FlightFixture.rows(client, poll.getFlightInfo())).hasSize(1_000_000);
    }
    awaitFreed();
  }

  @Test
  void poll_change_runsExactlyOnce() throws Exception {
    try (FlightClient raw = flight.client()) {
      PollInfo poll = raw.pollInfo(query("INSERT INTO big VALUES (-1)"));
      assertThat(poll.getFlightDescriptor()).isEmpty();
      assertThat(flight.rows("SELECT count(*) FROM big WHERE n = -1"))
          .containsExactly(List.of("1"));
    }
  }

  @Test
  void poll_longQuery_tellsProgressThatGrowsAndIsCancelled() throws Exception {
    try (FlightSqlClient client = new FlightSqlClient(flight.client());
        FlightClient raw = flight.client()) {
      PollInfo poll = raw.pollInfo(query(LONG));
      FlightDescriptor again = poll.getFlightDescriptor().orElseThrow();
      assertThat(poll.getFlightInfo().getSchemaOptional().orElseThrow().getFields()).hasSize(1);
      assertThat(poll.getExpirationTime()).isPresent();
      assertThat(states()).containsExactly("running");
      List<Double> told = new ArrayList<>();
      while (told.isEmpty() || told.get(told.size() - 1) == 0) {
        told.add(raw.pollInfo(again).getProgress().orElseThrow());
      }
      assertThat(told).isSorted().allMatch(progress -> progress >= 0 && progress < 1);
      assertThat(
              client
                  .cancelFlightInfo(new CancelFlightInfoRequest(poll.getFlightInfo()))
                  .getStatus())
          .isEqualTo(CancelStatus.CANCELLED);
      assertThatThrownBy(() -> FlightFixture.rows(client, poll.getFlightInfo()))
          .isInstanceOfSatisfying(
              FlightRuntimeException.class,
              e -> assertThat(e.status().code()).isEqualTo(FlightStatusCode.CANCELLED));
      assertThat(states()).isNotEmpty().containsOnly("cancelled");
    }
    awaitFreed();
  }

  @Test
  void poll_nobodyComesBack_isFreed() throws Exception {
    try (FlightClient raw = flight.client()) {
      assertThat(raw.pollInfo(query(LONG)).getFlightDescriptor()).isPresent();
      awaitFreed();
      assertThat(states()).containsExactly("cancelled");
    }
  }

  @Test
  void poll_lostConnection_isFreedBeforeTheLimit() throws Exception {
    stop();
    flight = new FlightFixture(folder, Map.of("query.stalled-client-limit", "1h"));
    try (FlightClient raw = flight.client()) {
      assertThat(raw.pollInfo(query(LONG)).getFlightDescriptor()).isPresent();
      assertThat(flight.server().polledQueries()).isEqualTo(1);
    }
    awaitFreed();
  }

  @Test
  void poll_tooMany_areCompleteAndRunWhenFetched() throws Exception {
    try (FlightClient raw = flight.client()) {
      assertThat(raw.pollInfo(query(LONG)).getFlightDescriptor()).isPresent();
      assertThat(raw.pollInfo(query(LONG)).getFlightDescriptor()).isPresent();
      assertThat(raw.pollInfo(query(LONG)).getFlightDescriptor()).isEmpty();
      assertThat(flight.server().polledQueries()).isEqualTo(2);
    } // and the server stops while they run
  }

  @Test
  void poll_queryThatFails_saysWhy() throws Exception {
    try (FlightClient raw = flight.client()) {
      FlightDescriptor wrong = query("SELECT CAST('x' || max(n) AS INTEGER) FROM big");
      assertThatThrownBy(() -> pollToTheEnd(raw, wrong))
          .isInstanceOfSatisfying(
              FlightRuntimeException.class,
              e -> assertThat(e.status().code()).isEqualTo(FlightStatusCode.INVALID_ARGUMENT))
          .hasMessageContaining("x999999");
    }
    awaitFreed();
  }

  @Test
  void poll_alteredDescriptor_isRefusedAndStartsNothing() throws Exception {
    try (FlightClient raw = flight.client()) {
      byte[] again = raw.pollInfo(query(LONG)).getFlightDescriptor().orElseThrow().getCommand();
      long before = flight.loggedQueries();
      for (int i = again.length - 40; i < again.length; i++) {
        byte[] altered = again.clone();
        altered[i] ^= 4;
        assertThatThrownBy(() -> raw.pollInfo(FlightDescriptor.command(altered)))
            .isInstanceOfSatisfying(
                FlightRuntimeException.class,
                e -> assertThat(e.status().code()).isEqualTo(FlightStatusCode.INVALID_ARGUMENT));
      }
      assertThat(flight.loggedQueries()).isEqualTo(before);
    }
    awaitFreed();
  }

  private static void pollToTheEnd(FlightClient client, FlightDescriptor first) {
    PollInfo poll = client.pollInfo(first);
    while (poll.getFlightDescriptor().isPresent()) {
      poll = client.pollInfo(poll.getFlightDescriptor().get());
    }
  }
}
