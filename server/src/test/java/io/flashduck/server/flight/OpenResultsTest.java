package io.flashduck.server.flight;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.Any;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.apache.arrow.flight.CancelFlightInfoRequest;
import org.apache.arrow.flight.CloseSessionRequest;
import org.apache.arrow.flight.FlightClient;
import org.apache.arrow.flight.FlightDescriptor;
import org.apache.arrow.flight.FlightInfo;
import org.apache.arrow.flight.FlightRuntimeException;
import org.apache.arrow.flight.FlightStatusCode;
import org.apache.arrow.flight.FlightStream;
import org.apache.arrow.flight.Location;
import org.apache.arrow.flight.PollInfo;
import org.apache.arrow.flight.client.ClientCookieMiddleware;
import org.apache.arrow.flight.sql.FlightSqlClient;
import org.apache.arrow.flight.sql.FlightSqlClient.Transaction;
import org.apache.arrow.flight.sql.impl.FlightSql.CommandStatementQuery;
import org.apache.arrow.vector.BigIntVector;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Several open results of one session with a DuckDB connection of its own. Closing the server fails
 * on a leak.
 */
@SuppressWarnings("try") // Arrow's clients say that closing them can be interrupted
class OpenResultsTest {
  /** More than gRPC takes from a server whose client does not read. */
  private static final int LARGE = 150_000;

  private static final String LARGE_SQL =
      "SELECT i, repeat('room', 100) || i AS s FROM range(" + LARGE + ") t(i)";

  @TempDir private Path folder;
  private FlightFixture flight;

  @BeforeEach
  void serve() {
    open(Map.of());
  }

  private void open(Map<String, String> settings) {
    flight = new FlightFixture(folder, settings);
    flight.sql("CREATE OR REPLACE TABLE t (id INTEGER PRIMARY KEY, s VARCHAR)");
    flight.sql("INSERT INTO t SELECT range, 'old' FROM range(12)");
  }

  private void reopen(Map<String, String> settings) {
    flight.close();
    open(settings);
  }

  @AfterEach
  void stop() {
    flight.close();
  }

  private FlightClient raw(ClientCookieMiddleware.Factory cookies) {
    return FlightClient.builder(
            flight.allocator(), Location.forGrpcInsecure("127.0.0.1", flight.server().port()))
        .intercept(cookies)
        .build();
  }

  private FlightSqlClient client() {
    return new FlightSqlClient(raw(new ClientCookieMiddleware.Factory()));
  }

  private static FlightStream started(FlightSqlClient client, FlightInfo info) {
    FlightStream stream = client.getStream(info.getEndpoints().get(0).getTicket());
    assertThat(stream.next()).isTrue();
    return stream;
  }

  private static void awaitTrue(String what, BooleanSupplier condition) {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime() - deadline).as(what).isNegative();
      Thread.onSpinWait();
    }
  }

  /** Whether what is left of a stream that began are the numbers up to a bound. */
  private static void assertRest(FlightStream stream, long end) {
    long next = 0;
    do {
      BigIntVector numbers = (BigIntVector) stream.getRoot().getVector(0);
      for (int row = 0; row < numbers.getValueCount(); row++) {
        assertThat(numbers.get(row)).isEqualTo(next++);
      }
    } while (stream.next());
    assertThat(next).isEqualTo(end);
  }

  private static void assertFails(FlightStream stream, FlightStatusCode code, String message) {
    assertThatThrownBy(
            () -> {
              while (stream.next()) {
                assertThat(stream.getRoot().getRowCount()).isPositive();
              }
            })
        .isInstanceOfSatisfying(
            FlightRuntimeException.class, e -> assertThat(e.status().code()).isEqualTo(code))
        .hasMessageContaining(message);
  }

  private static int update(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      return statement.executeUpdate(sql);
    }
  }

  private List<String> files() throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      return files.map(Path::toString).filter(name -> name.contains("result-")).toList();
    }
  }

  @Test
  void jdbc_updatesInsideOfALoopOverAResult_inATransaction() throws SQLException {
    try (Connection connection = flight.jdbc();
        PreparedStatement update =
            connection.prepareStatement("UPDATE t SET s = 'new' || ? WHERE id = ?")) {
      update(connection, "BEGIN");
      List<String> seen = new ArrayList<>();
      try (Statement statement = connection.createStatement();
          ResultSet rows = statement.executeQuery("SELECT id, s FROM t ORDER BY id")) {
        while (rows.next()) {
          update.setString(1, String.valueOf(seen.size()));
          update.setInt(2, 11 - rows.getInt(1));
          assertThat(update.executeUpdate()).isEqualTo(1);
          seen.add(rows.getString(2));
        }
      }
      assertThat(seen).hasSize(12).containsOnly("old");
      update(connection, "COMMIT");
    }
    assertThat(flight.rows("SELECT s FROM t WHERE id = 11")).containsExactly(List.of("new0"));
  }

  @Test
  void jdbc_twoLargeResults_rowByRow() throws SQLException {
    try (Connection connection = flight.jdbc();
        Statement one = connection.createStatement();
        Statement two = connection.createStatement()) {
      update(connection, "CREATE TEMP TABLE mine AS SELECT 1");
      try (ResultSet first = one.executeQuery(LARGE_SQL);
          ResultSet second = two.executeQuery(LARGE_SQL)) {
        for (int i = 0; i < LARGE; i++) {
          if (!first.next() || !second.next() || first.getLong(1) != i || second.getLong(1) != i) {
            throw new AssertionError("row " + i);
          }
        }
        assertThat(first.next()).isFalse();
        assertThat(second.next()).isFalse();
      }
    }
  }

  @Test
  void jdbc_abandonedResults_hinderNothing() throws SQLException {
    List<Statement> abandoned = new ArrayList<>();
    try (Connection connection = flight.jdbc()) {
      update(connection, "BEGIN");
      for (int i = 0; i < 3; i++) {
        Statement statement = connection.createStatement();
        abandoned.add(statement);
        assertThat(statement.executeQuery(LARGE_SQL).next()).isTrue();
        assertThat(update(connection, "UPDATE t SET s = 'x' WHERE id = 1")).isEqualTo(1);
      }
      update(connection, "ROLLBACK");
      for (Statement statement : abandoned) {
        statement.close(); // else the driver complains when the connection is closed
      }
    }
  }

  @Test
  void jdbc_resultsClosedEarly_leaveTheTransaction() throws SQLException {
    try (Connection connection = flight.jdbc();
        Statement statement = connection.createStatement()) {
      update(connection, "BEGIN");
      for (int i = 0; i < 12; i++) {
        assertThat(update(connection, "UPDATE t SET s = 'kept' WHERE id = " + i)).isEqualTo(1);
        try (ResultSet rows = statement.executeQuery(LARGE_SQL)) {
          assertThat(i % 2 == 0 || rows.next()).isTrue(); // some before their first batch is sent
        }
      }
      update(connection, "COMMIT");
    }
    assertThat(flight.rows("SELECT count(*) FROM t WHERE s = 'kept'"))
        .containsExactly(List.of("12"));
  }

  @Test
  void queryCancelledInATransaction_thatDoesNotStopByItself_isInterrupted() throws Exception {
    try (FlightSqlClient client = client()) {
      Transaction transaction = client.beginTransaction();
      String endless = "SELECT count(*) FROM range(100000000) a, range(100000000) b";
      FlightInfo info = client.execute(endless, transaction);
      try (FlightStream stream = client.getStream(info.getEndpoints().get(0).getTicket())) {
        awaitTrue("runs", () -> !flight.server().activeQueries().isEmpty());
        client.cancelFlightInfo(new CancelFlightInfoRequest(info));
        assertFails(stream, FlightStatusCode.CANCELLED, "");
      }
      client.rollback(transaction);
    }
  }

  @Test
  void changesThatDoNotEnd_areStoppedByTheirLimit_andLeaveTheSession() throws Exception {
    reopen(Map.of("query.timeout", "1s"));
    String endless = "SELECT count(*) FROM range(100000000) a, range(100000000) b";
    try (FlightSqlClient client = client()) {
      Transaction transaction = client.beginTransaction();
      assertThat(client.executeUpdate("UPDATE t SET s = 'new'", transaction)).isEqualTo(12);
      assertThatThrownBy(() -> client.executeUpdate("INSERT INTO t (id) " + endless, transaction))
          .hasMessageContaining("The statement ran longer than PT1S");
      assertThatThrownBy(() -> client.execute("SELECT 1", transaction))
          .hasMessageContaining("ROLLBACK");
      client.rollback(transaction);
      assertThatThrownBy(() -> client.executeUpdate("CREATE TEMP TABLE long AS " + endless))
          .hasMessageContaining("The statement ran longer than PT1S");
      assertThat(FlightFixture.rows(client, client.execute("SELECT DISTINCT s FROM t")))
          .containsExactly(List.of("old"));
    }
  }

  @Test
  void jdbc_commitAndRollback_leaveTheResult() throws SQLException {
    try (Connection connection = flight.jdbc();
        Statement statement = connection.createStatement()) {
      for (String end : List.of("COMMIT", "ROLLBACK")) {
        update(connection, "BEGIN");
        update(connection, "UPDATE t SET s = '" + end + "'");
        try (ResultSet rows =
            statement.executeQuery("SELECT i, s FROM t, range(30000) r(i) ORDER BY i")) {
          assertThat(rows.next()).isTrue();
          update(connection, end);
          int count = 1;
          while (rows.next()) {
            assertThat(rows.getString(2)).isEqualTo(end);
            count++;
          }
          assertThat(count).isEqualTo(12 * 30000);
        }
      }
      assertThat(flight.server().transactions()).isZero();
    }
    assertThat(flight.rows("SELECT DISTINCT s FROM t")).containsExactly(List.of("COMMIT"));
  }

  @Test
  void result_largerThanWhatMemoryMayHold_goesOnFromAFile() throws Exception {
    reopen(Map.of("query.held-bytes", "1MiB"));
    try (FlightSqlClient client = client()) {
      Transaction transaction = client.beginTransaction();
      try (FlightStream first = started(client, client.execute(LARGE_SQL, transaction));
          FlightStream second = started(client, client.execute(LARGE_SQL, transaction))) {
        assertThat(client.executeUpdate("DELETE FROM t", transaction)).isEqualTo(12);
        assertThat(files()).isEmpty(); // no name, so that a crash leaves nothing
        assertRest(second, LARGE);
        assertRest(first, LARGE);
      }
      client.rollback(transaction);
    }
  }

  @Test
  void result_largerThanTheBudget_goesOnAndTheOtherStatementIsRefused() throws Exception {
    reopen(Map.of("query.held-bytes", "1MiB", "query.held-disk-bytes", "2MiB"));
    try (FlightSqlClient client = client()) {
      client.executeUpdate("CREATE TEMP TABLE mine AS SELECT 1 AS i");
      try (FlightStream first = started(client, client.execute(LARGE_SQL))) {
        for (int i = 0; i < 3; i++) {
          assertThatThrownBy(() -> client.execute("FROM mine"))
              .isInstanceOfSatisfying(
                  FlightRuntimeException.class,
                  e -> assertThat(e.status().code()).isEqualTo(FlightStatusCode.RESOURCE_EXHAUSTED))
              .hasMessageContaining("query.held-bytes")
              .hasMessageContaining("close it first");
        }
        assertRest(first, LARGE);
      }
      assertThat(FlightFixture.rows(client, client.execute("FROM mine"))).hasSize(1);
    }
  }

  @Test
  void result_largerThanTheBudget_isEndedByTheEndOfItsTransaction() throws Exception {
    reopen(Map.of("query.held-bytes", "1MiB", "query.held-disk-bytes", "0B"));
    try (FlightSqlClient client = client()) {
      Transaction transaction = client.beginTransaction();
      client.executeUpdate("DELETE FROM t WHERE id = 1", transaction);
      try (FlightStream first = started(client, client.execute(LARGE_SQL, transaction))) {
        client.commit(transaction);
        assertThat(flight.rows("SELECT count(*) FROM t")).containsExactly(List.of("11"));
        assertFails(first, FlightStatusCode.RESOURCE_EXHAUSTED, "The transaction ended");
      }
    }
  }

  @Test
  void clientThatNeverReads_hindersNothing() throws Exception {
    try (FlightSqlClient client = client()) {
      Transaction transaction = client.beginTransaction();
      List<FlightStream> unread = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        FlightInfo info = client.execute(LARGE_SQL, transaction);
        FlightInfo planned = client.execute("SELECT count(*) FROM t", transaction);
        unread.add(client.getStream(info.getEndpoints().get(0).getTicket()));
        assertThat(unread.get(i).getSchema().getFields()).hasSize(2);
        assertThat(client.executeUpdate("DELETE FROM t WHERE id = " + i, transaction)).isEqualTo(1);
        assertThat(FlightFixture.rows(client, planned))
            .containsExactly(List.of(String.valueOf(11 - i)));
      }
      client.commit(transaction);
      for (FlightStream stream : unread) {
        stream.cancel("enough", null);
        stream.close();
      }
    }
    awaitTrue("streams", () -> flight.server().activeQueries().isEmpty());
  }

  @Test
  void cancelOfTheFirst_whileTheSecondRuns_hitsOnlyTheFirst() throws Exception {
    try (FlightSqlClient client = client()) {
      Transaction transaction = client.beginTransaction();
      FlightInfo info = client.execute(LARGE_SQL, transaction);
      try (FlightStream first = started(client, info);
          FlightStream second = started(client, client.execute(LARGE_SQL, transaction))) {
        assertThat(client.cancelFlightInfo(new CancelFlightInfoRequest(info)).getStatus())
            .isNotNull();
        assertFails(first, FlightStatusCode.CANCELLED, "cancel");
        assertRest(second, LARGE);
      }
      assertThat(client.executeUpdate("DELETE FROM t", transaction)).isEqualTo(12);
      client.rollback(transaction);
    }
  }

  @Test
  void closeSession_endsHeldResults() throws Exception {
    try (FlightSqlClient client = client()) {
      client.executeUpdate("CREATE TEMP TABLE mine AS SELECT 1 AS i");
      try (FlightStream first = started(client, client.execute(LARGE_SQL));
          FlightStream second = started(client, client.execute(LARGE_SQL))) {
        client.closeSession(new CloseSessionRequest());
        awaitTrue("streams", () -> flight.server().activeQueries().isEmpty());
        assertFails(first, FlightStatusCode.CANCELLED, "session was closed");
        assertFails(second, FlightStatusCode.CANCELLED, "session was closed");
      }
    }
  }

  @Test
  void failureOfTheFirst_comesBehindItsRows() throws Exception {
    try (FlightSqlClient client = client()) {
      client.executeUpdate("CREATE TEMP TABLE mine AS SELECT 1 AS i");
      String fails =
          "SELECT i, CASE WHEN i = 50000 THEN error('no luck with ' || i) END, repeat('x', 400)"
              + " FROM range(60000) t(i)";
      try (FlightStream first = started(client, client.execute(fails))) {
        assertThat(FlightFixture.rows(client, client.execute("FROM mine"))).hasSize(1);
        assertFails(first, FlightStatusCode.INVALID_ARGUMENT, "no luck with 50000");
      }
      assertThat(FlightFixture.rows(client, client.execute("FROM mine"))).hasSize(1);
    }
  }

  @Test
  void dictionaries_areKeptWithTheRows() throws Exception {
    try (FlightSqlClient client = client()) {
      client.executeUpdate("CREATE TEMP TABLE mine AS SELECT 1 AS i");
      client.executeUpdate("SET types = 'strict'");
      String sql =
          "SELECT i, (CASE WHEN i % 2 = 0 THEN 'even' ELSE 'odd' END)::ENUM('odd', 'even') AS e,"
              + " [e] AS l, repeat('x', 400) AS x FROM range("
              + LARGE
              + ") t(i)";
      FlightInfo info = client.execute(sql);
      try (FlightStream first = client.getStream(info.getEndpoints().get(0).getTicket());
          FlightStream second = started(client, client.execute(sql))) {
        assertThat(first.next()).isTrue();
        for (FlightStream stream : List.of(second, first)) {
          assertThat(stream.getDictionaryProvider().getDictionaryIds()).isNotEmpty();
          long id = stream.getDictionaryProvider().getDictionaryIds().iterator().next();
          assertThat(stream.getDictionaryProvider().lookup(id).getVector().getObject(1))
              .hasToString("even");
          assertRest(stream, LARGE);
        }
      }
    }
  }

  @Test
  void polledQuery_makesWayBeforeItIsFetched() throws Exception {
    ClientCookieMiddleware.Factory cookies = new ClientCookieMiddleware.Factory();
    try (FlightClient raw = raw(cookies);
        FlightSqlClient client = new FlightSqlClient(raw(cookies))) {
      client.executeUpdate("CREATE TEMP TABLE mine AS SELECT 1 AS i");
      for (boolean fetched : new boolean[] {true, false}) {
        CommandStatementQuery command =
            CommandStatementQuery.newBuilder().setQuery(LARGE_SQL + ", mine AS m(n)").build();
        PollInfo poll = raw.pollInfo(FlightDescriptor.command(Any.pack(command).toByteArray()));
        assertThat(flight.server().polledQueries()).isEqualTo(1);
        client.executeUpdate("DELETE FROM mine");
        client.executeUpdate("INSERT INTO mine VALUES (2)");
        assertThat(FlightFixture.rows(client, client.execute("FROM mine"))).hasSize(1);
        if (fetched) {
          try (FlightStream stream = started(client, poll.getFlightInfo())) {
            assertThat(FlightFixture.rows(client, client.execute("FROM mine"))).hasSize(1);
            assertRest(stream, LARGE);
          }
        } // else the session's end frees it
      }
    }
    awaitTrue("polled", () -> flight.server().polledQueries() == 0);
  }
}
