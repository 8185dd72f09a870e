package io.flashduck.server.table;

import static org.assertj.core.api.Assertions.assertThat;

import io.flashduck.server.engine.EngineConnection;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Queries see all of a large change or nothing of it, while it is applied too. */
final class ReadersBesideWritesTest {
  private static final int READERS = 4;
  private static final int WRITES = 8;
  private static final long ROWS = 300_000;
  private static final long NEW_ROWS = 100_000;

  @TempDir Path dir;

  @Test
  void query_duringLargeUpserts_seesWholeChanges() throws Exception {
    try (TestFolder folder = new TestFolder(dir)) {
      folder.parquet(
          "t.parquet",
          "SELECT range AS id, 0 AS change, md5(range::VARCHAR) AS x FROM range(200000)");
      folder.open();
      AtomicBoolean written = new AtomicBoolean();
      ExecutorService readers = Executors.newFixedThreadPool(READERS);
      try {
        List<Future<List<Map<Long, Long>>>> torn = new ArrayList<>();
        for (int i = 0; i < READERS; i++) {
          torn.add(readers.submit(reader(folder, written)));
        }
        for (int change = 1; change <= WRITES; change++) {
          folder.upsert("t", rowsOf(change));
        }
        written.set(true);
        for (Future<List<Map<Long, Long>>> each : torn) {
          assertThat(each.get()).isEmpty();
        }
      } finally {
        written.set(true);
        readers.shutdownNow();
      }
      assertThat(counts(folder.db())).isEqualTo(wholeChanges(WRITES));
    }
  }

  /** Each change overwrites what the one before it added last, and adds as many rows again. */
  private static String rowsOf(int change) {
    return "SELECT range AS id, %d AS change, md5(range::VARCHAR || '%1$d') AS x FROM range(%d, %d)"
        .formatted(change, change * NEW_ROWS, change * NEW_ROWS + ROWS);
  }

  private static Map<Long, Long> wholeChanges(long last) {
    Map<Long, Long> counts = new TreeMap<>();
    for (long change = 1; change <= last; change++) {
      counts.put(change, change == last ? ROWS : NEW_ROWS);
    }
    return counts;
  }

  private static Callable<List<Map<Long, Long>>> reader(TestFolder folder, AtomicBoolean stop) {
    return () -> {
      List<Map<Long, Long>> torn = new ArrayList<>();
      while (!stop.get()) {
        Map<Long, Long> seen = counts(folder.db());
        if (!seen.equals(wholeChanges(seen.size()))) {
          torn.add(seen);
        }
      }
      return torn;
    };
  }

  private static Map<Long, Long> counts(Database db) {
    Map<Long, Long> counts = new TreeMap<>();
    try (EngineConnection connection = db.engine().openInternal()) {
      connection.query(
          "SELECT change, count(*) FROM t WHERE change > 0 GROUP BY change",
          row -> counts.put(row.getLong(1), row.getLong(2)));
    }
    return counts;
  }
}
