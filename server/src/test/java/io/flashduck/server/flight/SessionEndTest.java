package io.flashduck.server.flight;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Any;
import io.flashduck.server.engine.EngineConnection;
import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.apache.arrow.flight.CloseSessionRequest;
import org.apache.arrow.flight.FlightClient;
import org.apache.arrow.flight.FlightDescriptor;
import org.apache.arrow.flight.FlightGrpcUtils;
import org.apache.arrow.flight.FlightInfo;
import org.apache.arrow.flight.FlightRuntimeException;
import org.apache.arrow.flight.FlightStatusCode;
import org.apache.arrow.flight.FlightStream;
import org.apache.arrow.flight.client.ClientCookieMiddleware;
import org.apache.arrow.flight.sql.FlightSqlClient;
import org.apache.arrow.flight.sql.FlightSqlClient.PreparedStatement;
import org.apache.arrow.flight.sql.FlightSqlClient.Transaction;
import org.apache.arrow.flight.sql.impl.FlightSql.CommandStatementQuery;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.IntVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.Schema;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A session that has everything at once: a temporary table, prepared statements with bound rows, an
 * open result and a polled query, an open result in a transaction, and a transaction that nobody
 * used. However it ends, nothing of it is left in DuckDB, in Arrow's memory, on threads and in
 * {@code flashduck.sessions}.
 */
@SuppressWarnings("try") // Arrow's clients say that closing them can be interrupted
class SessionEndTest {
  private static final String LONG =
      "SELECT i, repeat('x', 1000) AS s FROM range(1000000000000) t(i)";

  @TempDir private Path folder;
  private final BufferAllocator clients = new RootAllocator();

  @SuppressWarnings("NullAway.Init") // by each test
  private FlightFixture flight;

  @SuppressWarnings("NullAway.Init")
  private ManagedChannel channel;

  private State before = new State(0, 0, 0, 0);

  /** What there is when nobody is there. */
  private record State(int connections, long inDuckDb, long memory, int allocators) {}

  private void serve(Map<String, String> settings) {
    flight = new FlightFixture(folder, settings);
    flight.sql("CREATE TABLE t (id INTEGER PRIMARY KEY)");
    assertThat(flight.rows("FROM flashduck.sessions")).isEmpty();
    channel =
        NettyChannelBuilder.forAddress("127.0.0.1", flight.server().port())
            .usePlaintext()
            .maxInboundMessageSize(Integer.MAX_VALUE)
            .build();
    awaitTrue("results so far", () -> state().allocators() == 0);
    before = state();
  }

  @AfterEach
  void stop() throws InterruptedException {
    channel.shutdownNow();
    assertThat(channel.awaitTermination(30, TimeUnit.SECONDS)).isTrue();
    flight.close();
    clients.close();
  }

  private State state() {
    BufferAllocator served =
        flight.allocator().getChildAllocators().stream()
            .filter(child -> child.getName().equals("flight"))
            .findFirst()
            .orElseThrow();
    String count = "SELECT count FROM duckdb_connection_count() AS c(count)";
    try (EngineConnection connection = flight.database().engine().openInternal()) {
      return new State(
          flight.database().engine().clientConnections(),
          connection.query(count, row -> row.getLong(1)).get(0),
          served.getAllocatedMemory(),
          served.getChildAllocators().size());
    }
  }

  private FlightClient client(ClientCookieMiddleware.Factory cookies) {
    return FlightGrpcUtils.createFlightClient(clients, channel, List.of(cookies));
  }

  private static FlightDescriptor query(String sql) {
    CommandStatementQuery command = CommandStatementQuery.newBuilder().setQuery(sql).build();
    return FlightDescriptor.command(Any.pack(command).toByteArray());
  }

  /** Ends a session. */
  private interface Ending {
    void end(FlightSqlClient client) throws Exception;
  }

  private void withEverything(Ending ending) throws Exception {
    ClientCookieMiddleware.Factory cookies = new ClientCookieMiddleware.Factory();
    try (FlightClient raw = client(cookies);
        FlightSqlClient client = new FlightSqlClient(client(cookies))) {
      assertThat(FlightFixture.rows(client, client.execute("SELECT 1"))).hasSize(1);
      assertThat(raw.pollInfo(query(LONG)).getFlightInfo().getEndpoints()).hasSize(1);
      assertThat(flight.server().polledQueries()).isEqualTo(1);
      try (FlightStream shared = started(client, client.execute(LONG))) {
        client.executeUpdate("CREATE TEMP TABLE mine AS SELECT 5 AS id");
        PreparedStatement prepared = client.prepare("SELECT id + ? FROM mine");
        bind(prepared);
        assertThat(FlightFixture.rows(client, prepared.execute())).containsExactly(List.of("12"));
        prepared.clearParameters();
        Transaction unused = client.beginTransaction();
        Transaction used = client.beginTransaction();
        client.executeUpdate("INSERT INTO t VALUES (1)", used);
        assertThat(unused.getTransactionId()).isNotEqualTo(used.getTransactionId());
        try (FlightStream open = started(client, client.execute(LONG, used))) {
          assertThat(state().connections()).isGreaterThan(before.connections() + 2);
          assertThat(state().inDuckDb()).isGreaterThan(before.inDuckDb() + 2);
          assertThat(state().allocators()).isGreaterThan(before.allocators());
          assertThat(flight.server().transactions()).isEqualTo(2);
          assertThat(flight.rows("FROM flashduck.sessions")).hasSize(1);
          ending.end(client);
          assertEnds(shared);
          assertEnds(open);
        }
      }
      assertNothingLeft(); // while the client is still there, unless that is how it ended
    }
  }

  private static FlightStream started(FlightSqlClient client, FlightInfo info) {
    FlightStream stream = client.getStream(info.getEndpoints().get(0).getTicket());
    assertThat(stream.next()).isTrue();
    return stream;
  }

  private void bind(PreparedStatement prepared) {
    Schema schema = new Schema(List.of(Field.nullable("p", new ArrowType.Int(32, true))));
    VectorSchemaRoot rows = VectorSchemaRoot.create(schema, clients);
    ((IntVector) rows.getVector(0)).setSafe(0, 7);
    rows.setRowCount(1);
    prepared.setParameters(rows);
  }

  /** The stream gives what was on its way, then a failure. */
  private static void assertEnds(FlightStream stream) {
    try {
      while (stream.next()) {
        assertThat(stream.getRoot().getRowCount()).isPositive();
      }
    } catch (FlightRuntimeException e) {
      assertThat(e.status().code())
          .isIn(
              FlightStatusCode.CANCELLED, FlightStatusCode.UNAVAILABLE, FlightStatusCode.TIMED_OUT);
      return;
    }
    throw new AssertionError("The stream came to its end");
  }

  private void assertNothingLeft() {
    awaitTrue("streams", () -> flight.server().activeQueries().isEmpty());
    awaitTrue("polled", () -> flight.server().polledQueries() == 0);
    awaitTrue("transactions", () -> flight.server().transactions() == 0);
    awaitTrue("pool", () -> flight.database().engine().readPool().active() == 0);
    awaitTrue("memory", () -> state().allocators() == 0);
    assertThat(state().memory()).isEqualTo(before.memory());
    // The pool keeps what it lent to the open result and to the polled query.
    awaitTrue("connections", () -> state().connections() <= before.connections() + 2);
    // The server's own threads open one now and then.
    awaitTrue(
        "connections of DuckDB",
        () -> {
          State now = state();
          return now.inDuckDb() - now.connections() <= before.inDuckDb() - before.connections();
        });
    awaitTrue("threads", SessionEndTest::idle);
    assertThat(flight.rows("FROM flashduck.sessions")).isEmpty();
    assertThat(flight.rows("FROM t")).isEmpty();
  }

  /** Whether no thread of the server works on a statement. */
  private static boolean idle() {
    return Thread.getAllStackTraces().entrySet().stream()
        .filter(thread -> thread.getKey().getName().startsWith("flashduck-"))
        .flatMap(thread -> Arrays.stream(thread.getValue()))
        .map(StackTraceElement::getClassName)
        .noneMatch(
            frame ->
                frame.contains(".StreamTask")
                    || frame.contains(".StartedQuery")
                    || frame.contains(".StatementSlot"));
  }

  private static void awaitTrue(String what, BooleanSupplier condition) {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime() - deadline).as(what).isNegative();
      Thread.onSpinWait();
    }
  }

  @Test
  void closeSession_leavesNothing() throws Exception {
    serve(Map.of("query.stalled-client-limit", "1h"));
    withEverything(client -> client.closeSession(new CloseSessionRequest()));
  }

  @Test
  void lostConnection_leavesNothing() throws Exception {
    serve(Map.of("query.stalled-client-limit", "1h"));
    withEverything(client -> channel.shutdownNow());
  }

  @Test
  void idleSession_leavesNothing() throws Exception {
    serve(Map.of("query.stalled-client-limit", "1s", "query.session-idle-limit", "1s"));
    withEverything(client -> awaitTrue("stalled", () -> flight.server().activeQueries().isEmpty()));
    assertThat(flight.server().sessions()).isZero();
  }
}
