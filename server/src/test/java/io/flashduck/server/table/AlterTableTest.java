package io.flashduck.server.table;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flashduck.server.catalog.Column;
import io.flashduck.server.catalog.TableDefinition;
import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import java.nio.file.Path;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** ALTER TABLE; what it led to is asked for again after a restart and without the cache. */
final class AlterTableTest {
  @TempDir Path dir;
  private TestFolder folder;

  @BeforeEach
  void open() {
    folder = new TestFolder(dir).with("export.policy", "always");
    folder.open();
    folder.run("CREATE TABLE t (id INTEGER PRIMARY KEY, name VARCHAR, n INTEGER)");
    folder.run("INSERT INTO t VALUES (1, 'a', 10), (2, 'b', 20)");
    folder.run("CREATE TABLE logged (who VARCHAR, amount INTEGER)");
    folder.run("INSERT INTO logged VALUES ('x', 1), ('y', NULL)");
  }

  @AfterEach
  void close() {
    folder.close();
  }

  private static void refused(ErrorCode code, ThrowingCallable call, String... words) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(FlashDuckException.class, e -> assertThat(e.code()).isEqualTo(code))
        .hasMessageContainingAll(words);
  }

  private TableDefinition definition(String table) {
    return folder.db().catalog().table(TestFolder.name(table)).orElseThrow();
  }

  private List<String> columns(String table) {
    return definition(table).columns().stream().map(Column::name).toList();
  }

  /** Now, after a restart, without the cache; and the consolidated file is the same. */
  private void holds(String query, String... rows) {
    assertThat(folder.rows(query)).containsExactly(rows);
    folder.restart();
    assertThat(folder.rows(query)).as("after a restart").containsExactly(rows);
    folder.stop();
    folder.deleteCache();
    folder.open();
    assertThat(folder.rows(query)).as("without the cache").containsExactly(rows);
    folder
        .db()
        .catalog()
        .tables()
        .keySet()
        .forEach(
            table ->
                assertThat(folder.db().verify(table).problems()).as("file of " + table).isEmpty());
  }

  @Test
  void addColumn_isThereForOldAndNewRows() {
    folder.run("ALTER TABLE t ADD COLUMN note VARCHAR");
    folder.run("ALTER TABLE t ADD COLUMN IF NOT EXISTS note INTEGER");
    folder.run("ALTER TABLE t ADD level DECIMAL(4,1) DEFAULT 1 + 0.5");
    folder.run("ALTER TABLE logged ADD COLUMN tag VARCHAR NOT NULL DEFAULT 'old'");
    folder.run("INSERT INTO t (id, note) VALUES (3, 'new')");
    folder.run("INSERT INTO logged (who) VALUES ('z')");
    folder.run("UPDATE t SET level = NULL WHERE id = 2");
    assertThat(columns("t")).containsExactly("id", "name", "n", "note", "level");
    refused(
        ErrorCode.ALREADY_EXISTS, () -> folder.run("ALTER TABLE t ADD COLUMN Note INT"), "Note");
    refused(
        ErrorCode.CONSTRAINT_VIOLATION,
        () -> folder.run("ALTER TABLE t ADD COLUMN must INT NOT NULL"),
        "must",
        "DEFAULT");
    refused(
        ErrorCode.INVALID_REQUEST,
        () -> folder.run("ALTER TABLE t ADD COLUMN drawn DOUBLE DEFAULT random()"),
        "another value for each row");
    refused(
        ErrorCode.CONSTRAINT_VIOLATION,
        () -> folder.run("INSERT INTO logged VALUES ('v', 1, NULL)"),
        "tag");
    holds("FROM t ORDER BY id", "1|a|10|null|1.5", "2|b|20|null|null", "3|null|null|new|1.5");
    holds("FROM logged ORDER BY who", "x|1|old", "y|null|old", "z|null|old");
  }

  @Test
  void dropColumn_takesItsValues_alsoIfItComesBack() {
    folder.run("ALTER TABLE t DROP COLUMN n");
    folder.run("ALTER TABLE t DROP COLUMN IF EXISTS n");
    refused(ErrorCode.NOT_FOUND, () -> folder.run("ALTER TABLE t DROP n"), "n");
    refused(ErrorCode.INVALID_REQUEST, () -> folder.run("ALTER TABLE t DROP id"), "key");
    holds("FROM t ORDER BY id", "1|a", "2|b");
    folder.run("ALTER TABLE t ADD COLUMN n VARCHAR");
    folder.run("UPDATE t SET n = 'x' WHERE id = 2");
    holds("FROM t ORDER BY id", "1|a|null", "2|b|x");
    folder.run("ALTER TABLE logged DROP who");
    refused(ErrorCode.INVALID_REQUEST, () -> folder.run("ALTER TABLE logged DROP amount"), "only");
  }

  @Test
  void renameColumn_keepsValuesRulesAndKey() {
    folder.run("ALTER TABLE t ALTER n SET DEFAULT 7");
    folder.run("ALTER TABLE t RENAME COLUMN n TO amount");
    folder.run("ALTER TABLE t RENAME id TO Number");
    folder.run("INSERT INTO t (number, name) VALUES (3, 'c') ON CONFLICT DO NOTHING");
    folder.run("DELETE FROM t WHERE Number = 1");
    folder.run("ALTER TABLE t RENAME Number TO number");
    folder.run("ALTER TABLE t RENAME name TO n");
    assertThat(definition("t").key().orElseThrow().columns()).containsExactly("number");
    holds("FROM t ORDER BY number", "2|b|20", "3|c|7");
    assertThat(columns("t")).containsExactly("number", "n", "amount");
    folder.upsert("t", "SELECT 2 AS number, 'again' AS n");
    holds("FROM t ORDER BY number", "2|again|null", "3|c|7");
  }

  @Test
  void changeType_losesNothingOrIsRefused() {
    folder.run("INSERT INTO logged VALUES ('abc', 5)");
    folder.run("UPDATE logged SET who = '9' WHERE who = 'abc'");
    folder.run("ALTER TABLE t ALTER COLUMN n TYPE BIGINT");
    folder.run("ALTER TABLE t ALTER id SET DATA TYPE BIGINT");
    folder.run("INSERT INTO t VALUES (30000000000, 'big', 30000000000)");
    folder.delete("t", "SELECT 1::BIGINT AS id");
    refused(
        ErrorCode.TYPE_MISMATCH, () -> folder.run("ALTER TABLE t ALTER n TYPE INTEGER"), "3000000");
    refused(ErrorCode.INVALID_REQUEST, () -> folder.run("ALTER TABLE t ALTER id TYPE INT"), "key");
    refused(
        ErrorCode.TYPE_MISMATCH, () -> folder.run("ALTER TABLE logged ALTER who TYPE INT"), "x");
    folder.run("DELETE FROM logged WHERE who <> '9'");
    folder.run("ALTER TABLE logged ALTER who TYPE INTEGER");
    holds("FROM logged", "9|5");
    folder.run("INSERT INTO logged VALUES (10, 1)");
    folder.run("ALTER TABLE logged ALTER who TYPE VARCHAR");
    folder.run("INSERT INTO logged VALUES ('z', 1)");
    holds("FROM logged ORDER BY who", "10|1", "9|5", "z|1");
    holds("FROM t ORDER BY id", "2|b|20", "30000000000|big|30000000000");
  }

  @Test
  void rules_areChanged() {
    folder.run("ALTER TABLE t ALTER name SET NOT NULL");
    folder.run("ALTER TABLE t ALTER COLUMN name SET DEFAULT 'none'");
    folder.run("INSERT INTO t (id) VALUES (3)");
    refused(
        ErrorCode.CONSTRAINT_VIOLATION,
        () -> folder.run("UPDATE t SET name = NULL"),
        "column name");
    refused(
        ErrorCode.CONSTRAINT_VIOLATION,
        () -> folder.run("ALTER TABLE logged ALTER amount SET NOT NULL"),
        "amount");
    holds("SELECT name FROM t ORDER BY id", "a", "b", "none");
    assertThat(definition("t").rules().notNull()).containsExactly("name");
    folder.run("ALTER TABLE t ALTER name DROP NOT NULL");
    folder.run("ALTER TABLE t ALTER name DROP DEFAULT");
    folder.run("INSERT INTO t (id) VALUES (4)");
    holds("SELECT name FROM t ORDER BY id", "a", "b", "none", "null");
    folder.run("CREATE TABLE checked (a INTEGER, b INTEGER, CHECK (a < b))");
    refused(ErrorCode.INVALID_REQUEST, () -> folder.run("ALTER TABLE checked DROP b"), "a < b");
    refused(
        ErrorCode.INVALID_REQUEST, () -> folder.run("ALTER TABLE checked RENAME a TO c"), "a < b");
  }

  @Test
  void renameTable_keepsRowsKeyAndRules() {
    folder.run("ALTER TABLE t ALTER name SET NOT NULL");
    refused(ErrorCode.ALREADY_EXISTS, () -> folder.run("ALTER TABLE t RENAME TO logged"), "logged");
    folder.run("ALTER TABLE t RENAME TO u");
    folder.run("INSERT OR REPLACE INTO u VALUES (2, 'B', 22)");
    refused(ErrorCode.NOT_FOUND, () -> folder.run("ALTER TABLE t ADD x INT"), "t");
    folder.run("ALTER TABLE IF EXISTS t ADD x INT");
    refused(
        ErrorCode.CONSTRAINT_VIOLATION, () -> folder.run("INSERT INTO u (id) VALUES (9)"), "name");
    holds("FROM u ORDER BY id", "1|a|10", "2|B|22");
    folder.run("CREATE TABLE t (z INTEGER)");
    holds("FROM t");
  }

  @Test
  void alterations_followEachOther_acrossTruncateAndDrop() {
    folder.run("ALTER TABLE logged ADD COLUMN c INTEGER DEFAULT 1");
    folder.run("TRUNCATE logged");
    folder.run("INSERT INTO logged VALUES ('q', 2, 3)");
    folder.run("ALTER TABLE logged RENAME c TO d");
    folder.run("ALTER TABLE logged ADD COLUMN c INTEGER DEFAULT 4");
    folder.run("ALTER TABLE logged DROP COLUMN d");
    folder.run("ALTER TABLE logged RENAME c TO d");
    holds("FROM logged", "q|2|4");
    folder.run("DROP TABLE logged");
    folder.run("CREATE TABLE logged (c INTEGER)");
    folder.run("INSERT INTO logged VALUES (1)");
    folder.run("ALTER TABLE logged RENAME c TO who");
    holds("FROM logged", "1");
  }

  @Test
  void files_keepTheirColumns_andGetAddedOnes() {
    folder.parquet("f/one.parquet", "SELECT 1 AS id, 'x' AS v, 1::INTEGER AS w");
    folder.text("tables.yaml", "tables:", "  f:", "    path: f");
    folder.quiet();
    folder.run("ALTER TABLE f ADD COLUMN extra VARCHAR");
    folder.run("UPDATE f SET extra = 'seen'");
    folder.run("ALTER TABLE f ALTER w TYPE BIGINT");
    folder.parquet("f/two.parquet", "SELECT 2 AS id, 'y' AS v, 2::INTEGER AS w");
    folder.quiet();
    String[] words = {"f/one.parquet"};
    refused(ErrorCode.INVALID_REQUEST, () -> folder.run("ALTER TABLE f DROP v"), words);
    refused(ErrorCode.INVALID_REQUEST, () -> folder.run("ALTER TABLE f RENAME v TO u"), words);
    refused(ErrorCode.INVALID_REQUEST, () -> folder.run("ALTER TABLE f RENAME TO g"), words);
    refused(ErrorCode.INVALID_REQUEST, () -> folder.run("ALTER TABLE f ALTER v TYPE INT"), words);
    refused(
        ErrorCode.INVALID_REQUEST,
        () -> folder.run("ALTER TABLE f ADD COLUMN more INTEGER DEFAULT 1"),
        "SET DEFAULT");
    assertThat(definition("f").columns()).contains(new Column("w", "BIGINT"));
    holds("FROM f ORDER BY id", "1|x|1|seen", "2|y|2|null");
    folder.run("ALTER TABLE f RENAME extra TO remark");
    folder.parquet("f/three.parquet", "SELECT 3 AS id, 'z' AS v, 3::INTEGER AS w, 'own' AS extra");
    folder.quiet();
    holds(
        "SELECT id, remark, extra FROM f ORDER BY id", "1|seen|null", "2|null|null", "3|null|own");
  }

  @Test
  void files_thatComeLater_bringDroppedColumnsBackForTheirRows() {
    folder.run("ALTER TABLE t DROP COLUMN n");
    folder.parquet("t.parquet", "SELECT 9::INTEGER AS id, 'file' AS name, 'text' AS n");
    folder.quiet();
    holds("SELECT id, name, n FROM t ORDER BY id", "1|a|null", "2|b|null", "9|file|text");
  }

  @Test
  void transactions_refuseIt() {
    try (OpenedTransaction tx = new OpenedTransaction(folder)) {
      refused(
          ErrorCode.UNIMPLEMENTED, () -> tx.run("ALTER TABLE t ADD COLUMN x INT"), "transaction");
    }
    try (OpenedTransaction tx = new OpenedTransaction(folder)) {
      tx.run("UPDATE t SET n = 1 WHERE id = 1");
      folder.run("ALTER TABLE t DROP n");
      folder.run("ALTER TABLE t ADD n INTEGER");
      refused(ErrorCode.CONFLICT, tx::commit, "definition");
    }
    holds("FROM t ORDER BY id", "1|a|null", "2|b|null");
  }

  @Test
  void preparedAndViews_seeTheColumnsAtOnce() {
    folder.run("CREATE VIEW seen AS SELECT * FROM t");
    folder.run("ALTER TABLE t ADD COLUMN more INTEGER DEFAULT 5");
    assertThat(folder.rows("SELECT more FROM t ORDER BY id")).containsExactly("5", "5");
    assertThat(folder.rows("SELECT column_name FROM (DESCRIBE t)")).contains("more");
    assertThat(folder.rows("SELECT id, n FROM seen ORDER BY id")).containsExactly("1|10", "2|20");
    folder.run("ALTER TABLE t ALTER n TYPE BIGINT");
    assertThat(folder.rows("SELECT id, n FROM seen ORDER BY id")).containsExactly("1|10", "2|20");
  }
}
