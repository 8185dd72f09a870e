package io.flashduck.server.table;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flashduck.server.engine.Parameters;
import io.flashduck.server.engine.sql.QualifiedName;
import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Transactions over several statements. */
final class TransactionTest {
  private static final Instant OLD = Instant.parse("2026-01-01T00:00:00Z");

  @TempDir Path dir;
  private TestFolder folder;

  @BeforeEach
  void open() {
    folder = new TestFolder(dir);
    folder.modified(folder.text("t.csv", "id,x", "1,10", "2,20", "3,30"), OLD);
    folder.modified(folder.text("log.csv", "n,s", "1,a", "1,a", "2,b"), OLD);
    folder.modified(folder.text("sales/c.csv", "id,name", "1,ann", "2,bob"), OLD);
    folder.open();
  }

  @AfterEach
  void close() {
    folder.close();
  }

  private OpenedTransaction begin() {
    return new OpenedTransaction(folder);
  }

  private static void refused(ThrowingCallable call, ErrorCode code, String text) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(FlashDuckException.class, e -> assertThat(e.code()).isEqualTo(code))
        .hasMessageContaining(text);
  }

  private void rebuilt(String query, String... rows) {
    assertThat(folder.rows(query)).containsExactly(rows);
    folder.stop();
    folder.deleteCache();
    folder.open();
    assertThat(folder.rows(query)).as("built from nothing").containsExactly(rows);
  }

  @Test
  void commit_tableWithKey_isOneChangeOfEverything() {
    long before = folder.db().catalog().sequence();
    try (OpenedTransaction tx = begin()) {
      assertThat(tx.run("INSERT INTO t VALUES (4, 40), (5, 50)")).isEqualTo(2);
      assertThat(tx.run("UPDATE t SET x = x + 1 WHERE id IN (1, 4)")).isEqualTo(2);
      assertThat(tx.run("DELETE FROM t WHERE id IN (2, 5)")).isEqualTo(2);
      assertThat(tx.run("UPDATE t SET x = x + 1 WHERE id = 1")).isEqualTo(1);
      assertThat(tx.run("UPDATE t SET id = 9 WHERE id = 3")).isEqualTo(1);
      assertThat(tx.rows("FROM t ORDER BY id")).containsExactly("1|12", "4|41", "9|30");
      assertThat(folder.rows("FROM t ORDER BY id")).containsExactly("1|10", "2|20", "3|30");
      assertThat(tx.commit().sequence()).isEqualTo(before + 1);
    }
    rebuilt("FROM t ORDER BY id", "1|12", "4|41", "9|30");
    assertThat(folder.db().catalog().sequence()).isEqualTo(before + 1);
  }

  @Test
  void commit_tableWithoutKey_isOneChangeOfEverything() {
    try (OpenedTransaction tx = begin()) {
      assertThat(tx.run("INSERT INTO log VALUES (3, 'c'), (3, 'd')")).isEqualTo(2);
      assertThat(tx.run("UPDATE log SET s = s || '!' WHERE n >= 2")).isEqualTo(3);
      assertThat(tx.run("DELETE FROM log WHERE s IN ('a', 'd!')")).isEqualTo(3);
      assertThat(tx.run("UPDATE log SET s = s || '?' WHERE n = 2")).isEqualTo(1);
      assertThat(tx.rows("FROM log ORDER BY ALL")).containsExactly("2|b!?", "3|c!");
      tx.commit();
    }
    rebuilt("FROM log ORDER BY ALL", "2|b!?", "3|c!");
  }

  @Test
  void rollback_leavesNothing() {
    long before = folder.db().catalog().sequence();
    try (OpenedTransaction tx = begin()) {
      tx.run("DELETE FROM t");
      tx.run("TRUNCATE log");
      assertThat(tx.rows("SELECT count(*) FROM t")).containsExactly("0");
      assertThat(tx.rows("SELECT count(*) FROM log")).containsExactly("0");
      tx.rollback();
    }
    assertThat(folder.rows("SELECT count(*) FROM t")).containsExactly("3");
    assertThat(folder.db().catalog().sequence()).isEqualTo(before);
  }

  @Test
  void reads_areOfOneSnapshot() {
    try (OpenedTransaction tx = begin()) {
      folder.run("UPDATE t SET x = 99");
      folder.run("INSERT INTO log VALUES (7, 'z')");
      assertThat(tx.rows("SELECT sum(x) FROM t")).containsExactly("60");
      assertThat(tx.rows("SELECT count(*) FROM log")).containsExactly("3");
      assertThat(tx.commit().sequence()).isZero();
    }
  }

  @Test
  void commit_rowChangedByAnother_conflictsAndChangesNothing() {
    for (String theirs :
        List.of(
            "UPDATE t SET x = 77 WHERE id = 1",
            "DELETE FROM t WHERE id = 1",
            "TRUNCATE t",
            "CREATE OR REPLACE TABLE t (id BIGINT PRIMARY KEY, x BIGINT)",
            "DROP TABLE t")) {
      try (OpenedTransaction tx = begin()) {
        tx.run("UPDATE t SET x = 5 WHERE id = 1");
        tx.run("INSERT INTO log VALUES (8, 'lost')");
        folder.run(theirs);
        refused(tx::commit, ErrorCode.CONFLICT, "retry the transaction");
      }
      folder.run("CREATE OR REPLACE TABLE t (id BIGINT PRIMARY KEY, x BIGINT)");
      folder.run("INSERT INTO t VALUES (1, 10), (2, 20), (3, 30)");
    }
    assertThat(folder.rows("FROM log WHERE n = 8")).isEmpty();
  }

  @Test
  void commit_sameNewKey_firstOneWins() {
    try (OpenedTransaction one = begin();
        OpenedTransaction two = begin();
        OpenedTransaction three = begin()) {
      one.run("INSERT INTO t VALUES (7, 1)");
      two.run("INSERT INTO t VALUES (7, 2)");
      three.run("INSERT INTO t VALUES (8, 3)");
      one.commit();
      refused(two::commit, ErrorCode.CONFLICT, "key (7)");
      three.commit();
    }
    rebuilt("FROM t WHERE id > 3 ORDER BY id", "7|1", "8|3");
  }

  @Test
  void commit_rowThatCameAndWent_conflicts() {
    try (OpenedTransaction tx = begin()) {
      tx.run("INSERT INTO t VALUES (7, 1)");
      folder.run("INSERT INTO t VALUES (7, 2)");
      folder.run("DELETE FROM t WHERE id = 7");
      refused(tx::commit, ErrorCode.CONFLICT, "key (7)");
    }
  }

  @Test
  void commit_rowOfAReloadedFile_conflicts() {
    try (OpenedTransaction tx = begin()) {
      tx.run("UPDATE t SET x = 5 WHERE id = 1");
      folder.modified(folder.text("t.csv", "id,x", "1,11", "2,20"), OLD.plusSeconds(60));
      folder.quiet();
      refused(tx::commit, ErrorCode.CONFLICT, "key (1)");
    }
    assertThat(folder.rows("FROM t ORDER BY id")).containsExactly("1|11", "2|20");
  }

  @Test
  void commit_rowsWithoutKey_conflictByRow() {
    try (OpenedTransaction one = begin();
        OpenedTransaction two = begin();
        OpenedTransaction three = begin()) {
      one.run("UPDATE log SET s = 'one' WHERE n = 2");
      two.run("DELETE FROM log WHERE n = 2");
      three.run("UPDATE log SET s = 'three' WHERE n = 1");
      three.run("INSERT INTO log VALUES (2, 'new')");
      one.commit();
      refused(two::commit, ErrorCode.CONFLICT, "a row of main.log");
      three.commit();
    }
    rebuilt("FROM log ORDER BY ALL", "1|three", "1|three", "2|new", "2|one");
  }

  @Test
  void names_inEveryForm_readWhatTheTransactionSees() {
    folder.run("CREATE VIEW big AS SELECT * FROM t WHERE x >= 20");
    folder.run("CREATE VIEW sales.bigger AS SELECT id FROM main.big WHERE x > 20");
    try (OpenedTransaction tx = begin()) {
      tx.run("DELETE FROM t WHERE id < 3");
      tx.run("INSERT INTO sales.c VALUES (3, 'cid')");
      for (String query :
          List.of(
              "SELECT id FROM t",
              "SELECT t.id FROM T",
              "SELECT main.t.id FROM main.t",
              "SELECT \"t\".\"id\" FROM flashduck_db.\"main\".\"t\"",
              "SELECT q.id FROM main.t AS q",
              "WITH t AS (SELECT * FROM t) SELECT id FROM t",
              "WITH a AS (FROM t), b AS (FROM a) SELECT id FROM b",
              "SELECT id FROM (FROM t)",
              "SELECT id FROM big",
              "SELECT id FROM sales.bigger",
              "SELECT id FROM (TABLE t)",
              "SELECT x.id FROM range(1) r(i), LATERAL (SELECT * FROM t) x",
              "SELECT DISTINCT t.id FROM t JOIN sales.c USING (id)",
              "SELECT max(id) FROM t WHERE id IN (SELECT id FROM sales.c)")) {
        assertThat(tx.rows(query)).as(query).containsExactly("3");
      }
      assertThat(tx.rows("WITH t AS (SELECT 5 AS id) SELECT id FROM t")).containsExactly("5");
      assertThat(tx.rows("SELECT count(*), 'ü' FROM main.t")).containsExactly("1|ü");
      assertThat(tx.rows("SELECT 'ü', t.id FROM main.t")).containsExactly("ü|3");
      assertThat(tx.rows("SELECT count FROM (SUMMARIZE t)")).isNotEmpty();
      assertThat(tx.rows("SUMMARIZE t").get(0)).contains("id|");
      assertThat(tx.rows("FROM t LIMIT 1")).containsExactly("3|30");
      assertThat(tx.rows("DESCRIBE t")).hasSize(2);
      assertThat(tx.rows("EXPLAIN SELECT * FROM t")).isNotEmpty();
      refused(() -> tx.rows("PIVOT t ON id USING sum(x)"), ErrorCode.UNIMPLEMENTED, "plain SELECT");
    }
  }

  @Test
  void changes_readWhatTheTransactionSees() {
    try (OpenedTransaction tx = begin()) {
      tx.run("DELETE FROM t WHERE id = 1");
      tx.run("INSERT INTO t SELECT id + 10, x FROM t");
      tx.run("UPDATE sales.c SET name = 'x' WHERE id IN (SELECT id FROM main.t)");
      tx.run("UPDATE sales.c SET name = name || t.x FROM t WHERE t.id = c.id");
      tx.run(
          "MERGE INTO sales.c USING t ON c.id = t.id WHEN NOT MATCHED THEN INSERT VALUES (t.id,"
              + " 'm')");
      tx.run("WITH u AS (SELECT * FROM t WHERE id > 10) DELETE FROM t USING u WHERE t.id = u.id");
      assertThat(tx.rows("FROM t ORDER BY id")).containsExactly("2|20", "3|30");
      assertThat(tx.rows("FROM sales.c ORDER BY id"))
          .containsExactly("1|ann", "2|x20", "3|m", "12|m", "13|m");
      tx.commit();
    }
    rebuilt("FROM sales.c ORDER BY id", "1|ann", "2|x20", "3|m", "12|m", "13|m");
  }

  @Test
  void refusals_ofKeys_leaveTheTransactionOpen() {
    try (OpenedTransaction tx = begin()) {
      tx.run("INSERT INTO t VALUES (7, 1)");
      refused(
          () -> tx.run("INSERT INTO t VALUES (7, 2)"), ErrorCode.CONSTRAINT_VIOLATION, "id = 7");
      refused(
          () -> tx.run("INSERT INTO t VALUES (1, 2)"), ErrorCode.CONSTRAINT_VIOLATION, "id = 1");
      tx.run("INSERT OR REPLACE INTO t VALUES (1, 2)");
      tx.commit();
    }
    rebuilt("FROM t ORDER BY id", "1|2", "2|20", "3|30", "7|1");
  }

  @Test
  void errorOfDuckDb_leavesOnlyRollback() {
    try (OpenedTransaction tx = begin()) {
      tx.run("INSERT INTO t VALUES (7, 1)");
      refused(() -> tx.run("UPDATE t SET nosuch = 1"), ErrorCode.INVALID_REQUEST, "nosuch");
      refused(() -> tx.rows("FROM nosuch"), ErrorCode.NOT_FOUND, "nosuch");
      refused(tx::commit, ErrorCode.INVALID_REQUEST, "aborted");
    }
    assertThat(folder.rows("FROM t WHERE id = 7")).isEmpty();
  }

  @Test
  void definitions_areSeenAndCommittedTogether() {
    try (OpenedTransaction tx = begin()) {
      tx.run("CREATE SCHEMA lab");
      tx.run("CREATE TABLE lab.a (id INTEGER PRIMARY KEY, v VARCHAR)");
      tx.run("INSERT INTO lab.a VALUES (1, 'one'), (2, 'two')");
      tx.run("DELETE FROM lab.a WHERE id = 1");
      tx.run("CREATE TABLE b AS SELECT id, v FROM lab.a");
      tx.run("CREATE VIEW both_of AS SELECT a.v FROM lab.a JOIN b USING (id)");
      tx.run("DROP TABLE log");
      tx.run("CREATE OR REPLACE TABLE t AS SELECT 5 AS five");
      tx.run("CREATE TABLE gone (i INTEGER)");
      tx.run("DROP TABLE gone");
      assertThat(tx.rows("FROM both_of")).containsExactly("two");
      assertThat(tx.rows("FROM t")).containsExactly("5");
      refused(() -> tx.rows("FROM log"), ErrorCode.NOT_FOUND, "log");
      assertThat(folder.db().catalog().views()).isEmpty();
      tx.commit();
    }
    rebuilt("SELECT v, five FROM both_of, t", "two|5");
    assertThat(folder.db().catalog().table(TestFolder.name("log"))).isEmpty();
    assertThat(folder.db().catalog().table(TestFolder.name("gone"))).isEmpty();
  }

  @Test
  void definitions_ofTheSameName_firstOneWins() {
    try (OpenedTransaction one = begin();
        OpenedTransaction two = begin();
        OpenedTransaction three = begin()) {
      one.run("CREATE TABLE n (id INTEGER)");
      two.run("CREATE TABLE n (id VARCHAR)");
      three.run("CREATE VIEW n AS SELECT 1 AS id");
      one.commit();
      refused(two::commit, ErrorCode.CONFLICT, "main.n");
      refused(three::commit, ErrorCode.CONFLICT, "main.n");
    }
  }

  @Test
  void truncate_thenRows_keepsOnlyThose() {
    try (OpenedTransaction tx = begin()) {
      tx.run("TRUNCATE t");
      tx.run("INSERT INTO t VALUES (1, 1)");
      tx.run("TRUNCATE log");
      tx.run("INSERT INTO log VALUES (9, 'i'), (9, 'j')");
      tx.run("DELETE FROM log WHERE s = 'j'");
      assertThat(tx.rows("FROM t")).containsExactly("1|1");
      tx.commit();
    }
    rebuilt("SELECT id, x, n, s FROM t, log", "1|1|9|i");
  }

  @Test
  void boundRows_areOneStatement() {
    ArrowRows two = folder.arrow("SELECT * FROM (VALUES (21, 1), (22, 2)) v(a, b)");
    ArrowRows ids = folder.arrow("SELECT * FROM (VALUES (100, 1), (200, 21)) v(a, b)");
    try (OpenedTransaction tx = begin()) {
      assertThat(tx.run("INSERT INTO t VALUES (?, ?)", Optional.of(two))).isEqualTo(2);
      assertThat(tx.run("UPDATE t SET x = ? WHERE id = ?", Optional.of(ids))).isEqualTo(2);
      assertThat(tx.rows("SELECT x FROM t WHERE id IN (1, 21, 22) ORDER BY id"))
          .containsExactly("100", "200", "2");
      tx.commit();
    }
    rebuilt("SELECT count(*), sum(x) FROM t", "5|352");
  }

  @Test
  void ingest_isPartOfTheTransaction() {
    ArrowRows rows = folder.arrow("SELECT 1 AS id, 5 AS x UNION ALL SELECT 8, 80");
    try (OpenedTransaction tx = begin()) {
      tx.transaction().submit(Change.of(ChangeKind.UPSERT, TestFolder.name("t"), rows));
      tx.transaction()
          .submit(
              new Change(
                  ChangeKind.INGEST, TestFolder.name("fresh"), rows, CreateMode.CREATE, List.of()));
      tx.run("DELETE FROM fresh WHERE id = 1");
      assertThat(tx.rows("SELECT x FROM t WHERE id IN (1, 8) ORDER BY id"))
          .containsExactly("5", "80");
      tx.commit();
    }
    rebuilt("SELECT fresh.id, t.x FROM fresh JOIN t USING (id)", "8|80");
  }

  @Test
  void temporaryTables_liveThroughACommitAndEndWithARollback() {
    try (OpenedTransaction tx = begin()) {
      tx.connection().execute("CREATE TEMP TABLE mine AS SELECT 1 AS id", Parameters.NONE);
      tx.run("UPDATE t SET x = 0 WHERE id IN (SELECT id FROM mine)");
      assertThat(tx.rows("SELECT x FROM t JOIN mine USING (id)")).containsExactly("0");
      tx.commit();
      assertThat(tx.connection().internal().query("FROM mine", row -> row.getInt(1)))
          .containsExactly(1);
      assertThat(
              tx.connection()
                  .internal()
                  .query(
                      "SELECT table_name FROM system.main.duckdb_tables() WHERE database_name ="
                          + " 'temp' UNION SELECT view_name FROM system.main.duckdb_views() WHERE"
                          + " database_name = 'temp' AND NOT internal AND view_name LIKE '_fd%'",
                      row -> row.getString(1)))
          .containsExactly("mine");
    }
  }

  @Test
  void views_overRedefinedTables_areReadAnewAndNothingIsLeft() {
    folder.run("CREATE VIEW v AS SELECT id FROM t");
    try (OpenedTransaction tx = begin()) {
      tx.connection().execute("CREATE TEMP TABLE mine (id INTEGER)", Parameters.NONE);
      tx.run("DELETE FROM t WHERE id > 1");
      assertThat(tx.rows("FROM v")).containsExactly("1");
      tx.run("CREATE OR REPLACE TABLE t AS SELECT 9 AS id");
      assertThat(tx.rows("FROM v")).containsExactly("9");
      assertThat(tx.connection().isTemporary(new QualifiedName(List.of("temp", "_fd_tx_1_rows"))))
          .isFalse();
      tx.commit();
      assertThat(
              tx.connection()
                  .internal()
                  .query(
                      "SELECT view_name FROM system.main.duckdb_views() WHERE starts_with(view_name,"
                          + " '_fd_') UNION ALL SELECT table_name FROM system.main.duckdb_tables()"
                          + " WHERE starts_with(table_name, '_fd_')",
                      row -> row.getString(1)))
          .isEmpty();
    }
    rebuilt("FROM v", "9");
  }

  @Test
  void tooMuch_isRefused() {
    folder.stop();
    folder.with("queue.max-frame-bytes", "1MiB").open();
    try (OpenedTransaction tx = begin()) {
      refused(
          () -> {
            for (int i = 1; i < 100; i++) {
              tx.run(
                  "INSERT INTO log SELECT n, 'some longer text ' || n FROM range("
                      + i
                      + "0000) r(n)");
            }
          },
          ErrorCode.RESOURCE_EXHAUSTED,
          "bytes");
    }
  }

  @Test
  void describe_inTheTransaction_knowsItsTables() {
    try (OpenedTransaction tx = begin()) {
      tx.run("CREATE TABLE n (id INTEGER PRIMARY KEY, s VARCHAR)");
      UpdateDescription described =
          tx.transaction().describe(SqlUpdate.of("INSERT INTO n VALUES (?, ?) RETURNING s"));
      assertThat(described.parameters().getFields()).hasSize(2);
      assertThat(described.returning().orElseThrow().getFields().get(0).getName()).isEqualTo("s");
      assertThat(
              tx.transaction()
                  .describe(SqlUpdate.of("UPDATE t SET x = ? WHERE id = ?"))
                  .parameters()
                  .getFields())
          .hasSize(2);
      tx.run("INSERT INTO n VALUES (1, 'a')");
      tx.commit();
    }
    rebuilt("FROM n", "1|a");
  }
}
