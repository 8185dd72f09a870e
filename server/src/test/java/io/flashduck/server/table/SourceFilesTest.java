package io.flashduck.server.table;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.flashduck.server.engine.EngineConnection;
import io.flashduck.server.table.apply.FolderApplier;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** Files of the data folder as tables. */
final class SourceFilesTest {
  @TempDir Path dir;
  private TestFolder folder;

  @BeforeEach
  void open() {
    folder = new TestFolder(dir);
  }

  @AfterEach
  void close() {
    folder.close();
  }

  @Test
  void open_filesOfEachFormat_areTables() {
    folder.parquet("orders.parquet", "SELECT range AS id, range * 2 AS x FROM range(3)");
    folder.text("sales/customers.csv", "id,name", "1,Ann", "2,Bob");
    folder.text("events.ndjson", "{\"at\": \"2026-01-01\", \"n\": 1}", "{\"n\": 2}");
    folder.text("list.json", "[{\"a\": 1}, {\"a\": 2}]");
    folder.text("tabs.tsv", "a\tb", "1\tx");
    assertThat(folder.rows("FROM orders ORDER BY id")).containsExactly("0|0", "1|2", "2|4");
    assertThat(folder.rows("FROM sales.customers ORDER BY id")).containsExactly("1|Ann", "2|Bob");
    assertThat(folder.rows("SELECT n FROM events ORDER BY n")).containsExactly("1", "2");
    assertThat(folder.rows("SELECT sum(a) FROM list")).containsExactly("3");
    assertThat(folder.rows("FROM tabs")).containsExactly("1|x");
    assertThat(folder.db().catalog().tables()).hasSize(5);
  }

  @Test
  void awaitQuiet_aTableCannotBeApplied_saysSo_andTheOthersFollow() throws Exception {
    folder.text("a.csv", "id,x", "1,10");
    folder.text("b.csv", "id,x", "1,10");
    folder.open();
    try (EngineConnection connection = folder.db().engine().openInternal()) {
      connection.execute("ALTER TABLE _flashduck.\"main.a\" RENAME TO lost");
      folder.text("a.csv", "id,x", "1,11");
      folder.text("b.csv", "id,x", "1,11");
      assertThat(folder.db().awaitQuiet(TestFolder.LIMIT)).isFalse();
      while (!folder.rows("FROM b").equals(List.of("1|11"))) {
        assertThat(folder.db().awaitQuiet(TestFolder.LIMIT)).isFalse();
      }
      connection.execute("ALTER TABLE _flashduck.lost RENAME TO \"main.a\"");
    }
    while (!folder.db().awaitQuiet(TestFolder.LIMIT)) {
      assertThat(folder.rows("FROM b")).containsExactly("1|11");
    }
    assertThat(folder.rows("FROM a")).containsExactly("1|11");
  }

  @Test
  void quiet_fileCreatedChangedRenamedDeleted_isSeen() {
    folder.open();
    folder.text("a.csv", "id,x", "1,10");
    assertThat(folder.quiet().rows("FROM a")).containsExactly("1|10");
    folder.text("a.csv", "id,x", "1,11", "2,20");
    assertThat(folder.quiet().rows("FROM a ORDER BY id")).containsExactly("1|11", "2|20");
    folder.rename("a.csv", "b.csv");
    assertThat(folder.quiet().rows("FROM b ORDER BY id")).containsExactly("1|11", "2|20");
    assertThat(folder.db().catalog().tables()).hasSize(1);
    folder.delete("b.csv");
    folder.quiet();
    assertThat(folder.db().catalog().tables()).isEmpty();
  }

  @Test
  void restart_nothingChanged_readsNoFileAgain() {
    folder.text("a.csv", "id,x", "1,10");
    folder.open();
    long version = folder.db().catalog().version();
    folder.restart();
    assertThat(folder.rows("FROM a")).containsExactly("1|10");
    assertThat(folder.db().catalog().version()).isEqualTo(version);
  }

  @Test
  void quiet_twoFilesOfOneTable_newestRowPerKeyWins() {
    Instant old = Instant.parse("2026-01-01T00:00:00Z");
    folder.modified(folder.text("t/1.csv", "id,x", "1,old", "2,old"), old);
    folder.modified(folder.text("t/2.csv", "id,x", "2,new", "3,new"), old.plusSeconds(1));
    folder.text("tables.yaml", "tables:", "  t:", "    path: t");
    folder.open();
    assertThat(folder.rows("FROM t ORDER BY id")).containsExactly("1|old", "2|new", "3|new");
    folder.delete("t/2.csv");
    assertThat(folder.quiet().rows("FROM t ORDER BY id")).containsExactly("1|old", "2|old");
  }

  @Test
  void open_csvWithBrokenLine_saysWhichLine() {
    Instant old = Instant.parse("2026-01-01T00:00:00Z");
    folder.modified(folder.text("people.csv", "id,name", "1,Ann", "2,Bob,too,many", "3,Cy"), old);
    folder.open();
    assertThat(folder.rows("SELECT reason FROM flashduck.files WHERE path = 'people.csv'"))
        .singleElement()
        .asString()
        .contains("line 3 does not have 2 values", "tables.yaml");
  }

  @Test
  void open_brokenParquet_saysItsPathInTheFolderAndWhatToDo() {
    Instant old = Instant.parse("2026-01-01T00:00:00Z");
    folder.modified(folder.text("in/cut.parquet", "PAR1 and then nothing of the kind"), old);
    folder.open();
    assertThat(reason("in/cut.parquet"))
        .startsWith("in/cut.parquet is not a whole Parquet file")
        .contains("Write or copy it again")
        .doesNotContain(dir.toString());
  }

  @Test
  void open_brokenLineOfJson_isTheOneThatIsNamed() {
    Instant old = Instant.parse("2026-01-01T00:00:00Z");
    folder.modified(folder.text("a.ndjson", "{\"a\":1}", "{\"a\":2}", "{\"a\":broken"), old);
    folder.modified(folder.text("b.ndjson", "{\"a\":broken", "{\"a\":2}"), old);
    folder.modified(folder.text("c.json", "[{\"a\":1},", "{\"a\":broken}]"), old);
    folder.open();
    assertThat(reason("a.ndjson")).contains("line 3").doesNotContain(dir.toString());
    assertThat(reason("b.ndjson")).contains("line 1 (empty lines not counted)");
    assertThat(reason("c.json")).contains("record/value 2");
  }

  private String reason(String path) {
    return folder.rows("SELECT reason FROM flashduck.files WHERE path = '" + path + "'").get(0);
  }

  @Test
  void quiet_fileThatStaysBad_isLoggedOncePerReason() {
    Logger logger = (Logger) LoggerFactory.getLogger(FolderApplier.class);
    ListAppender<ILoggingEvent> lines = new ListAppender<>();
    lines.start();
    logger.addAppender(lines);
    try {
      folder.open();
      for (int i = 0; i < 3; i++) {
        folder.text("bad.parquet", "no Parquet, number " + i);
        folder.quiet();
      }
      assertThat(warnings(lines)).hasSize(1).first().asString().startsWith("bad.parquet is not");
      folder.text("bad.parquet", "x");
      folder.quiet();
      assertThat(warnings(lines)).hasSize(2);
      folder.parquet("bad.parquet", "SELECT 1 AS x");
      folder.quiet();
      folder.text("bad.parquet", "x");
      folder.quiet();
      assertThat(warnings(lines)).hasSize(3);
    } finally {
      logger.detachAppender(lines);
    }
  }

  private static List<String> warnings(ListAppender<ILoggingEvent> lines) {
    return lines.list.stream()
        .filter(line -> line.getLevel() == Level.WARN)
        .map(ILoggingEvent::getFormattedMessage)
        .toList();
  }

  @Test
  void open_namesThatLookLikePatterns_areNames() {
    Instant old = Instant.parse("2026-01-01T00:00:00Z");
    folder.modified(folder.text("a1.csv", "x", "1"), old);
    folder.modified(folder.text("a[1].csv", "x", "2"), old);
    folder.modified(folder.text("a?.csv", "x", "3"), old);
    folder.parquet("p.parquet", "SELECT 4 AS x");
    folder.parquet("p*.parquet", "SELECT 5 AS x");
    folder.open();
    assertThat(folder.rows("FROM \"a[1]\"")).containsExactly("2");
    assertThat(folder.rows("FROM \"a?\"")).containsExactly("3");
    assertThat(folder.rows("FROM \"p*\"")).containsExactly("5");
  }
}
