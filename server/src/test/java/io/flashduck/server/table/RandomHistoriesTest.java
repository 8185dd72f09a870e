package io.flashduck.server.table;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/**
 * The invariant that everything rests on, over thousands of random histories: after any sequence of
 * changes of files, writes, restarts, kills and deletions of the cache, tables and consolidated
 * files equal those that a plain query makes out of the files and the accepted writes.
 *
 * <p>{@code -Dflashduck.random-histories=100000} runs so many, {@code -Dflashduck.seed=N} begins
 * with another seed. A failure names the seed of its batch, which belongs into {@link #KEPT}.
 */
final class RandomHistoriesTest {
  private static final int TABLES = 40;
  private static final int ROUNDS = 5;
  private static final int KEPT_ROUNDS = 8;
  private static final int THREADS = 2;

  /**
   * Seeds that failed once. 1, 201 and 300: text with fractions in a column that Parquet files know
   * as a whole number was rounded.
   */
  private static final List<Long> KEPT = List.of(1L, 201L, 300L);

  private static final Logger LOG = (Logger) LoggerFactory.getLogger("io.flashduck");
  private static Level before = Level.INFO;

  @BeforeAll
  static void quiet() {
    before = LOG.getEffectiveLevel();
    LOG.setLevel(Level.ERROR);
  }

  @AfterAll
  static void asBefore() {
    LOG.setLevel(before);
  }

  @Test
  void tablesAndFiles_afterAnyHistory_equalTheModel() throws Exception {
    int histories = Integer.getInteger("flashduck.random-histories", 2_000);
    long first = Long.getLong("flashduck.seed", System.nanoTime() / 1_000_000 * 1_000_000);
    List<Long> seeds = new ArrayList<>();
    for (int i = 0; i < histories; i += TABLES) {
      seeds.add(first + i / TABLES);
    }
    long started = System.nanoTime();
    ExecutorService threads = Executors.newFixedThreadPool(THREADS);
    try {
      List<Future<Void>> runs = new ArrayList<>();
      KEPT.forEach(seed -> runs.add(threads.submit(batch(seed, KEPT_ROUNDS))));
      seeds.forEach(seed -> runs.add(threads.submit(batch(seed, ROUNDS))));
      for (Future<Void> run : runs) {
        run.get(1, TimeUnit.HOURS);
      }
    } finally {
      threads.shutdownNow();
      threads.awaitTermination(1, TimeUnit.MINUTES);
    }
    System.out.printf(
        "%d histories from seed %d in %d s%n",
        seeds.size() * TABLES, first, (System.nanoTime() - started) / 1_000_000_000);
  }

  private static Callable<Void> batch(long seed, int rounds) {
    return () -> {
      run(seed, rounds);
      return null;
    };
  }

  private static void run(long seed, int rounds) throws IOException {
    Path dir = Files.createTempDirectory("flashduck-histories").toRealPath();
    try (HistoryBatch batch = new HistoryBatch(dir, seed, TABLES)) {
      for (int round = 0; round < rounds; round++) {
        batch.round();
      }
    } catch (Exception | AssertionError e) {
      throw new AssertionError("seed " + seed + ": " + e.getMessage(), e);
    } finally {
      CrashImage.delete(dir);
    }
  }
}
