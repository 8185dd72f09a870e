package io.flashduck.server.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.ipc.ArrowReader;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.Schema;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
final class EngineConnectionTest {
  @TempDir Path folder;
  private EngineFixture fixture;
  private EngineConnection connection;

  @BeforeEach
  void open() {
    fixture = new EngineFixture(folder);
    connection = fixture.engine.openInternal();
  }

  @AfterEach
  void close() {
    connection.close();
    fixture.close();
  }

  @Test
  void update_countsChangedRows() {
    assertThat(connection.update("CREATE TABLE t AS SELECT range AS x FROM range(10)"))
        .isEqualTo(10);
    assertThat(connection.update("DELETE FROM t WHERE x < ?", 3)).isEqualTo(3);
    assertThat(connection.update("UPDATE t SET x = x + 1")).isEqualTo(7);
  }

  @Test
  void inTransaction_failure_rollsBack() {
    connection.execute("CREATE TABLE t(x INTEGER)");
    assertThatThrownBy(
            () ->
                connection.inTransaction(
                    () -> {
                      connection.execute("INSERT INTO t VALUES (1)");
                      throw new IllegalArgumentException("no");
                    }))
        .isInstanceOf(IllegalArgumentException.class);
    assertThat(connection.query("SELECT count(*) FROM t", r -> r.getLong(1))).containsExactly(0L);
    connection.inTransaction(() -> connection.update("INSERT INTO t VALUES (1)"));
    assertThat(connection.query("SELECT count(*) FROM t", r -> r.getLong(1))).containsExactly(1L);
  }

  @Test
  void arrow_streamsBatches() {
    long rows = 0;
    try (ArrowResult result =
        connection.arrow(
            "SELECT range AS i, range::DECIMAL(12,2) AS d FROM range(100000)",
            Parameters.NONE,
            fixture.allocator,
            Engine.BATCH_ROWS)) {
      assertThat(result.schema().findField("d").getMetadata())
          .containsExactlyInAnyOrderEntriesOf(
              Map.of("ARROW:FLIGHT:SQL:PRECISION", "12", "ARROW:FLIGHT:SQL:SCALE", "2"));
      assertThat(result.schema().findField("i").getMetadata()).isEmpty();
      while (result.loadNext()) {
        VectorSchemaRoot root = result.root();
        assertThat(((BigIntVector) root.getVector(0)).get(0)).isEqualTo(rows);
        rows += root.getRowCount();
      }
    }
    assertThat(rows).isEqualTo(100_000);
    assertThat(fixture.allocator.getAllocatedMemory()).isZero();
  }

  @Test
  void arrow_closedEarly_freesAndAllowsTheNextStatement() {
    for (int i = 0; i < 20; i++) {
      try (ArrowResult result =
          connection.arrow(
              "SELECT range FROM range(100000000)", Parameters.NONE, fixture.allocator, 1024)) {
        assertThat(result.loadNext()).isTrue();
      }
      assertThat(fixture.allocator.getAllocatedMemory()).isZero();
    }
    assertThat(connection.query("SELECT 1", r -> r.getInt(1))).containsExactly(1);
  }

  @Test
  void statement_whileAResultIsOpen_isAnError() {
    try (ArrowResult result =
        connection.arrow("SELECT 1", Parameters.NONE, fixture.allocator, 1024)) {
      assertThatThrownBy(() -> connection.execute("SELECT 2"))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("close the previous result");
      assertThat(result.loadNext()).isTrue();
    }
  }

  @Test
  void cancel_duringAnAggregate_stopsIt() throws Exception {
    cancelWhileRunning("SELECT sum(a.range * b.range) FROM range(10000000) a, range(1000000) b");
  }

  @Test
  void cancel_duringAFetch_stopsIt() throws Exception {
    cancelWhileRunning("SELECT range FROM range(1000000000000) WHERE range % 999999937 = 3");
  }

  /** It could wait for its own writers forever; often enough to meet that within these rounds. */
  @Test
  @Timeout(120)
  void cancel_duringACopy_stopsIt() throws Exception {
    connection.execute(
        "CREATE TABLE t AS SELECT range AS i, hash(range) AS h, 'text ' || range AS s"
            + " FROM range(2000000)");
    for (int round = 0; round < 24; round++) {
      Path file = fixture.folder.resolve("data/copy" + round + ".parquet");
      CompletableFuture<Void> copy =
          CompletableFuture.runAsync(
              () ->
                  connection.execute(
                      "COPY t TO '" + file + "' (FORMAT parquet, ROW_GROUP_SIZE 122880)"));
      long written = round * 1_000_000L;
      while (!(Files.exists(file) && Files.size(file) >= written) && !copy.isDone()) {
        Thread.onSpinWait();
      }
      connection.cancel();
      // It was cancelled, or had ended before.
      assertThat(copy.handle((done, failure) -> true).get(30, TimeUnit.SECONDS)).isTrue();
    }
    assertThat(connection.query("SELECT 1", r -> r.getInt(1))).containsExactly(1);
  }

  /**
   * Cancels again and again, because a cancel before the statement has started finds nothing to
   * cancel.
   */
  private void cancelWhileRunning(String sql) throws Exception {
    CountDownLatch stopped = new CountDownLatch(1);
    Thread canceller =
        new Thread(
            () -> {
              try {
                while (!stopped.await(50, TimeUnit.MILLISECONDS)) {
                  connection.cancel(new FlashDuckException(ErrorCode.TIMEOUT, "Too slow"));
                }
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            },
            "canceller");
    canceller.start();
    FlashDuckException failure =
        catchThrowableOfType(
            FlashDuckException.class,
            () -> {
              try (ArrowResult result =
                  connection.arrow(sql, Parameters.NONE, fixture.allocator, 1024)) {
                while (result.loadNext()) {
                  assertThat(result.root().getRowCount()).isPositive();
                }
              }
            });
    stopped.countDown();
    canceller.join();
    assertThat(failure.code()).isEqualTo(ErrorCode.TIMEOUT);
    assertThat(failure).hasMessage("Too slow");
    assertThat(connection.query("SELECT 1", r -> r.getInt(1))).containsExactly(1);
  }

  @Test
  void cancel_betweenFetches_failsTheNextLoad() {
    try (ArrowResult result =
        connection.arrow(
            "SELECT range FROM range(100000000)", Parameters.NONE, fixture.allocator, 1024)) {
      assertThat(result.loadNext()).isTrue();
      result.cancel(EngineErrors.cancelled(null));
      FlashDuckException failure = catchThrowableOfType(FlashDuckException.class, result::loadNext);
      assertThat(failure.code()).isEqualTo(ErrorCode.CANCELLED);
    }
    connection.cancel();
    assertThat(connection.query("SELECT 1", r -> r.getInt(1))).containsExactly(1);
  }

  @Test
  void close_whileAStatementRuns_stopsAndFreesIt() throws Exception {
    EngineConnection other = fixture.engine.openInternal();
    CountDownLatch claimed = new CountDownLatch(1);
    FlashDuckException[] seen = new FlashDuckException[1];
    Thread reader =
        new Thread(
            () -> {
              try (ArrowResult result =
                  other.arrow(
                      "SELECT range FROM range(1000000000000)",
                      Parameters.NONE,
                      fixture.allocator,
                      1024)) {
                claimed.countDown();
                while (result.loadNext()) {
                  assertThat(result.root().getRowCount()).isPositive();
                }
              } catch (FlashDuckException e) {
                seen[0] = e;
              }
            },
            "reader");
    reader.start();
    assertThat(claimed.await(10, TimeUnit.SECONDS)).isTrue();
    other.close();
    reader.join();
    assertThat(seen[0].code()).isEqualTo(ErrorCode.CANCELLED);
  }

  @Test
  void register_readsTheStreamOnceAndFreesIt() {
    try (RegisteredStream source =
        connection.register("source", new Numbers(5), fixture.allocator)) {
      connection.execute("CREATE TABLE t AS SELECT * FROM " + source.name());
    }
    assertThat(connection.query("SELECT sum(id) FROM t", r -> r.getLong(1))).containsExactly(10L);
    assertThat(fixture.allocator.getAllocatedMemory()).isZero();
    assertThatThrownBy(() -> connection.execute("SELECT * FROM source"))
        .isInstanceOfSatisfying(
            FlashDuckException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.NOT_FOUND));
  }

  @Test
  void register_neverRead_isFreed() {
    connection.register("source", new Numbers(5), fixture.allocator).close();
    assertThat(fixture.allocator.getAllocatedMemory()).isZero();
  }

  @Test
  void register_streamThatFails_failsTheStatementAndRollsBack() {
    connection.execute("CREATE TABLE t(id BIGINT)");
    try (RegisteredStream source =
        connection.register("source", new Numbers(-1), fixture.allocator)) {
      assertThatThrownBy(() -> connection.execute("INSERT INTO t SELECT * FROM " + source.name()))
          .hasMessageContaining("out of numbers");
    }
    assertThat(connection.query("SELECT count(*) FROM t", r -> r.getLong(1))).containsExactly(0L);
  }

  @Test
  void failure_beforeTheFirstRow_keepsItsMessageAndPosition() {
    FlashDuckException failure =
        catchThrowableOfType(
            FlashDuckException.class,
            () ->
                connection.arrow(
                    "SELECT sum(('a' || i)::INTEGER)\nFROM range(3) t(i)",
                    Parameters.NONE,
                    fixture.allocator,
                    1024));
    assertThat(failure.code()).isEqualTo(ErrorCode.TYPE_MISMATCH);
    assertThat(failure)
        .hasMessageStartingWith("Conversion Error: Could not convert string 'a0' to INT32")
        .hasMessageContaining("LINE 1: SELECT sum(('a' || i)::INTEGER)")
        .hasMessageEndingWith("^^^^^^^^^");
    assertThatThrownBy(() -> connection.query("SELECT error('boo')", r -> r.getString(1)))
        .hasMessage("Invalid Input Error: boo");
  }

  @Test
  void failure_insideATransaction_keepsItsMessage() {
    connection.begin();
    assertThatThrownBy(() -> connection.query("SELECT error('boo')", r -> r.getString(1)))
        .hasMessage("Invalid Input Error: boo");
    connection.rollback();
  }

  @Test
  void failure_afterTheFirstRows_keepsItsMessage() {
    try (ArrowResult result =
        connection.arrow(
            "SELECT CASE WHEN i = 9000000 THEN error('late') ELSE i END FROM range(10000000) t(i)",
            Parameters.NONE,
            fixture.allocator,
            16_384)) {
      assertThatThrownBy(
              () -> {
                while (result.loadNext()) {
                  assertThat(result.root().getRowCount()).isPositive();
                }
              })
          .isInstanceOf(FlashDuckException.class)
          .hasMessage("Invalid Input Error: late");
    }
    assertThat(connection.query("SELECT 1", r -> r.getInt(1))).containsExactly(1);
  }

  @Test
  void parameters_ofTheWrongNumber_areRefused() {
    assertThatThrownBy(() -> connection.query("SELECT ?::INTEGER", r -> r.getInt(1)))
        .isInstanceOfSatisfying(
            FlashDuckException.class,
            e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_REQUEST));
    assertThat(List.of(1)).hasSize(1);
  }

  /** A stream of 0..n-1 in one batch; a negative n fails on load. */
  private final class Numbers extends ArrowReader {
    private final int count;
    private boolean done;

    Numbers(int count) {
      super(fixture.allocator);
      this.count = count;
    }

    @Override
    public boolean loadNextBatch() throws java.io.IOException {
      prepareLoadNextBatch();
      if (count < 0) {
        throw new java.io.IOException("out of numbers");
      }
      if (done) {
        return false;
      }
      done = true;
      BigIntVector ids = (BigIntVector) getVectorSchemaRoot().getVector(0);
      ids.allocateNew(count);
      for (int i = 0; i < count; i++) {
        ids.set(i, i);
      }
      ids.setValueCount(count);
      getVectorSchemaRoot().setRowCount(count);
      return true;
    }

    @Override
    public long bytesRead() {
      return 0;
    }

    @Override
    protected void closeReadSource() {}

    @Override
    protected Schema readSchema() {
      return new Schema(List.of(Field.nullable("id", new ArrowType.Int(64, true))));
    }
  }
}
