package io.flashduck.server.table;

import static org.assertj.core.api.Assertions.assertThat;

import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Each step of a fold fails, alone or as a crash, before or after it is done: no write is lost, and
 * the next fold succeeds. {@code -Dflashduck.foldFaults=all} takes every step, a build some.
 */
final class FoldFaultTest {
  private static final boolean ALL = "all".equals(System.getProperty("flashduck.foldFaults"));
  private static final int STRIDE = 12;
  private static final String TABLES =
      "SELECT (SELECT count(*) || '/' || sum(length(v)) || '/' || sum(id) FROM t),"
          + " (SELECT string_agg(a || b, ',' ORDER BY a) FROM n)";

  @TempDir private Path dir;
  private final FoldFiles files = new FoldFiles();
  private TestFolder folder;
  private int writes;

  @BeforeEach
  void open() {
    folder = new TestFolder(dir).with("queue.segment-bytes", "64KiB").files(files);
    folder.text("n.csv", "a,b", "x,1", "y,2");
    folder.open();
    folder.run("CREATE TABLE t (id BIGINT PRIMARY KEY, v VARCHAR)");
  }

  @AfterEach
  void close() {
    files.heal();
    folder.close();
  }

  /** More than a segment. */
  private void write() {
    writes++;
    for (int i = 0; i < 2; i++) {
      folder.upsert(
          "t",
          "SELECT (j * "
              + writes
              + ")::BIGINT AS id, repeat('x', 200 + "
              + writes
              + ") AS v FROM range(300) r(j)");
    }
    folder.run("DELETE FROM t WHERE id % 7 = 1");
    folder.append("n", "SELECT 'w" + writes + "' AS a, " + writes + "::BIGINT AS b");
    folder.run("UPDATE n SET b = b + 1 WHERE a < 'w5'");
  }

  private Optional<ErrorCode> fold() {
    try {
      folder.db().fold();
      return Optional.empty();
    } catch (FlashDuckException e) {
      return Optional.of(e.code());
    }
  }

  private void rebuild() {
    folder.stop();
    folder.deleteCache();
    folder.open();
  }

  /** Returns false if the fold has not so many steps. */
  private boolean step(long number, boolean crash, boolean after) {
    String where = "step " + number + (crash ? ", crash" : ", error") + (after ? ", after" : "");
    write();
    List<String> expected = folder.rows(TABLES);
    files.fail(number, crash, after);
    Optional<ErrorCode> failure = fold();
    if (crash) {
      folder.stop();
    }
    boolean failed = files.heal();
    if (crash) {
      folder.deleteCache();
      folder.open();
    } else {
      assertThat(folder.rows(TABLES)).as(where).isEqualTo(expected);
      if (failure.isPresent() && failure.get() != ErrorCode.COMMIT_UNKNOWN) {
        assertThat(fold()).as(where).isEmpty();
      }
      rebuild();
    }
    assertThat(folder.rows(TABLES)).as(where).isEqualTo(expected);
    assertThat(fold()).as(where).isEmpty();
    assertThat(folder.db().status().queue().segments()).as(where).isLessThanOrEqualTo(2);
    return failed;
  }

  private void everyStep(boolean crash, boolean after) {
    List<Long> failed = new ArrayList<>();
    long first = ALL ? 1 : 1 + ThreadLocalRandom.current().nextInt(STRIDE);
    for (long number = first; step(number, crash, after); number += ALL ? 1 : STRIDE) {
      failed.add(number);
    }
    assertThat(failed).hasSizeGreaterThan(ALL ? 25 : 1);
    rebuild();
  }

  @Test
  void crashBeforeAnyStep_losesNothing() {
    everyStep(true, false);
  }

  @Test
  void crashAfterAnyStep_losesNothing() {
    everyStep(true, true);
  }

  @Test
  void errorOfAnyStep_losesNothing_andTheNextFoldSucceeds() {
    everyStep(false, ThreadLocalRandom.current().nextBoolean());
  }
}
