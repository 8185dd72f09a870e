package io.flashduck.server.flight;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import org.apache.arrow.flight.CancelFlightInfoRequest;
import org.apache.arrow.flight.FlightClient;
import org.apache.arrow.flight.FlightInfo;
import org.apache.arrow.flight.FlightRuntimeException;
import org.apache.arrow.flight.FlightStatusCode;
import org.apache.arrow.flight.FlightStream;
import org.apache.arrow.flight.Location;
import org.apache.arrow.flight.client.ClientCookieMiddleware;
import org.apache.arrow.flight.sql.FlightSqlClient;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Cancels that come when a stream begins, ends or is closed: the stream is whole or cancelled, and
 * the next statement on the same connection to DuckDB is not hit. Closing the server fails on a
 * leak.
 */
@SuppressWarnings("try") // Arrow's clients say that closing them can be interrupted
class CancelRaceTest {
  private static final int ROUNDS = 150;
  private static final int ROWS = 6_000;
  private static final String SQL = "SELECT i FROM range(" + ROWS + ") t(i)";

  @TempDir private static Path folder;
  private static FlightFixture flight;

  private final Random random = new Random(20261120);

  @BeforeAll
  static void serve() {
    flight = new FlightFixture(folder, Map.of());
  }

  @AfterAll
  static void stop() {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (flight.database().engine().readPool().active() > 0) {
      assertThat(System.nanoTime() - deadline).isNegative();
      Thread.onSpinWait();
    }
    assertThat(flight.server().activeQueries()).isEmpty();
    assertThat(flight.server().transactions()).isZero();
    flight.close();
  }

  /** How a client cancels. */
  @FunctionalInterface
  private interface Cancel {
    void cancel(FlightSqlClient client, FlightInfo info, FlightStream stream);
  }

  private static void byAction(FlightSqlClient client, FlightInfo info, FlightStream stream) {
    assertThat(client.cancelFlightInfo(new CancelFlightInfoRequest(info)).getStatus()).isNotNull();
  }

  private static void byCall(FlightSqlClient client, FlightInfo info, FlightStream stream) {
    stream.cancel("enough", null);
  }

  /** Reads a stream while somebody cancels it after about as long as it takes. */
  private void race(FlightSqlClient client, FlightInfo info, Cancel cancel) throws Exception {
    int spins = random.nextInt(4) == 0 ? 0 : random.nextInt(2_000_000);
    CyclicBarrier both = new CyclicBarrier(2);
    try (FlightStream stream = client.getStream(info.getEndpoints().get(0).getTicket())) {
      CompletableFuture<Void> cancelled =
          CompletableFuture.runAsync(
              () -> {
                await(both);
                for (int i = 0; i < spins; i++) {
                  Thread.onSpinWait();
                }
                cancel.cancel(client, info, stream);
              });
      await(both);
      try {
        long rows = 0;
        while (stream.next()) {
          rows += stream.getRoot().getRowCount();
        }
        assertThat(rows).isEqualTo(ROWS);
      } catch (FlightRuntimeException e) {
        assertThat(e.status().code()).as("%s", e).isEqualTo(FlightStatusCode.CANCELLED);
      }
      cancelled.orTimeout(60, TimeUnit.SECONDS).join();
    }
  }

  private static void await(CyclicBarrier barrier) {
    try {
      int unused = barrier.await(60, TimeUnit.SECONDS);
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void cancel_whileAStreamEnds_cancelsNothingElse() throws Exception {
    try (FlightSqlClient client = new FlightSqlClient(flight.client())) {
      for (int i = 0; i < ROUNDS; i++) {
        race(client, client.execute(SQL), cancel(i));
        assertThat(FlightFixture.rows(client, client.execute("SELECT 42")))
            .containsExactly(List.of("42"));
      }
    }
  }

  private static FlightSqlClient clientWithASession() {
    return new FlightSqlClient(
        FlightClient.builder(
                flight.allocator(), Location.forGrpcInsecure("127.0.0.1", flight.server().port()))
            .intercept(new ClientCookieMiddleware.Factory())
            .build());
  }

  @Test
  void cancel_whileAStreamOfASessionEnds_leavesItsConnection() throws Exception {
    try (FlightSqlClient client = clientWithASession()) {
      client.executeUpdate("CREATE TEMP TABLE mine AS SELECT 42");
      for (int i = 0; i < ROUNDS; i++) {
        race(client, client.execute(SQL), cancel(i));
        assertThat(FlightFixture.rows(client, client.execute("FROM mine")))
            .containsExactly(List.of("42"));
      }
    }
  }

  /** Each round cancels a result just when another statement wants its connection. */
  @Test
  void cancel_whileAnotherStatementWantsTheConnection_hitsOnlyTheResult() throws Exception {
    try (FlightSqlClient client = clientWithASession()) {
      client.executeUpdate("CREATE TEMP TABLE mine AS SELECT 0 AS i");
      for (int i = 0; i < ROUNDS / 3; i++) {
        CompletableFuture<Long> update = new CompletableFuture<>();
        Cancel both = cancel(i);
        race(
            client,
            client.execute(SQL),
            (same, info, stream) -> {
              CompletableFuture<Void> ignored =
                  update
                      .completeAsync(() -> same.executeUpdate("UPDATE mine SET i = i + 1"))
                      .thenAccept(rows -> {});
              both.cancel(same, info, stream);
              assertThat(ignored.isCompletedExceptionally()).isFalse();
            });
        assertThat(update.orTimeout(60, TimeUnit.SECONDS).join()).isEqualTo(1);
      }
      assertThat(FlightFixture.rows(client, client.execute("FROM mine")))
          .containsExactly(List.of(String.valueOf(ROUNDS / 3)));
    }
  }

  private static Cancel cancel(int round) {
    return round % 2 == 0 ? CancelRaceTest::byAction : CancelRaceTest::byCall;
  }
}
