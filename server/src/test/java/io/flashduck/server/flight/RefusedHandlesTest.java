package io.flashduck.server.flight;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import io.flashduck.server.access.SettableClock;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.arrow.flight.Action;
import org.apache.arrow.flight.AsyncPutListener;
import org.apache.arrow.flight.CallOption;
import org.apache.arrow.flight.CancelFlightInfoRequest;
import org.apache.arrow.flight.Criteria;
import org.apache.arrow.flight.FlightClient;
import org.apache.arrow.flight.FlightDescriptor;
import org.apache.arrow.flight.FlightEndpoint;
import org.apache.arrow.flight.FlightInfo;
import org.apache.arrow.flight.FlightRuntimeException;
import org.apache.arrow.flight.FlightStatusCode;
import org.apache.arrow.flight.FlightStream;
import org.apache.arrow.flight.RenewFlightEndpointRequest;
import org.apache.arrow.flight.Result;
import org.apache.arrow.flight.Ticket;
import org.apache.arrow.flight.sql.FlightSqlClient;
import org.apache.arrow.flight.sql.impl.FlightSql.ActionClosePreparedStatementRequest;
import org.apache.arrow.flight.sql.impl.FlightSql.ActionCreatePreparedStatementRequest;
import org.apache.arrow.flight.sql.impl.FlightSql.ActionCreatePreparedStatementResult;
import org.apache.arrow.flight.sql.impl.FlightSql.ActionEndTransactionRequest;
import org.apache.arrow.flight.sql.impl.FlightSql.CommandPreparedStatementQuery;
import org.apache.arrow.flight.sql.impl.FlightSql.CommandPreparedStatementUpdate;
import org.apache.arrow.flight.sql.impl.FlightSql.CommandStatementQuery;
import org.apache.arrow.flight.sql.impl.FlightSql.CommandStatementUpdate;
import org.apache.arrow.flight.sql.impl.FlightSql.TicketStatementQuery;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.ipc.message.IpcOption;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Tickets, prepared handles, tokens, cookies and transaction ids that were altered, are out of date
 * or belong to another user: every call that takes them is refused without DuckDB hearing of it.
 */
@SuppressWarnings("try") // Arrow's clients say that closing them can be interrupted
class RefusedHandlesTest {
  private static final int TRIES = 40;
  private static final String SQL = "SELECT count(*) FROM t";

  @TempDir private Path folder;
  private final SettableClock clock = new SettableClock();
  private final Random random = new Random(20261120);

  @SuppressWarnings("NullAway.Init") // before each test
  private FlightFixture flight;

  @SuppressWarnings("NullAway.Init")
  private FlightClient client;

  @SuppressWarnings("NullAway.Init")
  private CallOption ada;

  @SuppressWarnings("NullAway.Init")
  private CallOption bob;

  @BeforeEach
  void serve() throws IOException {
    Path users =
        Files.writeString(folder.resolve("users"), "ada:love:writer\nbob:builder:writer\n");
    Files.createDirectories(folder.resolve("data"));
    flight =
        new FlightFixture(
            folder.resolve("data"),
            Map.of(
                "access.password-file",
                users.toString(),
                "access.token-lifetime",
                "100d",
                "queue.append-wait",
                "100ms"),
            clock);
    flight.sql("CREATE TABLE t (id INTEGER)", "INSERT INTO t VALUES (1)");
    client = flight.client();
    ada = client.authenticateBasicToken("ada", "love").orElseThrow();
    bob = client.authenticateBasicToken("bob", "builder").orElseThrow();
  }

  @AfterEach
  void stop() throws InterruptedException {
    client.close();
    flight.close();
  }

  /** One call with bytes that were signed. */
  @FunctionalInterface
  private interface Use {
    void with(byte[] signed, CallOption caller) throws Exception;
  }

  private Map<String, Use> usesOfTickets() {
    return Map.of(
        "DoGet",
        (signed, caller) -> drain(client.getStream(new Ticket(ticket(signed)), caller)),
        "PollFlightInfo",
        (signed, caller) ->
            client.pollInfo(FlightDescriptor.command(ticket(signed)), caller).getProgress(),
        "CancelFlightInfo",
        (signed, caller) ->
            act(
                "CancelFlightInfo",
                bytes(new CancelFlightInfoRequest(info(signed)).serialize()),
                caller),
        "RenewFlightEndpoint",
        (signed, caller) ->
            act(
                "RenewFlightEndpoint",
                bytes(
                    new RenewFlightEndpointRequest(info(signed).getEndpoints().get(0)).serialize()),
                caller));
  }

  private Map<String, Use> usesOfHandles() {
    return Map.of(
        "GetFlightInfo",
        (signed, caller) -> client.getInfo(query(signed), caller).getEndpoints(),
        "GetSchema",
        (signed, caller) -> client.getSchema(query(signed), caller).getSchema(),
        "PollFlightInfo",
        (signed, caller) -> client.pollInfo(query(signed), caller).getProgress(),
        "bind",
        (signed, caller) -> put(query(signed), caller),
        "update",
        (signed, caller) ->
            put(
                command(
                    CommandPreparedStatementUpdate.newBuilder()
                        .setPreparedStatementHandle(ByteString.copyFrom(signed))
                        .build()),
                caller),
        "ClosePreparedStatement",
        (signed, caller) ->
            act(
                "ClosePreparedStatement",
                Any.pack(
                        ActionClosePreparedStatementRequest.newBuilder()
                            .setPreparedStatementHandle(ByteString.copyFrom(signed))
                            .build())
                    .toByteArray(),
                caller));
  }

  private Map<String, Use> usesOfTransactions() {
    return Map.of(
        "query",
        (id, caller) ->
            client
                .getInfo(
                    command(
                        CommandStatementQuery.newBuilder()
                            .setQuery(SQL)
                            .setTransactionId(ByteString.copyFrom(id))
                            .build()),
                    caller)
                .getEndpoints(),
        "update",
        (id, caller) ->
            put(
                command(
                    CommandStatementUpdate.newBuilder()
                        .setQuery("INSERT INTO t VALUES (2)")
                        .setTransactionId(ByteString.copyFrom(id))
                        .build()),
                caller),
        "CreatePreparedStatement",
        (id, caller) ->
            act(
                "CreatePreparedStatement",
                Any.pack(
                        ActionCreatePreparedStatementRequest.newBuilder()
                            .setQuery(SQL)
                            .setTransactionId(ByteString.copyFrom(id))
                            .build())
                    .toByteArray(),
                caller),
        "EndTransaction",
        (id, caller) ->
            act(
                "EndTransaction",
                Any.pack(
                        ActionEndTransactionRequest.newBuilder()
                            .setTransactionId(ByteString.copyFrom(id))
                            .setAction(
                                ActionEndTransactionRequest.EndTransaction.END_TRANSACTION_COMMIT)
                            .build())
                    .toByteArray(),
                caller));
  }

  private byte[] ticketHandle() throws InvalidProtocolBufferException {
    CommandStatementQuery command = CommandStatementQuery.newBuilder().setQuery(SQL).build();
    FlightInfo info = client.getInfo(command(command), ada);
    return Any.parseFrom(info.getEndpoints().get(0).getTicket().getBytes())
        .unpack(TicketStatementQuery.class)
        .getStatementHandle()
        .toByteArray();
  }

  private byte[] preparedHandle() throws InvalidProtocolBufferException {
    Any request = Any.pack(ActionCreatePreparedStatementRequest.newBuilder().setQuery(SQL).build());
    Iterator<Result> results =
        client.doAction(new Action("CreatePreparedStatement", request.toByteArray()), ada);
    byte[] handle =
        Any.parseFrom(results.next().getBody())
            .unpack(ActionCreatePreparedStatementResult.class)
            .getPreparedStatementHandle()
            .toByteArray();
    assertThat(results).isExhausted();
    return handle;
  }

  /** The one use of that name. */
  private static Map<String, Use> only(Map<String, Use> uses, String name) {
    Map<String, Use> one = new HashMap<>(uses);
    one.keySet().retainAll(List.of(name));
    assertThat(one).hasSize(1);
    return one;
  }

  private void assertStatus(
      Map<String, Use> uses, byte[] signed, CallOption caller, FlightStatusCode code) {
    uses.forEach(
        (name, use) -> {
          FlightStatusCode status = status(use, signed, caller);
          assertThat(status).as("%s with %s", name, Arrays.toString(signed)).isEqualTo(code);
        });
  }

  private static FlightStatusCode status(Use use, byte[] signed, CallOption caller) {
    try {
      use.with(signed, caller);
      return FlightStatusCode.OK;
    } catch (FlightRuntimeException e) {
      assertThat(e.status().description()).isNotBlank();
      return e.status().code();
    } catch (Exception e) {
      throw new AssertionError("Not a status", e);
    }
  }

  private void assertAlteredRefused(
      Map<String, Use> uses, byte[] genuine, byte[] other, FlightStatusCode code) {
    flight.withoutDuckDb(
        () -> {
          for (int i = 0; i < TRIES; i++) {
            Damage damage = Damage.ALL.get(i % Damage.ALL.size());
            byte[] altered = damage.damaged(genuine, other, random);
            if (altered.length > 0
                && !Arrays.equals(altered, genuine)
                && !Arrays.equals(altered, other)) {
              assertStatus(uses, altered, ada, code);
            }
          }
        });
  }

  @Test
  void tickets_areRefused() throws Exception {
    byte[] genuine = ticketHandle();
    assertAlteredRefused(
        usesOfTickets(), genuine, ticketHandle(), FlightStatusCode.INVALID_ARGUMENT);
    flight.withoutDuckDb(
        () -> {
          assertStatus(usesOfTickets(), genuine, bob, FlightStatusCode.UNAUTHORIZED);
          clock.advance(Duration.ofHours(25));
          assertStatus(usesOfTickets(), genuine, ada, FlightStatusCode.NOT_FOUND);
        });
    assertStatus(only(usesOfTickets(), "DoGet"), ticketHandle(), ada, FlightStatusCode.OK);
  }

  @Test
  void preparedHandles_areRefused() throws Exception {
    byte[] genuine = preparedHandle();
    byte[] ticket = ticketHandle();
    assertAlteredRefused(
        usesOfHandles(), genuine, preparedHandle(), FlightStatusCode.INVALID_ARGUMENT);
    flight.withoutDuckDb(
        () -> {
          assertStatus(usesOfHandles(), ticket, ada, FlightStatusCode.INVALID_ARGUMENT);
          assertStatus(usesOfHandles(), genuine, bob, FlightStatusCode.UNAUTHORIZED);
          clock.advance(Duration.ofDays(31));
          assertStatus(usesOfHandles(), genuine, ada, FlightStatusCode.NOT_FOUND);
        });
    assertStatus(only(usesOfHandles(), "GetSchema"), preparedHandle(), ada, FlightStatusCode.OK);
  }

  @Test
  void transactionIds_areRefused() throws Exception {
    try (FlightSqlClient sql = new FlightSqlClient(flight.client())) {
      byte[] genuine = sql.beginTransaction(ada).getTransactionId();
      byte[] other = sql.beginTransaction(ada).getTransactionId();
      // No id at all means no transaction, so nothing is cut to nothing here.
      assertAlteredRefused(usesOfTransactions(), genuine, other, FlightStatusCode.NOT_FOUND);
      flight.withoutDuckDb(
          () -> assertStatus(usesOfTransactions(), genuine, bob, FlightStatusCode.NOT_FOUND));
      for (byte[] id : List.of(genuine, other)) {
        assertStatus(only(usesOfTransactions(), "EndTransaction"), id, ada, FlightStatusCode.OK);
      }
      flight.withoutDuckDb(
          () -> assertStatus(usesOfTransactions(), genuine, ada, FlightStatusCode.NOT_FOUND));
    }
    assertThat(flight.server().transactions()).isZero();
  }

  @Test
  void tokensAndCookies_areRefused() throws Exception {
    Seen seen = new Seen();
    try (FlightClient other = flight.client(seen)) {
      other.authenticateBasicToken("ada", "love");
    }
    String token = seen.header("authorization").orElseThrow().substring("Bearer ".length());
    String cookie = seen.header("set-cookie").orElseThrow();
    String value = cookie.substring(cookie.indexOf('=') + 1);
    Use bearer = (text, none) -> listFlights("authorization", "Bearer " + string(text));
    Use cookies = (text, none) -> listFlights("cookie", "flashduck_session=" + string(text));
    assertThat(status(bearer, token.getBytes(StandardCharsets.UTF_8), ada))
        .isEqualTo(FlightStatusCode.OK);
    assertThat(status(cookies, value.getBytes(StandardCharsets.UTF_8), ada))
        .isEqualTo(FlightStatusCode.OK);
    flight.withoutDuckDb(
        () -> {
          for (int i = 0; i < 4 * TRIES; i++) {
            assertStatus(
                Map.of("bearer", bearer),
                altered(i, token, value),
                FlightStatusCode.UNAUTHENTICATED);
            assertStatus(
                Map.of("cookie", cookies),
                altered(i, value, token),
                FlightStatusCode.UNAUTHENTICATED);
          }
          clock.advance(Duration.ofDays(101));
          assertStatus(Map.of("bearer", bearer), token, FlightStatusCode.UNAUTHENTICATED);
          assertStatus(Map.of("cookie", cookies), value, FlightStatusCode.UNAUTHENTICATED);
        });
  }

  private void assertStatus(Map<String, Use> uses, String text, FlightStatusCode code) {
    assertStatus(uses, text.getBytes(StandardCharsets.UTF_8), ada, code);
  }

  /** An altered text that a header can carry. */
  private String altered(int i, String genuine, String other) {
    Damage damage = Damage.ALL.get(i % Damage.ALL.size());
    byte[] changed =
        damage.damaged(
            genuine.getBytes(StandardCharsets.UTF_8),
            other.getBytes(StandardCharsets.UTF_8),
            random);
    for (int at = 0; at < changed.length; at++) {
      if (!Character.isLetterOrDigit(changed[at]) && changed[at] != '-') {
        changed[at] = '_';
      }
    }
    String text = string(changed);
    return text.equals(genuine) ? text + "x" : text;
  }

  private void listFlights(String header, String value) {
    client.listFlights(Criteria.ALL, flight.headers(header, value)).forEach(info -> {});
  }

  private void act(String type, byte[] body, CallOption caller) {
    client.doAction(new Action(type, body), caller).forEachRemaining(result -> {});
  }

  private void put(FlightDescriptor descriptor, CallOption caller) {
    try (VectorSchemaRoot none = VectorSchemaRoot.of()) {
      FlightClient.ClientStreamListener stream =
          client.startPut(descriptor, none, new AsyncPutListener(), caller);
      stream.completed();
      stream.getResult();
    }
  }

  private static void drain(FlightStream opened) throws Exception {
    try (FlightStream stream = opened) {
      while (stream.next()) {
        assertThat(stream.getRoot().getRowCount()).isNotNegative();
      }
    }
  }

  private static FlightDescriptor query(byte[] handle) {
    return command(
        CommandPreparedStatementQuery.newBuilder()
            .setPreparedStatementHandle(ByteString.copyFrom(handle))
            .build());
  }

  private static FlightDescriptor command(Message command) {
    return FlightDescriptor.command(Any.pack(command).toByteArray());
  }

  private static byte[] ticket(byte[] handle) {
    return Any.pack(
            TicketStatementQuery.newBuilder()
                .setStatementHandle(ByteString.copyFrom(handle))
                .build())
        .toByteArray();
  }

  private static FlightInfo info(byte[] handle) {
    FlightEndpoint endpoint = new FlightEndpoint(new Ticket(ticket(handle)));
    return new FlightInfo(
        null, FlightDescriptor.path("x"), List.of(endpoint), -1, -1, IpcOption.DEFAULT);
  }

  private static byte[] bytes(ByteBuffer buffer) {
    byte[] bytes = new byte[buffer.remaining()];
    buffer.get(bytes);
    return bytes;
  }

  private static String string(byte[] bytes) {
    return new String(bytes, StandardCharsets.UTF_8);
  }
}
