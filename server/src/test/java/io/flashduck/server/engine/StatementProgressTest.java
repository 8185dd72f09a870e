package io.flashduck.server.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flashduck.server.error.FlashDuckException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Progress that other threads ask for, while statements begin, run, fail and are closed. */
@Timeout(60)
final class StatementProgressTest {
  private static final int CONNECTIONS = 10;

  @TempDir Path folder;
  private EngineFixture fixture;

  @BeforeEach
  void open() {
    fixture = new EngineFixture(folder);
  }

  @AfterEach
  void close() {
    fixture.close();
  }

  @Test
  void progress_ofAnUpdate_growsAndEnds() {
    try (EngineConnection connection = fixture.engine.openInternal()) {
      connection.execute("CREATE TABLE source AS SELECT range AS x FROM range(2000000)");
      connection.trackProgress(true);
      assertThat(connection.progress()).isEmpty();
      List<Double> seen = new ArrayList<>();
      while (seen.stream().noneMatch(share -> share > 0 && share < 1)) {
        seen.clear();
        CompletableFuture<?> work =
            CompletableFuture.runAsync(
                () -> connection.execute("CREATE OR REPLACE TABLE t AS SELECT sin(x) FROM source"));
        while (!work.isDone()) {
          connection.progress().ifPresent(seen::add);
        }
        work.join();
        assertThat(connection.progress()).isEmpty();
      }
      assertThat(seen).isSorted().allMatch(share -> share >= 0 && share <= 1);
    }
  }

  @Test
  void progress_untracked_isUnknown() {
    try (EngineConnection connection = fixture.engine.openInternal()) {
      CompletableFuture<?> work =
          CompletableFuture.runAsync(
              () -> connection.execute("CREATE TABLE t AS SELECT range AS x FROM range(1000000)"));
      while (!work.isDone()) {
        assertThat(connection.progress()).isEmpty();
      }
      work.join();
    }
  }

  @Test
  void progress_besideTheEndOfStatementsAndConnections_isHarmless() {
    for (int i = 0; i < CONNECTIONS; i++) {
      EngineConnection connection = fixture.engine.openInternal();
      connection.trackProgress(true);
      AtomicBoolean over = new AtomicBoolean();
      AtomicLong asked = new AtomicLong();
      CompletableFuture<?> asker =
          CompletableFuture.runAsync(
              () -> {
                while (!over.get()) {
                  connection.progress();
                  asked.incrementAndGet();
                }
              });
      for (int n = 0; n < 2; n++) {
        connection.update("CREATE OR REPLACE TABLE t AS SELECT range AS x FROM range(?)", 5000);
        connection.execute("INSERT INTO t SELECT x FROM t");
        assertThatThrownBy(() -> connection.execute("INSERT INTO t SELECT error('no') FROM t"))
            .isInstanceOf(FlashDuckException.class);
        drain(connection);
      }
      connection.close();
      over.set(true);
      asker.join();
      assertThat(connection.progress()).isEmpty();
      assertThat(asked).hasPositiveValue();
    }
  }

  private void drain(EngineConnection connection) {
    try (ArrowResult result =
        connection.arrow("SELECT x FROM t", Parameters.NONE, fixture.allocator, 4000)) {
      while (result.loadNext()) {
        assertThat(result.root().getRowCount()).isPositive();
      }
    }
  }
}
