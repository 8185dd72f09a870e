package io.flashduck.server.table;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A table that is larger than the memory of DuckDB loads, is sorted, grouped, joined, changed and
 * consolidated, with the state folder's {@code tmp} for what does not fit.
 *
 * <p>{@code -Dflashduck.big-rows=50000000} makes it so large; a row is about 100 bytes.
 */
final class BiggerThanMemoryTest {
  private static final int ROWS = Integer.getInteger("flashduck.big-rows", 2_000_000);

  @TempDir Path dir;

  @Test
  void tableLargerThanTheMemoryLimit_isLoadedQueriedChangedAndConsolidated() {
    try (TestFolder folder = new TestFolder(dir)) {
      folder.with("engine.memory-limit", "128MiB").with("export.policy", "debounce");
      folder.with("export.debounce", "1h");
      folder.sql("SET memory_limit = '512MB'");
      folder.parquet(
          "big.parquet",
          "SELECT i AS id, hash(i) AS h, md5(i::VARCHAR) || md5((i + 1)::VARCHAR) AS text, i % 1000"
              + " AS g, i * 0.5 AS x FROM range("
              + ROWS
              + ") t(i)");
      folder.open();
      assertThat(folder.db().catalog().table(TestFolder.name("big")).orElseThrow().key())
          .isPresent();
      assertThat(folder.rows("SELECT count(*), count(DISTINCT id), sum(g) FROM big"))
          .containsExactly(ROWS + "|" + ROWS + "|" + (ROWS / 1000 * 499_500L));
      assertThat(
              spilling(
                  "SELECT count(*) FROM (SELECT text, lag(text) OVER (ORDER BY text) AS before FROM"
                      + " big) WHERE text < before",
                  folder))
          .containsExactly("0");
      assertThat(
              spilling(
                  "SELECT count(*), max(n) FROM (SELECT text, count(*) AS n FROM big GROUP BY"
                      + " text)",
                  folder))
          .containsExactly(ROWS + "|1");
      assertThat(
              spilling(
                  "SELECT count(*), sum(a.g - b.g) FROM big a JOIN big b USING (text)", folder))
          .containsExactly(ROWS + "|0");
      folder.run("UPDATE big SET x = -1 WHERE g = 7");
      assertThat(folder.rows("SELECT count(*) FROM big WHERE x = -1"))
          .containsExactly(String.valueOf(ROWS / 1000));
      assertThat(folder.db().export(TestFolder.name("big")).join().rows()).isEqualTo(ROWS);
      assertThat(folder.db().verify(TestFolder.name("big")).problems()).isEmpty();
    }
  }

  /** Runs a query of which the memory cannot hold all. */
  private List<String> spilling(String query, TestFolder folder) {
    CompletableFuture<List<String>> rows = CompletableFuture.supplyAsync(() -> folder.rows(query));
    boolean spilled = false;
    while (!rows.isDone() && !spilled) {
      spilled = hasTemporaryFiles();
      Thread.onSpinWait();
    }
    List<String> result = rows.join();
    assertThat(spilled).as("files in tmp during %s", query).isTrue();
    return result;
  }

  private boolean hasTemporaryFiles() {
    try (Stream<Path> files = Files.walk(dir.resolve(".flashduck/tmp"))) {
      return files.anyMatch(Files::isRegularFile);
    } catch (IOException | java.io.UncheckedIOException e) {
      return false; // not there yet, or going away
    }
  }
}
