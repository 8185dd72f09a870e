package io.flashduck.server.table;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flashduck.server.engine.ClientConnection;
import io.flashduck.server.engine.Parameters;
import io.flashduck.server.engine.StatementDescription;
import io.flashduck.server.engine.live.Viewer;
import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code flashduck.changes('t', since => n)} is the list of what writes changed. */
final class ChangesTest {
  private static final String CHANGES = "SELECT _op, _sequence, id, v FROM flashduck.changes('t'";

  @TempDir private Path dir;
  private TestFolder folder;

  @BeforeEach
  void open() {
    folder = new TestFolder(dir).with("queue.segment-bytes", "64KiB");
    folder.open();
    folder.run("CREATE TABLE t (id BIGINT PRIMARY KEY, v VARCHAR)");
  }

  @AfterEach
  void close() {
    folder.close();
  }

  private List<String> read(String sql) {
    try (ClientConnection client = folder.db().engine().openClient()) {
      StatementDescription description =
          client.describe(sql, folder.db().catalog().schemaVersion());
      client.show(description, new Viewer("me", false));
      return ClientReads.rows(client, description, Parameters.NONE, folder.allocator());
    }
  }

  private FlashDuckException failure(String sql) {
    try {
      read(sql);
    } catch (FlashDuckException e) {
      return e;
    }
    throw new AssertionError("Expected a failure of " + sql);
  }

  /** Writes at random, with folds, restarts and questions in between; the list is the model's. */
  @Test
  void changes_afterAnyWrites_areTheListOfThem() {
    Random random = new Random(System.nanoTime());
    List<String> expected = new ArrayList<>();
    expected.add("create|1|null|null");
    for (int i = 0; i < 60; i++) {
      int id = random.nextInt(8);
      switch (random.nextInt(12)) {
        case 0, 1, 2, 3 -> {
          WriteAck ack =
              folder.upsert(
                  "t",
                  "SELECT "
                      + id
                      + "::BIGINT AS id, 'v"
                      + i
                      + "' AS v UNION ALL"
                      + " SELECT "
                      + (id + 10)
                      + ", NULL");
          expected.add("upsert|" + ack.sequence() + "|" + id + "|v" + i);
          expected.add("upsert|" + ack.sequence() + "|" + (id + 10) + "|null");
        }
        case 4, 5 -> {
          WriteAck ack = folder.delete("t", "SELECT " + id + "::BIGINT AS id");
          expected.add("delete|" + ack.sequence() + "|" + id + "|null");
        }
        case 6 -> {
          SqlResult result = folder.run("INSERT OR REPLACE INTO t VALUES (" + id + ", 'sql')");
          expected.add("upsert|" + result.ack().sequence() + "|" + id + "|sql");
        }
        case 7 -> {
          if (random.nextInt(3) == 0) {
            SqlResult result = folder.run("TRUNCATE t");
            expected.add("replace|" + result.ack().sequence() + "|null|null");
          }
        }
        case 8 -> folder.db().fold();
        case 9 -> {
          folder.stop();
          if (random.nextBoolean()) {
            folder.deleteCache();
          }
          folder.open();
        }
        default -> {
          long last = folder.db().catalog().sequence();
          long since = random.nextInt((int) last + 1);
          assertThat(read(CHANGES + ", since => " + since + ")"))
              .isEqualTo(
                  expected.stream()
                      .filter(row -> Long.parseLong(row.split("\\|", -1)[1]) > since)
                      .toList());
        }
      }
    }
    assertThat(read(CHANGES + ")")).isEqualTo(expected);
    assertThat(folder.db().status().folding().historyFiles()).isLessThan(12);
  }

  @Test
  void columns_areThoseOfTheTable_behindWhatTheWriteWas() {
    folder.run("INSERT INTO t VALUES (1, 'a')");
    assertThat(
            read(
                "SELECT column_name || ' ' || column_type FROM (DESCRIBE FROM"
                    + " flashduck.changes('t'))"))
        .containsExactly(
            "_op VARCHAR",
            "_sequence BIGINT",
            "_version BIGINT",
            "_committed TIMESTAMP",
            "id BIGINT",
            "v VARCHAR");
    assertThat(
            read(
                "SELECT c._sequence, c._committed = h.accepted_at, h.operation FROM"
                    + " flashduck.changes('main.t', since => 1) AS c JOIN flashduck.changes AS h ON"
                    + " h.sequence = c._sequence"))
        .containsExactly("2|true|upsert");
    assertThat(read("FROM flashduck.changes('t', since => 2)")).isEmpty();
  }

  @Test
  void tableWithoutAKey_namesRowsByTheirOrigin() {
    folder.text("n.csv", "a,b", "x,1", "y,2");
    folder.db().rescan();
    folder.quiet();
    long append = folder.append("n", "SELECT 'w' AS a, 4::BIGINT AS b").sequence();
    long update = folder.run("UPDATE n SET b = b + 10 WHERE a IN ('y', 'w')").ack().sequence();
    long delete = folder.run("DELETE FROM n WHERE a = 'x'").ack().sequence();
    assertThat(
            read(
                "SELECT _op, _sequence, _path, _origin, _row, b FROM flashduck.changes('n') ORDER"
                    + " BY _sequence, b"))
        .containsExactly(
            "append|" + append + "|null|" + append + "|0|4",
            "update|" + update + "|n.csv|null|1|12",
            "update|" + update + "|null|" + append + "|0|14",
            "delete|" + delete + "|n.csv|null|0|null");
  }

  @Test
  void alteredTable_showsItsPresentColumns() {
    folder.run("INSERT INTO t VALUES (1, 'a')");
    folder.run("ALTER TABLE t ADD COLUMN w INTEGER");
    folder.run("UPDATE t SET w = 5");
    folder.run("ALTER TABLE t RENAME COLUMN v TO u");
    folder.run("ALTER TABLE t ALTER COLUMN w TYPE BIGINT");
    assertThat(read("SELECT _op, id, u, w FROM flashduck.changes('t', since := 1)"))
        .containsExactly(
            "upsert|1|null|null",
            "alter|null|null|null",
            "upsert|1|null|5",
            "alter|null|null|null",
            "alter|null|null|null");
  }

  @Test
  void oldChanges_areForgotten_andTheOldestIsNamed() {
    folder.stop();
    folder.with("queue.history-bytes", "8KiB");
    long last = 0;
    for (int i = 0; i < 12; i++) {
      last =
          folder
              .upsert(
                  "t", "SELECT j::BIGINT AS id, md5(j || '" + i + "') AS v FROM range(300) r(j)")
              .sequence();
      folder.db().fold();
    }
    FlashDuckException failure = failure(CHANGES + ", since => 1)");
    assertThat(failure.code()).isEqualTo(ErrorCode.NOT_FOUND);
    assertThat(failure)
        .hasMessageContainingAll("main.t", "write 1", "since => ", "queue.history-bytes");
    String message = String.valueOf(failure.getMessage());
    String oldest = message.replaceAll("(?s).*since => (\\d+).*", "$1");
    assertThat(Long.parseLong(oldest)).isBetween(2L, last);
    read(CHANGES + ", since => " + oldest + ")");
    assertThat(read(CHANGES + ", since => " + last + ")")).isEmpty();
    read(CHANGES + ")"); // without a number: what there is
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "SELECT * FROM flashduck.changes('t', since => ?)",
        "SELECT * FROM flashduck.changes('t', 1 + 1)",
        "SELECT * FROM flashduck.changes(t)",
        "SELECT * FROM flashduck.changes('t', until => 3)",
        "SELECT flashduck.changes('t')",
      })
  void otherForms_areRefusedWithAnExample(String sql) {
    assertThat(failure(sql)).hasMessageContaining("flashduck.changes('orders', since => 17)");
  }

  @Test
  void unknownTablesAndViews_areSaid() {
    folder.run("CREATE VIEW w AS FROM t");
    assertThat(failure("FROM flashduck.changes('nothing')"))
        .hasMessageContainingAll("nothing", "does not exist");
    assertThat(failure("FROM flashduck.changes('w')")).hasMessageContaining("is a view");
    assertThatThrownBy(() -> read("FROM flashduck.changes('_flashduck.applied')"))
        .isInstanceOf(FlashDuckException.class);
    assertThat(read("SELECT sequence, operation FROM flashduck.changes WHERE table_name = 't'"))
        .containsExactly("1|create table");
  }
}
