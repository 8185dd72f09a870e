package io.flashduck.server.table;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flashduck.server.consolidate.ExportedFile;
import io.flashduck.server.engine.ArrowResult;
import io.flashduck.server.engine.ClientConnection;
import io.flashduck.server.engine.Parameters;
import io.flashduck.server.engine.StatementDescription;
import io.flashduck.server.engine.sql.StatementParser;
import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.types.pojo.Field;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code flashduck.at('orders', 17)} reads what the table was after write 17. */
final class TableVersionsTest {
  @TempDir private Path dir;
  private TestFolder folder;
  private ClientConnection client;

  @BeforeEach
  void open() {
    folder = new TestFolder(dir).with("export.policy", "always");
    folder.with("export.compression-level", "1").with("export.keep-versions", "2");
    folder.parquet("orders.parquet", "SELECT i AS id, i % 3 AS v FROM range(10) t(i)");
    folder.text("tables.yaml", "tables:", "  orders:", "    path: orders.parquet", "    key: id");
    folder.open();
    folder.quiet();
    client = folder.db().engine().openClient();
  }

  @AfterEach
  void close() {
    client.close();
    folder.close();
  }

  private Path exported(String table) {
    ExportedFile file = folder.db().export(TestFolder.name(table)).join();
    return file.file();
  }

  /** Writes one row and waits for the file; the sequence of the write. */
  private long set(long id, long v) {
    long sequence =
        folder
            .upsert("orders", "SELECT " + id + "::BIGINT AS id, " + v + "::BIGINT AS v")
            .sequence();
    exported("orders");
    return sequence;
  }

  private StatementDescription describe(String sql) {
    return client.describe(sql, folder.db().catalog().schemaVersion());
  }

  private List<String> read(String sql, Object... parameters) {
    return rows(describe(sql), Parameters.of(parameters));
  }

  private List<String> rows(StatementDescription description, Parameters parameters) {
    return ClientReads.rows(client, description, parameters, folder.allocator());
  }

  private FlashDuckException failure(String sql) {
    try {
      read(sql);
    } catch (FlashDuckException e) {
      return e;
    }
    throw new AssertionError("Expected a failure of " + sql);
  }

  @Test
  void at_eachKeptSequence_isTheTableOfThatTime() {
    String all = "SELECT * FROM orders ORDER BY id";
    List<Long> sequences = new ArrayList<>();
    List<List<String>> contents = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      sequences.add(set(i, 100 + i));
      contents.add(read(all));
    }
    for (int i = 0; i < 3; i++) {
      assertThat(read("FROM flashduck.at('orders', " + sequences.get(i) + ") ORDER BY id"))
          .isEqualTo(contents.get(i));
    }
    assertThat(contents).doesNotHaveDuplicates();
  }

  @Test
  void at_sequenceOfNoFile_saysWhichThereAre() {
    for (int i = 0; i < 5; i++) {
      set(1, i);
    }
    FlashDuckException failure = failure("FROM flashduck.at('orders', 1)");
    assertThat(failure.code()).isEqualTo(ErrorCode.NOT_FOUND);
    assertThat(failure)
        .hasMessageContainingAll("main.orders", "sequence 1", "3, 4, 5", "export.keep-versions");
    assertThat(failure("FROM flashduck.at('orders', 999999999999999999)").code())
        .isEqualTo(ErrorCode.NOT_FOUND);
  }

  @Test
  void at_whereATableMayStand_readsTheVersion() {
    long old = set(1, 100);
    set(1, 200);
    String at = "flashduck.at('orders', " + old + ")";
    assertThat(read("SELECT orders.v FROM " + at + " WHERE orders.id = 1")).containsExactly("100");
    assertThat(read("SELECT o.v, n.v FROM " + at + " o JOIN orders n USING (id) WHERE n.v <> o.v"))
        .containsExactly("100|200");
    assertThat(
            read(
                "SELECT a, b FROM \"FlashDuck\" . AT ( 'main.orders' /* ' */ , "
                    + old
                    + " ) AS t(a, b) WHERE a = ? -- flashduck.at(",
                1L))
        .containsExactly("1|100");
    assertThat(
            read(
                "WITH was AS (FROM flashduck_db."
                    + at
                    + ") SELECT (SELECT max(v) FROM was), (SELECT count(*) FROM "
                    + at
                    + ")"))
        .containsExactly("100|10");
    assertThat(read("FROM orders EXCEPT FROM " + at)).containsExactly("1|200");
    assertThat(read("DESCRIBE " + at)).hasSize(2);
    assertThat(read("SUMMARIZE " + at)).hasSize(2);
    assertThat(read("EXPLAIN FROM " + at)).isNotEmpty();
    assertThat(read("SELECT 'flashduck.at(''x'', y)', 'é', count(*) FROM " + at))
        .containsExactly("flashduck.at('x', y)|é|10");
    assertThat(read("SELECT 'é', v FROM " + at + " LIMIT 1")).hasSize(1);
    assertThat(read("PIVOT (FROM " + at + " WHERE id = 1) ON v IN (100) USING count(*)"))
        .containsExactly("1|1");
  }

  @Test
  void at_nameInAnotherSchema_isFoundByTheSearchPath() {
    folder.parquet("sales/order items.parquet", "SELECT 7 AS id");
    folder.db().rescan();
    folder.quiet();
    exported("sales.order items");
    String sequence = String.valueOf(folder.db().catalog().sequence());
    assertThat(read("FROM flashduck.at('sales.\"order items\"', " + sequence + ")"))
        .containsExactly("7");
    assertThat(failure("FROM flashduck.at('order items', " + sequence + ")").code())
        .isEqualTo(ErrorCode.NOT_FOUND);
    client.useSchema("sales");
    assertThat(read("FROM flashduck.at('order items', " + sequence + ")")).containsExactly("7");
  }

  @Test
  void describe_changedColumns_areThoseOfTheVersion() {
    set(1, 100);
    folder.run("CREATE TABLE t (a INTEGER)");
    exported("t");
    long narrow = folder.run("INSERT INTO t VALUES (1)").ack().sequence();
    exported("t");
    String sql = "FROM flashduck.at('t', " + narrow + ")";
    assertThat(columns(sql)).containsExactly("a");
    folder.run("DROP TABLE t");
    assertThat(failure(sql)).hasMessageContaining("does not exist");
    folder.run("CREATE TABLE t (a INTEGER, b VARCHAR)");
    exported("t");
    long wide = folder.run("INSERT INTO t VALUES (2, 'x')").ack().sequence();
    exported("t");
    assertThat(columns("FROM flashduck.at('t', " + wide + ")")).containsExactly("a", "b");
    assertThat(read("FROM flashduck.at('t', " + wide + ")")).containsExactly("2|x");
  }

  private List<String> columns(String sql) {
    return describe(sql).resultSchema().getFields().stream().map(Field::getName).toList();
  }

  @Test
  void at_folderChangesWithoutAWrite_isTheNewestOfItsSequence() {
    long sequence = set(1, 100);
    String sql = "SELECT count(*) FROM flashduck.at('orders', " + sequence + ")";
    assertThat(read(sql)).containsExactly("10");
    folder.parquet("orders.parquet", "SELECT i AS id, i % 3 AS v FROM range(12) t(i)");
    folder.db().rescan();
    folder.quiet();
    exported("orders");
    assertThat(read(sql)).containsExactly("12");
    set(2, 5);
    assertThat(read(sql)).containsExactly("12");
  }

  @Test
  void query_versionRotatedAwayAfterItsDescription_isAClearError() throws Exception {
    long old = set(1, 100);
    StatementDescription planned = describe("SELECT v FROM flashduck.at('orders', " + old + ")");
    for (int i = 0; i < 4; i++) {
      set(1, i);
    }
    try (ClientConnection other = folder.db().engine().openClient()) {
      assertThatThrownBy(() -> other.query(planned, Parameters.NONE, folder.allocator()).loadNext())
          .isInstanceOfSatisfying(
              FlashDuckException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.NOT_FOUND))
          .hasMessageContainingAll("sequence " + old, "export.keep-versions");
    }
    assertThat(temporaryNames()).isEmpty();
  }

  private List<String> temporaryNames() throws IOException {
    try (Stream<Path> files = Files.list(dir.resolve(".flashduck/export/.tmp"))) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.startsWith("at-"))
          .toList();
    }
  }

  @Test
  void query_versionRotatedAwayWhileItIsRead_givesItsRows() {
    folder.run("CREATE TABLE big AS SELECT i AS id, 0 AS v FROM range(200000) t(i)");
    exported("big");
    long old = folder.run("UPDATE big SET v = 1").ack().sequence();
    exported("big");
    StatementDescription planned = describe("SELECT id, v FROM flashduck.at('big', " + old + ")");
    long rows = 0;
    try (ArrowResult result = client.query(planned, Parameters.NONE, folder.allocator())) {
      assertThat(result.loadNext()).isTrue();
      rows += ones(result);
      for (int i = 2; i < 6; i++) {
        folder.run("UPDATE big SET v = " + i);
        exported("big");
      }
      while (result.loadNext()) {
        rows += ones(result);
      }
    }
    assertThat(rows).isEqualTo(200_000);
  }

  private static long ones(ArrowResult result) {
    FieldVector values = result.root().getVector("v");
    for (int i = 0; i < values.getValueCount(); i++) {
      assertThat(values.getObject(i)).isEqualTo(1);
    }
    return values.getValueCount();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "'../orders', 1",
        "'/etc/passwd', 1",
        "'main/orders', 1",
        "'orders@1', 1",
        "'orders.parquet', 1",
        "'orders''; DROP TABLE orders; --', 1",
        "'orders'') UNION ALL FROM read_csv(''/etc/passwd'')--', 1",
        "'_flashduck.files', 1",
        "'other_db.main.orders', 1",
        "'a.b.c.d', 1",
        "'\"orders', 1",
        "'*', 1",
        "'flashduck.tables', 1"
      })
  void at_literalThatIsNoTable_isNotFound(String arguments) {
    set(1, 100);
    assertThat(failure("SELECT * FROM flashduck.at(" + arguments + ")").code())
        .isIn(ErrorCode.NOT_FOUND, ErrorCode.PERMISSION_DENIED);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "?, 1",
        "'orders', ?",
        "$1, $2",
        "'orders', -1",
        "'orders', 1.5",
        "'orders', 1e3",
        "'orders', 0x1",
        "'orders', 99999999999999999999",
        "'orders', 1 + 1",
        "'orders', '1'",
        "'or' || 'ders', 1",
        "E'orders', 1",
        "$$orders$$, 1",
        "orders, 1",
        "'orders'",
        "'orders', 1, 2",
        "'orders' 1",
        ""
      })
  void at_otherArguments_areRefused(String arguments) {
    FlashDuckException failure = failure("SELECT * FROM flashduck.at(" + arguments + ") o");
    assertThat(failure.code()).isEqualTo(ErrorCode.INVALID_REQUEST);
    assertThat(failure).hasMessageContaining("flashduck.at takes");
  }

  @Test
  void at_amongExpressions_isRefused() {
    long sequence = set(1, 100);
    FlashDuckException failure =
        failure("SELECT 1, flashduck.at('orders', " + sequence + ") FROM orders");
    assertThat(failure.code()).isEqualTo(ErrorCode.INVALID_REQUEST);
    assertThat(failure).hasMessageContaining("where a table stands");
  }

  @Test
  void at_restOfTheQuery_isFencedAsEver() {
    long sequence = set(1, 100);
    String at = "flashduck.at('orders', " + sequence + ")";
    String path = exported("orders").toString();
    assertThat(failure("FROM " + at + ", read_parquet('" + path + "')").code())
        .isEqualTo(ErrorCode.PERMISSION_DENIED);
    read("FROM " + at);
    String executed = describe("FROM " + at).execution().sql();
    assertThat(failure(executed).code()).isEqualTo(ErrorCode.PERMISSION_DENIED);
    assertThat(failure("SELECT filename FROM " + at)).hasMessageContaining("filename");
    assertThat(client.references(describe("SELECT v FROM " + at)).tables())
        .singleElement()
        .hasToString("\"flashduck_db\".\"main\".\"orders\"");
  }

  @Test
  void at_inAChangingStatement_isRefused() {
    long sequence = set(1, 100);
    String insert = "INSERT INTO orders FROM flashduck.at('orders', " + sequence + ")";
    assertThatThrownBy(() -> client.checkChange(StatementParser.parse(insert)))
        .hasMessageContaining("flashduck.at can be read by queries only");
  }

  @Test
  void at_emptyName_isRefused() {
    assertThat(failure("FROM flashduck.at('', 1)").code()).isEqualTo(ErrorCode.INVALID_REQUEST);
  }

  @Test
  void at_view_isRefused() {
    folder.run("CREATE VIEW w AS FROM orders");
    assertThat(failure("FROM flashduck.at('w', 1)")).hasMessageContaining("is a view");
  }

  @Test
  void at_droppedTable_isNotFound_andItsFilesAreGone() throws Exception {
    long sequence = set(1, 100);
    folder.run("CREATE TABLE gone AS FROM orders");
    exported("gone");
    long kept = folder.db().catalog().sequence();
    assertThat(read("FROM flashduck.at('gone', " + kept + ")")).hasSize(10);
    assertThat(kept).isGreaterThan(sequence);
    folder.run("DROP TABLE gone");
    assertThat(failure("FROM flashduck.at('gone', " + kept + ")"))
        .hasMessageContaining("does not exist");
  }

  @Test
  void at_afterARestart_stillReadsWhatWasKept() {
    long old = set(1, 100);
    set(1, 200);
    String sql = "SELECT v FROM flashduck.at('orders', " + old + ") WHERE id = 1";
    assertThat(read(sql)).containsExactly("100");
    client.close();
    folder.stop();
    folder.deleteCache();
    folder.open();
    folder.quiet();
    client = folder.db().engine().openClient();
    assertThat(read(sql)).containsExactly("100");
  }

  @Test
  void at_fileOfSomebodyElse_isNotRead() throws Exception {
    set(1, 100);
    Path current = exported("orders");
    folder.sql(
        "COPY (SELECT 1 AS secret) TO '"
            + current.resolveSibling("orders@77.parquet")
            + "' (FORMAT parquet)");
    Files.copy(current, current.resolveSibling("orders@78.parquet"));
    for (int sequence : List.of(77, 78)) {
      assertThat(failure("FROM flashduck.at('orders', " + sequence + ")").code())
          .isEqualTo(ErrorCode.NOT_FOUND);
    }
  }
}
