package io.flashduck.server.table;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Changes sent as Arrow rows. */
final class WritesTest {
  private static final Instant OLD = Instant.parse("2026-01-01T00:00:00Z");

  @TempDir Path dir;
  private TestFolder folder;

  @BeforeEach
  void open() {
    folder = new TestFolder(dir);
    folder.modified(folder.text("t.csv", "id,x", "1,a", "2,b"), OLD);
    folder.modified(folder.text("log.csv", "n,x", "1,a", "1,a"), OLD);
  }

  @AfterEach
  void close() {
    folder.close();
  }

  @Test
  void upsert_onFileBackedTable_replacesAndAdds() {
    WriteAck ack = folder.upsert("t", "SELECT 2::BIGINT AS id, 'B' AS x UNION ALL SELECT 3, 'C'");
    assertThat(ack).isEqualTo(new WriteAck(1, 2, AckLevel.APPLIED, false));
    assertThat(folder.rows("FROM t ORDER BY id")).containsExactly("1|a", "2|B", "3|C");
  }

  @Test
  void delete_key_readsOnlyTheKeyColumns() {
    folder.delete("t", "SELECT 1::BIGINT AS id, 'ignored' AS nothing, NULL AS x");
    assertThat(folder.rows("FROM t")).containsExactly("2|b");
    folder.upsert("t", "SELECT 1::BIGINT AS id, 'again' AS x");
    assertThat(folder.rows("FROM t ORDER BY id")).containsExactly("1|again", "2|b");
  }

  @Test
  void upsert_missingColumn_becomesNull() {
    folder.upsert("t", "SELECT 1::BIGINT AS id");
    assertThat(folder.rows("FROM t ORDER BY id")).containsExactly("1|null", "2|b");
  }

  @Test
  void upsert_keyTwiceInOneBatch_lastWins() {
    folder.upsert("t", "FROM (VALUES (7::BIGINT, 'first'), (7, 'last')) v(id, x)");
    assertThat(folder.rows("FROM t WHERE id = 7")).containsExactly("7|last");
  }

  @Test
  void append_tableWithoutKey_keepsEqualRows() {
    folder.append("log", "SELECT 1::BIGINT AS n, 'a' AS x");
    assertThat(folder.rows("FROM log")).containsExactly("1|a", "1|a", "1|a");
  }

  @Test
  void restart_writesAreKept() {
    folder.upsert("t", "SELECT 2::BIGINT AS id, 'B' AS x");
    folder.append("log", "SELECT 5::BIGINT AS n, 'e' AS x");
    folder.restart();
    assertThat(folder.rows("FROM t ORDER BY id")).containsExactly("1|a", "2|B");
    assertThat(folder.rows("FROM log ORDER BY n")).containsExactly("1|a", "1|a", "5|e");
  }

  @Test
  void cacheDeleted_tablesAreBuiltAnew() {
    folder.upsert("t", "SELECT 2::BIGINT AS id, 'B' AS x");
    folder.delete("t", "SELECT 1::BIGINT AS id");
    folder.append("log", "SELECT 5::BIGINT AS n, 'e' AS x");
    folder.stop();
    folder.deleteCache();
    folder.open();
    assertThat(folder.rows("FROM t ORDER BY id")).containsExactly("2|B");
    assertThat(folder.rows("FROM log ORDER BY n")).containsExactly("1|a", "1|a", "5|e");
  }

  @Test
  void fileNewerThanWrite_wins_andWriteComesBackWithoutIt() {
    folder.upsert("t", "SELECT 1::BIGINT AS id, 'written' AS x");
    folder.modified(folder.text("t.csv", "id,x", "1,newer"), Instant.now().plusSeconds(100));
    assertThat(folder.quiet().rows("FROM t")).containsExactly("1|newer");
    folder.delete("t.csv");
    assertThat(folder.quiet().rows("FROM t")).containsExactly("1|written");
  }

  @Test
  void oldFileComesBack_deletedKeyStaysDeleted() {
    folder.delete("t", "SELECT 1::BIGINT AS id");
    folder.rename("t.csv", ".t.hidden");
    assertThat(folder.quiet().db().catalog().table(TestFolder.name("t"))).isEmpty();
    folder.rename(".t.hidden", "t.csv");
    assertThat(folder.quiet().rows("FROM t")).containsExactly("2|b");
  }

  @Test
  void create_newTable_andAppendToIt() {
    ArrowRows rows = folder.arrow("SELECT 1 AS a, 'x' AS b");
    Change create =
        new Change(
            ChangeKind.INGEST, TestFolder.name("s.n"), rows, CreateMode.CREATE, List.of("a"));
    folder.submit(create, WriteOptions.at(AckLevel.DURABLE));
    assertThatThrownBy(() -> folder.submit(create, WriteOptions.at(AckLevel.DURABLE)))
        .isInstanceOfSatisfying(
            FlashDuckException.class,
            e -> assertThat(e.code()).isEqualTo(ErrorCode.ALREADY_EXISTS));
    folder.upsert("s.n", "SELECT 1 AS a, 'y' AS b");
    assertThat(folder.rows("FROM s.n")).containsExactly("1|y");
    folder.restart();
    assertThat(folder.rows("FROM s.n")).containsExactly("1|y");
    Change replace =
        new Change(
            ChangeKind.INGEST,
            TestFolder.name("s.n"),
            folder.arrow("SELECT 9 AS c"),
            CreateMode.REPLACE,
            List.of());
    folder.submit(replace, WriteOptions.at(AckLevel.APPLIED));
    assertThat(folder.rows("FROM s.n")).containsExactly("9");
  }

  @Test
  void create_columnIdOfFirstRows_isTheKeyIfItIdentifiesThem() {
    folder.submit(
        created("unique", "SELECT 1 AS \"ID\", 'x' AS b"), WriteOptions.at(AckLevel.APPLIED));
    folder.upsert("unique", "SELECT 1 AS id, 'y' AS b");
    assertThat(folder.rows("FROM \"unique\"")).containsExactly("1|y");
    folder.submit(
        created("twice", "SELECT 1 AS id UNION ALL SELECT 1"), WriteOptions.at(AckLevel.APPLIED));
    assertThat(folder.db().catalog().table(TestFolder.name("twice")).orElseThrow().key()).isEmpty();
    assertThat(folder.rows("FROM twice")).containsExactly("1", "1");
  }

  private Change created(String table, String rows) {
    return new Change(
        ChangeKind.INGEST,
        TestFolder.name(table),
        folder.arrow(rows),
        CreateMode.CREATE,
        List.of());
  }

  @Test
  void producer_repeat_isAnsweredOnce_alsoAfterRestartAndWithoutCache() {
    WriteOptions options =
        new WriteOptions(AckLevel.APPLIED, Optional.of(new ProducerPosition("p", 7)));
    Change change =
        Change.of(
            ChangeKind.APPEND,
            TestFolder.name("log"),
            folder.arrow("SELECT 9::BIGINT AS n, 'z' AS x"));
    assertThat(folder.submit(change, options))
        .isEqualTo(new WriteAck(1, 1, AckLevel.APPLIED, false));
    WriteAck repeated = new WriteAck(1, 1, AckLevel.APPLIED, true);
    assertThat(folder.submit(change, options)).isEqualTo(repeated);
    folder.restart();
    assertThat(folder.submit(change, options)).isEqualTo(repeated);
    folder.stop();
    folder.deleteCache();
    folder.open();
    assertThat(folder.submit(change, options)).isEqualTo(repeated);
    assertThat(folder.rows("FROM log WHERE n = 9")).hasSize(1);
  }

  @Test
  void refusals_nameWhatIsWrong() {
    refused(ChangeKind.UPSERT, "nope", "SELECT 1 AS id", ErrorCode.NOT_FOUND, "main.nope");
    refused(ChangeKind.UPSERT, "t", "SELECT 'a' AS x", ErrorCode.CONSTRAINT_VIOLATION, "id");
    refused(
        ChangeKind.UPSERT,
        "t",
        "FROM (VALUES (1::BIGINT), (NULL)) v(id)",
        ErrorCode.CONSTRAINT_VIOLATION,
        "row 2");
    refused(
        ChangeKind.UPSERT, "t", "SELECT 'one' AS id, 'a' AS x", ErrorCode.TYPE_MISMATCH, "VARCHAR");
    refused(
        ChangeKind.UPSERT,
        "t",
        "SELECT 1.5::DOUBLE AS id, 'a' AS x",
        ErrorCode.TYPE_MISMATCH,
        "1.5");
    refused(
        ChangeKind.UPSERT,
        "t",
        "SELECT 1::BIGINT AS id, 'a' AS y",
        ErrorCode.INVALID_REQUEST,
        "column y");
    refused(ChangeKind.UPSERT, "log", "SELECT 1::BIGINT AS n", ErrorCode.INVALID_REQUEST, "no key");
    refused(ChangeKind.APPEND, "t", "SELECT 1::BIGINT AS id", ErrorCode.INVALID_REQUEST, "upsert");
    assertThat(folder.db().status().durableSequence()).isZero();
  }

  private void refused(ChangeKind kind, String table, String query, ErrorCode code, String text) {
    assertThatThrownBy(() -> folder.write(kind, table, query))
        .isInstanceOfSatisfying(FlashDuckException.class, e -> assertThat(e.code()).isEqualTo(code))
        .hasMessageContaining(text);
  }

  @Test
  void upsert_narrowerOrWiderTypeThatFits_isTaken() {
    folder.upsert("t", "SELECT 5::TINYINT AS id, 'a' AS x");
    folder.upsert("t", "SELECT 6.0::DOUBLE AS id, 'b' AS x");
    folder.upsert("t", "SELECT 7::BIGINT AS id, NULL::INTEGER AS x");
    assertThat(folder.rows("FROM t WHERE id > 4 ORDER BY id"))
        .containsExactly("5|a", "6|b", "7|null");
  }

  @Test
  void writtenKey_staysWhenAFileViolatesIt() {
    folder.upsert("t", "SELECT 3::BIGINT AS id, 'c' AS x");
    folder.text("t.csv", "id,x", "1,first", "1,last", ",none");
    assertThat(folder.quiet().rows("FROM t ORDER BY id")).containsExactly("1|last", "3|c");
    assertThat(folder.db().status().files())
        .filteredOn(f -> f.path().equals("t.csv"))
        .allSatisfy(f -> assertThat(f.reason().orElse("")).contains("id=1").contains("row 3"));
    folder.stop();
    folder.deleteCache();
    folder.open();
    assertThat(folder.rows("FROM t ORDER BY id")).containsExactly("1|last", "3|c");
  }

  @Test
  void inferredKey_isLostWhenAFileViolatesIt_andComesBack() {
    folder.open();
    folder.text("t.csv", "id,x", "1,a", "1,b");
    assertThat(folder.quiet().rows("FROM t ORDER BY x")).containsExactly("1|a", "1|b");
    assertThat(folder.db().catalog().table(TestFolder.name("t")).orElseThrow().key()).isEmpty();
    folder.text("t.csv", "id,x", "1,a", "2,b");
    assertThat(folder.quiet().db().catalog().table(TestFolder.name("t")).orElseThrow().key())
        .isPresent();
  }
}
