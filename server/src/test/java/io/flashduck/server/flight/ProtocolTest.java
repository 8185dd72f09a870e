package io.flashduck.server.flight;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.apache.arrow.flight.Action;
import org.apache.arrow.flight.CancelFlightInfoRequest;
import org.apache.arrow.flight.CancelFlightInfoResult;
import org.apache.arrow.flight.CancelStatus;
import org.apache.arrow.flight.FlightClient;
import org.apache.arrow.flight.FlightDescriptor;
import org.apache.arrow.flight.FlightEndpoint;
import org.apache.arrow.flight.FlightInfo;
import org.apache.arrow.flight.FlightRuntimeException;
import org.apache.arrow.flight.FlightStatusCode;
import org.apache.arrow.flight.FlightStream;
import org.apache.arrow.flight.PollInfo;
import org.apache.arrow.flight.RenewFlightEndpointRequest;
import org.apache.arrow.flight.Ticket;
import org.apache.arrow.flight.sql.FlightSqlClient;
import org.apache.arrow.flight.sql.impl.FlightSql.ActionCancelQueryRequest;
import org.apache.arrow.flight.sql.impl.FlightSql.ActionCancelQueryResult;
import org.apache.arrow.flight.sql.impl.FlightSql.CommandStatementQuery;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Calls of Flight that drivers seldom make, by Arrow's own client. */
@SuppressWarnings("try") // Arrow's clients say that closing them can be interrupted
class ProtocolTest {
  private static final String LONG = "SELECT i FROM range(1000000000000) t(i)";

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
  void renewFlightEndpoint_aTicketOfAQuery_yieldsTheSameForLonger() throws Exception {
    try (FlightSqlClient client = new FlightSqlClient(flight.client())) {
      FlightEndpoint first = client.execute("SELECT 41 + 1").getEndpoints().get(0);
      Instant before = first.getExpirationTime().orElseThrow();
      FlightEndpoint renewed = client.renewFlightEndpoint(new RenewFlightEndpointRequest(first));
      assertThat(renewed.getExpirationTime().orElseThrow()).isAfterOrEqualTo(before);
      for (Ticket ticket : List.of(first.getTicket(), renewed.getTicket())) {
        try (FlightStream stream = client.getStream(ticket)) {
          assertThat(stream.next()).isTrue();
          assertThat(stream.getRoot().getVector(0).getObject(0)).isEqualTo(42);
        }
      }
      byte[] altered = renewed.getTicket().getBytes();
      altered[altered.length - 1] ^= 1;
      FlightEndpoint forged = new FlightEndpoint(new Ticket(altered));
      assertThatThrownBy(() -> client.renewFlightEndpoint(new RenewFlightEndpointRequest(forged)))
          .isInstanceOf(FlightRuntimeException.class);
    }
  }

  @Test
  void pollFlightInfo_aQuery_isCompleteAtOnce() throws Exception {
    try (FlightClient client = flight.client()) {
      FlightDescriptor descriptor =
          FlightDescriptor.command(
              Any.pack(CommandStatementQuery.newBuilder().setQuery("SELECT 7").build())
                  .toByteArray());
      PollInfo poll = client.pollInfo(descriptor);
      assertThat(poll.getFlightDescriptor()).isEmpty();
      assertThat(poll.getProgress()).hasValue(1.0);
      try (FlightStream stream =
          client.getStream(poll.getFlightInfo().getEndpoints().get(0).getTicket())) {
        assertThat(stream.next()).isTrue();
        assertThat(stream.getRoot().getVector(0).getObject(0)).isEqualTo(7);
      }
    }
  }

  @Test
  void cancelFlightInfo_oneOfTwo_stopsExactlyThatQuery() throws Exception {
    try (FlightSqlClient client = new FlightSqlClient(flight.client())) {
      FlightInfo stopped = client.execute(LONG);
      FlightInfo other = client.execute(LONG);
      try (FlightStream one = client.getStream(stopped.getEndpoints().get(0).getTicket());
          FlightStream two = client.getStream(other.getEndpoints().get(0).getTicket())) {
        assertThat(one.next()).isTrue();
        assertThat(two.next()).isTrue();
        CancelFlightInfoResult result =
            client.cancelFlightInfo(new CancelFlightInfoRequest(stopped));
        assertThat(result.getStatus()).isEqualTo(CancelStatus.CANCELLED);
        assertThatThrownBy(() -> drain(one)).satisfies(ProtocolTest::isCancelled);
        assertThat(two.next()).isTrue();
        assertThat(two.next()).isTrue();
        two.cancel("enough", null);
      }
    }
  }

  @Test
  @SuppressWarnings("deprecation") // older clients send it
  void cancelQuery_theOlderAction_stopsThatQuery() throws Exception {
    try (FlightSqlClient client = new FlightSqlClient(flight.client());
        FlightClient raw = flight.client()) {
      FlightInfo info = client.execute(LONG);
      try (FlightStream stream = client.getStream(info.getEndpoints().get(0).getTicket())) {
        assertThat(stream.next()).isTrue();
        ActionCancelQueryRequest request =
            ActionCancelQueryRequest.newBuilder()
                .setInfo(ByteString.copyFrom(info.serialize()))
                .build();
        byte[] answer =
            raw.doAction(new Action("CancelQuery", Any.pack(request).toByteArray()))
                .next()
                .getBody();
        assertThat(Any.parseFrom(answer).unpack(ActionCancelQueryResult.class).getResult())
            .isEqualTo(ActionCancelQueryResult.CancelResult.CANCEL_RESULT_CANCELLED);
        assertThatThrownBy(() -> drain(stream)).satisfies(ProtocolTest::isCancelled);
      }
    }
  }

  @Test
  void doExchange_isRefusedWithAReason() throws Exception {
    try (FlightClient client = flight.client();
        FlightClient.ExchangeReaderWriter exchange =
            client.doExchange(FlightDescriptor.command("x".getBytes(StandardCharsets.UTF_8)))) {
      exchange.getWriter().completed();
      assertThatThrownBy(() -> exchange.getReader().next())
          .isInstanceOfSatisfying(
              FlightRuntimeException.class,
              e -> assertThat(e.status().code()).isEqualTo(FlightStatusCode.UNIMPLEMENTED))
          .hasMessageContaining("DoExchange");
    }
  }

  private static void drain(FlightStream stream) {
    long rows = 0;
    while (stream.next()) {
      rows += stream.getRoot().getRowCount();
    }
    throw new AssertionError("The stream ended after " + rows + " rows");
  }

  private static void isCancelled(Throwable failure) {
    assertThat(failure)
        .isInstanceOfSatisfying(
            FlightRuntimeException.class,
            e -> assertThat(e.status().code()).isEqualTo(FlightStatusCode.CANCELLED));
  }
}
