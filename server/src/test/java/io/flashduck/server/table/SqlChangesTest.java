package io.flashduck.server.table;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flashduck.server.catalog.TableName;
import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.ipc.ArrowReader;
import org.apache.arrow.vector.types.pojo.Field;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Statements that change data and definitions. */
final class SqlChangesTest {
  private static final Instant OLD = Instant.parse("2026-01-01T00:00:00Z");

  @TempDir Path dir;
  private TestFolder folder;

  @BeforeEach
  void open() {
    folder = new TestFolder(dir);
    folder.modified(folder.text("t.csv", "id,x", "1,10", "2,20", "3,30"), OLD);
    folder.modified(folder.text("log.csv", "n,s", "1,a", "1,a", "2,b"), OLD);
    folder.open();
  }

  @AfterEach
  void close() {
    folder.close();
  }

  private void rebuilt(String query, String... rows) {
    assertThat(folder.rows(query)).containsExactly(rows);
    folder.stop();
    folder.deleteCache();
    folder.open();
    assertThat(folder.rows(query)).as("built from nothing").containsExactly(rows);
  }

  private void refused(String sql, ErrorCode code, String text) {
    assertThatThrownBy(() -> folder.run(sql))
        .isInstanceOfSatisfying(FlashDuckException.class, e -> assertThat(e.code()).isEqualTo(code))
        .hasMessageContaining(text);
  }

  @Test
  void insertUpdateDelete_onFileBackedTableWithKey() {
    assertThat(folder.run("INSERT INTO t VALUES (4, 40), (5, 50)").count()).isEqualTo(2);
    assertThat(folder.run("UPDATE t SET x = x + 1 WHERE id <= 2").count()).isEqualTo(2);
    assertThat(folder.run("DELETE FROM t WHERE id = 3").count()).isEqualTo(1);
    rebuilt("FROM t ORDER BY id", "1|11", "2|21", "4|40", "5|50");
  }

  @Test
  void insertUpdateDelete_onFileBackedTableWithoutKey() {
    assertThat(folder.run("INSERT INTO log VALUES (3, 'c')").count()).isEqualTo(1);
    assertThat(folder.run("UPDATE log SET s = 'A' WHERE n = 1").count()).isEqualTo(2);
    assertThat(folder.run("DELETE FROM log WHERE n = 2").count()).isEqualTo(1);
    assertThat(folder.run("UPDATE log SET s = s || '!' WHERE n = 3").count()).isEqualTo(1);
    rebuilt("FROM log ORDER BY ALL", "1|A", "1|A", "3|c!");
  }

  @Test
  void updateDelete_onTableWithoutKey_whoseColumnsHaveNamesOfTheBookkeeping() {
    folder.run("CREATE TABLE named (id INTEGER, path VARCHAR, \"rows\" INTEGER)");
    folder.run("INSERT INTO named VALUES (1, 'a', 1), (1, 'b', 2), (2, 'c', 3)");
    assertThat(folder.run("UPDATE named SET path = path || '!' WHERE id = 1").count()).isEqualTo(2);
    assertThat(folder.run("DELETE FROM named WHERE id = 2").count()).isEqualTo(1);
    rebuilt("FROM named ORDER BY ALL", "1|a!|1", "1|b!|2");
  }

  @Test
  void update_ofKeys_movesRows() {
    assertThat(folder.run("UPDATE t SET id = id + 1").count()).isEqualTo(3);
    rebuilt("FROM t ORDER BY id", "2|10", "3|20", "4|30");
    refused("UPDATE t SET id = 2 WHERE id = 3", ErrorCode.CONSTRAINT_VIOLATION, "id = 2");
    refused("UPDATE t SET id = NULL WHERE id = 3", ErrorCode.CONSTRAINT_VIOLATION, "id");
  }

  @Test
  void insert_conflicts() {
    refused("INSERT INTO t VALUES (1, 0)", ErrorCode.CONSTRAINT_VIOLATION, "id = 1");
    refused("INSERT INTO t VALUES (7, 0), (7, 1)", ErrorCode.CONSTRAINT_VIOLATION, "id = 7");
    folder.run("INSERT OR IGNORE INTO t VALUES (1, 0), (6, 60)");
    folder.run("INSERT OR REPLACE INTO t VALUES (2, 0)");
    folder.run(
        "INSERT INTO t VALUES (3, 5), (8, 80) ON CONFLICT (id) DO UPDATE SET x = t.x + excluded.x");
    rebuilt("FROM t ORDER BY id", "1|10", "2|0", "3|35", "6|60", "8|80");
  }

  @Test
  void returning_isEvaluatedOnce() {
    SqlResult inserted =
        folder.run("INSERT INTO t SELECT 9, (random() * 1000000)::BIGINT RETURNING id, x");
    assertThat(inserted.returning()).isPresent();
    assertThat(inserted.returning().orElseThrow().rowCount()).isEqualTo(1);
    List<String> first = folder.rows("FROM t WHERE id = 9");
    rebuilt("FROM t WHERE id = 9", first.get(0));
    assertThat(
            folder
                .run("DELETE FROM t WHERE id = 9 RETURNING *")
                .returning()
                .orElseThrow()
                .rowCount())
        .isEqualTo(1);
  }

  @Test
  void truncate_endsTheFilesRows_untilAFileChanges() {
    assertThat(folder.run("TRUNCATE t").count()).isEqualTo(3);
    folder.run("INSERT INTO t VALUES (9, 90)");
    rebuilt("FROM t ORDER BY id", "9|90");
    folder.text("t.csv", "id,x", "1,11");
    folder.quiet();
    rebuilt("FROM t ORDER BY id", "1|11", "9|90");
  }

  @Test
  void drop_masksTheFile_untilItChanges() {
    folder.run("DROP TABLE t");
    assertThat(folder.db().catalog().table(TestFolder.name("t"))).isEmpty();
    folder.restart();
    folder.stop();
    folder.deleteCache();
    folder.open();
    assertThat(folder.db().catalog().table(TestFolder.name("t"))).isEmpty();
    refused("DROP TABLE t", ErrorCode.NOT_FOUND, "t");
    folder.run("DROP TABLE IF EXISTS t");
    folder.text("t.csv", "id,x", "1,11");
    assertThat(folder.quiet().rows("FROM t")).containsExactly("1|11");
  }

  @Test
  void createTable_plainAndAsAndReplace() {
    folder.run("CREATE TABLE s.a (id INTEGER PRIMARY KEY, v VARCHAR NOT NULL)");
    refused("CREATE TABLE s.a (id INTEGER)", ErrorCode.ALREADY_EXISTS, "a");
    folder.run("CREATE TABLE IF NOT EXISTS s.a (id INTEGER)");
    folder.run("INSERT INTO s.a VALUES (1, 'x')");
    refused("INSERT INTO s.a VALUES (1, 'y')", ErrorCode.CONSTRAINT_VIOLATION, "id = 1");
    assertThat(folder.run("CREATE TABLE b AS SELECT id, x::HUGEINT AS h FROM t").count())
        .isEqualTo(3);
    rebuilt(
        "SELECT id, h, typeof(h) FROM b ORDER BY id",
        "1|10|HUGEINT",
        "2|20|HUGEINT",
        "3|30|HUGEINT");
    folder.run("CREATE OR REPLACE TABLE b AS SELECT 1 AS only");
    rebuilt("FROM b", "1");
    refused("CREATE TABLE c (a INT REFERENCES t (id))", ErrorCode.UNIMPLEMENTED, "REFERENCES");
    refused("CREATE TABLE flashduck_db.main.c (a NOTYPE)", ErrorCode.INVALID_REQUEST, "NOTYPE");
    folder.run("DROP TABLE s.a");
    assertThat(folder.rows("FROM duckdb_schemas() WHERE schema_name = 's'")).isEmpty();
  }

  @Test
  void views_keepTheirMeaning() {
    folder.run("CREATE SCHEMA s");
    folder.run("CREATE VIEW s.v AS WITH w AS (SELECT * FROM t) SELECT sum(x) AS total FROM w");
    assertThat(folder.rows("FROM s.v")).containsExactly("60");
    folder.text("t.csv", "id,x", "1,1");
    assertThat(folder.quiet().rows("FROM s.v")).containsExactly("1");
    rebuilt("FROM s.v", "1");
    refused("INSERT INTO s.v VALUES (1)", ErrorCode.INVALID_REQUEST, "view");
    refused("CREATE VIEW s.w AS SELECT nope FROM t", ErrorCode.INVALID_REQUEST, "nope");
    folder.run("DROP VIEW s.v");
    refused("DROP SCHEMA nope", ErrorCode.NOT_FOUND, "nope");
    folder.run("DROP SCHEMA s");
  }

  @Test
  void merge_updatesDeletesInserts() {
    SqlResult result =
        folder.run(
            "MERGE INTO t USING (VALUES (1, 100), (2, -1), (7, 70)) AS s(id, x) ON t.id = s.id"
                + " WHEN MATCHED AND s.x < 0 THEN DELETE WHEN MATCHED THEN UPDATE SET x = s.x"
                + " WHEN NOT MATCHED THEN INSERT VALUES (s.id, s.x)");
    assertThat(result.count()).isEqualTo(3);
    rebuilt("FROM t ORDER BY id", "1|100", "3|30", "7|70");
  }

  @Test
  void parameters_areBoundByTheirPlaceInTheText() {
    SqlUpdate update = bound("UPDATE t SET x = ? WHERE id = ?", "SELECT 77 AS a, 2 AS b");
    assertThat(folder.run(update).count()).isEqualTo(1);
    assertThat(folder.rows("FROM t WHERE id = 2")).containsExactly("2|77");
  }

  @Test
  void parameters_severalRows_seeEachOther() {
    String rows = "FROM (VALUES (1, 1), (2, 1), (4, 2)) v(a, b)";
    assertThat(folder.run(bound("UPDATE t SET x = x + ? WHERE id = ?", rows)).count()).isEqualTo(3);
    assertThat(folder.run(bound("UPDATE log SET s = s || ? WHERE n = ?", rows)).count())
        .isEqualTo(5);
    rebuilt("FROM t ORDER BY id", "1|13", "2|24", "3|30");
    assertThat(folder.rows("FROM log ORDER BY ALL")).containsExactly("1|a12", "1|a12", "2|b4");
  }

  @Test
  void parameters_insertOfManyRows_isOneChange() {
    long before = folder.db().status().durableSequence();
    SqlUpdate insert =
        bound(
            "INSERT INTO t (x, id) VALUES (?, ? + 0)",
            "SELECT range * 2, range + 100 FROM range(5000)");
    assertThat(folder.run(insert).count()).isEqualTo(5000);
    assertThat(folder.db().status().durableSequence()).isEqualTo(before + 1);
    assertThat(folder.rows("SELECT count(*), sum(x) FROM t WHERE id >= 100"))
        .containsExactly("5000|24995000");
    assertThat(folder.run(bound("INSERT INTO t VALUES (?, ?)", "SELECT 1, 2 WHERE false")).count())
        .isZero();
  }

  @Test
  void file_thatBecomesOlderThanATruncate_leaves() {
    folder.run("TRUNCATE t");
    Path file = folder.text("t.csv", "id,x", "1,11");
    folder.modified(file, Instant.parse("2100-01-01T00:00:00Z"));
    folder.quiet();
    assertThat(folder.rows("FROM t")).containsExactly("1|11");
    folder.modified(file, OLD);
    folder.quiet();
    rebuilt("FROM t");
  }

  @Test
  void parameters_severalRows_ofMerge_seeEachOther() {
    String rows = "FROM (VALUES (1, 'p'), (1, 'q'), (7, 'r'), (7, 's')) v(a, b)";
    String merge =
        "MERGE INTO %s AS t USING (SELECT ?::INT AS n, ? AS s) AS v ON t.%s = v.n WHEN MATCHED THEN"
            + " UPDATE SET %s WHEN NOT MATCHED THEN INSERT (%s) VALUES (v.n, %s)";
    long before = folder.db().status().durableSequence();
    String log = String.format(merge, "log", "n", "s = t.s || v.s", "n, s", "v.s");
    assertThat(folder.run(bound(log, rows)).count()).isEqualTo(6);
    String keyed = String.format(merge, "t", "id", "x = t.x + 1", "id, x", "ascii(v.s)");
    assertThat(folder.run(bound(keyed, rows)).count()).isEqualTo(4);
    assertThat(folder.db().status().durableSequence()).isEqualTo(before + 2);
    rebuilt("FROM t ORDER BY id", "1|12", "2|20", "3|30", "7|115");
    assertThat(folder.rows("FROM log ORDER BY ALL"))
        .containsExactly("1|apq", "1|apq", "2|b", "7|rs");
  }

  @Test
  void parameters_severalRows_withReturning_answersAll() throws Exception {
    String rows = "FROM (VALUES (1, 1), (2, 1), (4, 2), (9, 1)) v(a, b)";
    SqlResult updated =
        folder.run(bound("UPDATE t SET x = x + ? WHERE id = ? RETURNING id, x", rows));
    assertThat(updated.count()).isEqualTo(4);
    assertThat(values(updated)).containsExactly("[1, 11]", "[1, 13]", "[2, 24]", "[1, 22]");
    SqlResult inserted =
        folder.run(
            bound(
                "INSERT INTO t VALUES (?, ?) RETURNING id", "SELECT range + 10, 5 FROM range(3)"));
    assertThat(values(inserted)).containsExactly("[10]", "[11]", "[12]");
  }

  private List<String> values(SqlResult result) throws IOException {
    List<String> rows = new ArrayList<>();
    try (ArrowReader reader = result.returning().orElseThrow().open(folder.allocator())) {
      VectorSchemaRoot root = reader.getVectorSchemaRoot();
      while (reader.loadNextBatch()) {
        for (int i = 0; i < root.getRowCount(); i++) {
          int at = i;
          rows.add(root.getFieldVectors().stream().map(v -> v.getObject(at)).toList().toString());
        }
      }
    }
    return rows;
  }

  private SqlUpdate bound(String sql, String rows) {
    return new SqlUpdate(sql, Optional.of(folder.arrow(rows)), List.of());
  }

  @Test
  void describe_tellsParametersAndReturning_withoutRunning() {
    UpdateDescription insert =
        folder.db().describeUpdate(SqlUpdate.of("INSERT INTO t VALUES (?, ?) RETURNING id, x * 2"));
    assertThat(insert.parameters().getFields()).hasSize(2);
    assertThat(insert.returning().orElseThrow().getFields()).extracting(Field::getName).hasSize(2);
    UpdateDescription update =
        folder.db().describeUpdate(SqlUpdate.of("UPDATE t SET x = ? WHERE id = ?"));
    assertThat(update.parameters().getFields()).hasSize(2);
    assertThat(update.returning()).isEmpty();
    assertThat(folder.db().describeUpdate(SqlUpdate.of("DROP TABLE t")).returning()).isEmpty();
    assertThat(folder.rows("SELECT count(*) FROM t")).containsExactly("3");
  }

  @Test
  void errors_sayWhatIsWrong() {
    refused("INSERT INTO nope VALUES (1)", ErrorCode.NOT_FOUND, "nope");
    refused("UPDATE t SET nope = 1", ErrorCode.INVALID_REQUEST, "nope");
    refused("INSERT INTO t VALUES ('abc', 1)", ErrorCode.TYPE_MISMATCH, "abc");
    refused("INSERT INTO t VALUES (1)", ErrorCode.INVALID_REQUEST, "values");
    refused("SELEC 1", ErrorCode.INVALID_REQUEST, "");
    assertThat(folder.rows("SELECT count(*) FROM t")).containsExactly("3");
  }

  @Test
  void update_ofFileFromTheFuture_isRefused() {
    folder.modified(dir.resolve("t.csv"), Instant.now().plusSeconds(1000));
    folder.quiet();
    refused("UPDATE t SET x = 0", ErrorCode.CONFLICT, "t.csv");
  }

  @Test
  void delete_ofRowsOfAFileThatGoes_leavesNoTable_andTheRowsAreGoneWhenItComesBack() {
    folder.run("DELETE FROM log WHERE n = 2");
    folder.rename("log.csv", "aside.hidden");
    folder.text("t.csv", "id,x", "1,11");
    folder.quiet();

    assertThat(folder.db().catalog().tables().keySet()).containsExactly(new TableName("main", "t"));
    assertThat(folder.rows("FROM t")).containsExactly("1|11");

    folder.rename("aside.hidden", "log.csv");
    folder.quiet();

    rebuilt("FROM log ORDER BY ALL", "1|a", "1|a");
  }
}
