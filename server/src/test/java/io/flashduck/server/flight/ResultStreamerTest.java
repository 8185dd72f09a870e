package io.flashduck.server.flight;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flashduck.server.config.QueryConfig;
import io.flashduck.server.config.ServerConfig;
import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import io.grpc.ServerInterceptors;
import io.grpc.ServerServiceDefinition;
import io.grpc.netty.NettyServerBuilder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.apache.arrow.flight.FlightClient;
import org.apache.arrow.flight.FlightGrpcUtils;
import org.apache.arrow.flight.FlightRuntimeException;
import org.apache.arrow.flight.FlightServer;
import org.apache.arrow.flight.FlightStatusCode;
import org.apache.arrow.flight.FlightStream;
import org.apache.arrow.flight.Location;
import org.apache.arrow.flight.NoOpFlightProducer;
import org.apache.arrow.flight.Ticket;
import org.apache.arrow.flight.auth.ServerAuthHandler;
import org.apache.arrow.flight.grpc.ServerBackpressureThresholdInterceptor;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.types.Types.MinorType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.Schema;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Streams over real gRPC; only the rows are made up, so that they can be slow and fail. */
@SuppressWarnings("try") // Arrow's streams say that closing them can be interrupted
class ResultStreamerTest {
  @TempDir private Path folder;
  private final BufferAllocator allocator = new RootAllocator();
  private @Nullable Serving serving;

  @AfterEach
  void closeWithoutLeaks() throws Exception {
    if (serving != null) {
      serving.close();
    }
    allocator.close(); // throws if a buffer leaked
  }

  @Test
  void stream_manyBatches_arriveInOrder() throws Exception {
    Serving server = serve(new NumberRows(1000, 100), limits(Duration.ZERO));
    try (FlightStream stream = server.get()) {
      assertThat(stream.getSchema()).isEqualTo(NumberRows.SCHEMA);
      long next = 0;
      while (stream.next()) {
        BigIntVector numbers = (BigIntVector) stream.getRoot().getVector(0);
        for (int row = 0; row < numbers.getValueCount(); row++) {
          assertThat(numbers.get(row)).isEqualTo(next++);
        }
      }
      assertThat(next).isEqualTo(100_000);
    }
    assertThat(server.rows.closed.getCount()).isZero();
  }

  @Test
  void stream_statementThatRunsLong_sendsItsSchemaFirst() throws Exception {
    NumberRows rows = new NumberRows(1, 1);
    CountDownLatch mayOpen = new CountDownLatch(1);
    rows.beforeOpen = () -> await(mayOpen);
    Serving server = serve(rows, limits(Duration.ZERO));
    try (FlightStream stream = server.get()) {
      assertThat(stream.getSchema()).isEqualTo(NumberRows.SCHEMA);
      mayOpen.countDown();
      assertThat(stream.next()).isTrue();
    }
  }

  @Test
  void stream_clientThatDoesNotRead_isNotFedBeyondTheThreshold() throws Exception {
    NumberRows rows = new NumberRows(100_000, 10_000); // 8 GB if it were not held back
    Serving server = serve(rows, limits(Duration.ZERO));
    try (FlightStream stream = server.get()) {
      assertThat(stream.next()).isTrue();
      awaitTrue(() -> server.streamer.idleWorkers() && rows.loaded.get() > 0);
      assertThat(rows.loaded.get()).isLessThan(1000); // 80 MB: windows, buffers of both sides
      for (int i = 0; i < 2000; i++) {
        assertThat(stream.next()).isTrue();
      }
      stream.cancel("enough", null);
    }
    assertThat(rows.closed.await(10, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void stream_clientCancelsWhileTheStatementRuns_cancelsIt() throws Exception {
    NumberRows rows = new NumberRows(1, 1);
    CountDownLatch running = new CountDownLatch(1);
    rows.beforeOpen =
        () -> {
          running.countDown();
          await(rows.cancelled);
        };
    Serving server = serve(rows, limits(Duration.ZERO));
    try (FlightStream stream = server.get()) {
      running.await();
      stream.cancel("no longer wanted", null);
    }
    assertThat(rows.closed.await(10, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void stream_statementOverItsLimit_endsWithTimeout() throws Exception {
    NumberRows rows = new NumberRows(1, 1);
    rows.beforeOpen = () -> await(rows.cancelled);
    Serving server = serve(rows, limits(Duration.ofMillis(200)));
    try (FlightStream stream = server.get()) {
      assertThatThrownBy(stream::next)
          .isInstanceOfSatisfying(
              FlightRuntimeException.class,
              e -> assertThat(e.status().code()).isEqualTo(FlightStatusCode.TIMED_OUT))
          .hasMessageContaining("limit of PT0.2S");
    }
  }

  @Test
  void stream_clientThatStalls_isDroppedAndFreesTheStatement() throws Exception {
    NumberRows rows = new NumberRows(100_000, 10_000);
    QueryConfig limits =
        new QueryConfig(
            Duration.ZERO, 4, 1 << 20, Duration.ofMillis(300), limits(Duration.ZERO).sessions());
    Serving server = serve(rows, limits);
    try (FlightStream stream = server.get()) {
      assertThat(stream.next()).isTrue();
      assertThat(rows.closed.await(10, TimeUnit.SECONDS)).isTrue();
      assertThatThrownBy(
              () -> {
                while (stream.next()) {
                  assertThat(stream.getRoot().getRowCount()).isPositive();
                }
              })
          .isInstanceOf(FlightRuntimeException.class);
    }
  }

  @Test
  void stream_failureAfterSomeBatches_endsWithItsStatus() throws Exception {
    NumberRows rows = new NumberRows(5, 10);
    rows.failAtEnd = new FlashDuckException(ErrorCode.CONFLICT, "overtaken");
    Serving server = serve(rows, limits(Duration.ZERO));
    try (FlightStream stream = server.get()) {
      for (int i = 0; i < 5; i++) {
        assertThat(stream.next()).isTrue();
      }
      assertThatThrownBy(stream::next).hasMessageContaining("overtaken");
    }
  }

  @Test
  void stream_batchAboveTheMessageLimit_isSplitInOrder() throws Exception {
    WideRows rows = new WideRows();
    Serving server = serve(rows, limits(Duration.ZERO));
    try (FlightStream stream = server.get()) {
      int row = 0;
      int batches = 0;
      while (stream.next()) {
        VarCharVector texts = (VarCharVector) stream.getRoot().getVector(0);
        assertThat(texts.getBufferSize()).isLessThan(16 * 1024 * 1024);
        for (int i = 0; i < texts.getValueCount(); i++) {
          assertThat(texts.get(i)).isEqualTo(WideRows.text(row++));
        }
        batches++;
      }
      assertThat(row).isEqualTo(WideRows.ROWS);
      assertThat(batches).isGreaterThan(3);
    }
  }

  @Test
  void cancel_ofAnActiveStream_endsItWithTheReason() throws Exception {
    NumberRows rows = new NumberRows(100_000, 10_000);
    Serving server = serve(rows, limits(Duration.ZERO));
    try (FlightStream stream = server.get()) {
      assertThat(stream.next()).isTrue();
      FlashDuckException reason = new FlashDuckException(ErrorCode.CANCELLED, "by the admin");
      assertThat(server.streamer.activeQueries())
          .extracting(ActiveQuery::sql)
          .containsExactly("SELECT n");
      assertThat(server.streamer.cancel("q1", reason)).isTrue();
      assertThatThrownBy(
              () -> {
                while (stream.next()) {
                  assertThat(stream.getRoot().getRowCount()).isPositive();
                }
              })
          .hasMessageContaining("by the admin");
    }
  }

  @Test
  void cancel_beforeTheFetch_refusesIt() throws Exception {
    NumberRows rows = new NumberRows(1, 1);
    Serving server = serve(rows, limits(Duration.ZERO));
    server.streamer.cancel("q1", new FlashDuckException(ErrorCode.CANCELLED, "no"));
    try (FlightStream stream = server.get()) {
      assertThatThrownBy(stream::next).hasMessageContaining("cancelled");
    }
    assertThat(rows.loaded.get()).isZero();
  }

  private Serving serve(TestRows rows, QueryConfig limits) throws Exception {
    Serving started = new Serving(allocator, rows, limits, folder);
    serving = started;
    return started;
  }

  private QueryConfig limits(Duration timeout) {
    QueryConfig defaults = ServerConfig.ofData(folder).query();
    return new QueryConfig(timeout, 4, 1 << 20, Duration.ofMinutes(5), defaults.sessions());
  }

  private static void await(CountDownLatch latch) {
    try {
      assertThat(latch.await(20, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private static void awaitTrue(BooleanSupplier condition) {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).isLessThan(deadline);
      Thread.onSpinWait();
    }
  }

  /** A Flight server whose every ticket yields the same rows. */
  private static final class Serving implements AutoCloseable {
    private final BufferAllocator server;
    private final BufferAllocator client;
    private final Watchdog watchdog = Watchdog.start();
    private final ResultStreamer streamer;
    private final FlightServer flight;
    private final FlightClient caller;
    private final TestRows rows;

    Serving(BufferAllocator parent, TestRows rows, QueryConfig limits, Path folder)
        throws Exception {
      this.rows = rows;
      server = parent.newChildAllocator("server", 0, Long.MAX_VALUE);
      client = parent.newChildAllocator("client", 0, Long.MAX_VALUE);
      FlightSettings settings =
          new FlightSettings(
              ServerConfig.ofData(folder).network(),
              limits,
              folder,
              FlightSettings.Bounds.DEFAULTS);
      streamer = ResultStreamer.start(server, watchdog, settings);
      NoOpFlightProducer producer =
          new NoOpFlightProducer() {
            @Override
            public void getStream(
                CallContext context, Ticket ticket, ServerStreamListener listener) {
              streamer.stream(
                  new IdentifiedRows("q1", "ada", "SELECT n", rows), listener, () -> false);
            }
          };
      flight =
          FlightServer.builder(server, Location.forGrpcInsecure("127.0.0.1", 0), producer)
              .transportHint("grpc.builderConsumer", withOwnDoGet(producer))
              .build()
              .start();
      caller =
          FlightClient.builder(client, Location.forGrpcInsecure("127.0.0.1", flight.getPort()))
              .build();
    }

    @SuppressWarnings("deprecation") // Arrow's service wants an authentication handler all the same
    private Consumer<NettyServerBuilder> withOwnDoGet(NoOpFlightProducer producer) {
      ServerServiceDefinition arrows =
          FlightGrpcUtils.createFlightService(
                  server, producer, ServerAuthHandler.NO_OP, ForkJoinPool.commonPool())
              .bindService();
      return builder ->
          builder.addService(
              ServerInterceptors.intercept(
                  ResultService.replace(arrows, producer),
                  new ServerBackpressureThresholdInterceptor(2 * 1024 * 1024)));
    }

    FlightStream get() {
      return caller.getStream(new Ticket("t".getBytes(StandardCharsets.UTF_8)));
    }

    @Override
    public void close() throws Exception {
      caller.close();
      streamer.close();
      flight.close();
      watchdog.close();
      client.close();
      server.close();
    }
  }

  /** Rows that tell what happened to them. */
  private abstract static class TestRows implements LoadedRows {
    final CountDownLatch closed = new CountDownLatch(1);
    final CountDownLatch cancelled = new CountDownLatch(1);
    final AtomicInteger loaded = new AtomicInteger();
    volatile @Nullable FlashDuckException reason;
    @Nullable VectorSchemaRoot batch;

    @Override
    public VectorSchemaRoot root() {
      if (batch == null) {
        throw new IllegalStateException();
      }
      return batch;
    }

    @Override
    public void cancel(FlashDuckException why) {
      reason = why;
      cancelled.countDown();
    }

    @Override
    public void close() {
      if (batch != null) {
        batch.close();
      }
      closed.countDown();
    }

    void failIfCancelled() {
      FlashDuckException why = reason;
      if (why != null) {
        throw why;
      }
    }
  }

  private static final class NumberRows extends TestRows {
    static final Schema SCHEMA =
        new Schema(List.of(Field.nullable("n", MinorType.BIGINT.getType())));
    private final int batches;
    private final int batchRows;
    Runnable beforeOpen = () -> {};
    @Nullable FlashDuckException failAtEnd;
    private long next;

    NumberRows(int batches, int batchRows) {
      this.batches = batches;
      this.batchRows = batchRows;
    }

    @Override
    public Schema schema() {
      return SCHEMA;
    }

    @Override
    public void open(BufferAllocator allocator) {
      beforeOpen.run();
      failIfCancelled();
      batch = VectorSchemaRoot.create(SCHEMA, allocator);
    }

    @Override
    public boolean loadNext() {
      failIfCancelled();
      if (loaded.get() == batches) {
        if (failAtEnd != null) {
          throw failAtEnd;
        }
        return false;
      }
      loaded.incrementAndGet();
      root().clear(); // new buffers: the ones before may still be on their way
      BigIntVector numbers = (BigIntVector) root().getVector(0);
      numbers.allocateNew(batchRows);
      for (int row = 0; row < batchRows; row++) {
        numbers.set(row, next++);
      }
      root().setRowCount(batchRows);
      return true;
    }
  }

  private static final class WideRows extends TestRows {
    static final int ROWS = 60;

    static byte[] text(int row) {
      return String.valueOf((char) ('a' + row % 26))
          .repeat(1 << 20)
          .getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public Schema schema() {
      return new Schema(List.of(Field.nullable("t", MinorType.VARCHAR.getType())));
    }

    @Override
    public void open(BufferAllocator allocator) {
      batch = VectorSchemaRoot.create(schema(), allocator);
    }

    @Override
    public boolean loadNext() {
      if (loaded.getAndIncrement() > 0) {
        return false;
      }
      VarCharVector texts = (VarCharVector) root().getVector(0);
      for (int row = 0; row < ROWS; row++) {
        texts.setSafe(row, text(row));
      }
      root().setRowCount(ROWS);
      return true;
    }
  }
}
