package io.flashduck.server.table;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** NOT NULL, DEFAULT and CHECK of CREATE TABLE. */
final class TableRulesTest {
  @TempDir Path dir;
  private TestFolder folder;

  @BeforeEach
  void open() {
    folder = new TestFolder(dir);
    folder.run(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, name VARCHAR NOT NULL, n INTEGER DEFAULT 40 + 2,"
            + " day DATE DEFAULT DATE '2026-01-01' CHECK (day > DATE '2000-01-01'), CONSTRAINT"
            + " positive CHECK (n > 0))");
    folder.run("CREATE TABLE logged (who VARCHAR NOT NULL, amount INTEGER CHECK (amount <> 13))");
  }

  @AfterEach
  void close() {
    folder.close();
  }

  private static void violates(ThrowingCallable call, String... words) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            FlashDuckException.class,
            e -> assertThat(e.code()).isEqualTo(ErrorCode.CONSTRAINT_VIOLATION))
        .hasMessageContainingAll(words);
  }

  @Test
  void notNull_bySql_namesColumnAndRow() {
    violates(
        () -> folder.run("INSERT INTO t (id, name) VALUES (1, 'a'), (2, NULL)"),
        "NOT NULL",
        "column name",
        "row 2 (id = 2)");
    violates(() -> folder.run("INSERT INTO t (id) VALUES (1)"), "column name", "row 1 (id = 1)");
    violates(() -> folder.run("INSERT INTO logged VALUES (NULL, 1)"), "column who", "row 1");
    folder.run("INSERT INTO t (id, name) VALUES (1, 'a')");
    violates(() -> folder.run("UPDATE t SET name = NULL"), "column name", "id = 1");
    violates(
        () ->
            folder.run(
                "MERGE INTO t USING (SELECT 1 AS id) AS s ON t.id = s.id WHEN MATCHED THEN UPDATE"
                    + " SET name = NULL"),
        "column name");
    assertThat(folder.rows("SELECT name FROM t")).containsExactly("a");
    folder.run("DELETE FROM t");
  }

  @Test
  void notNull_byRows_namesColumnAndRow() {
    violates(
        () -> folder.upsert("t", "SELECT * FROM (VALUES (1, 'a'), (2, NULL)) AS v(id, name)"),
        "row 2",
        "column name");
    violates(() -> folder.upsert("t", "SELECT 1 AS id"), "column name", "leave it out");
    violates(() -> folder.append("logged", "SELECT NULL::VARCHAR AS who"), "row 1", "column who");
    folder.upsert("t", "SELECT 1 AS id, 'a' AS name");
    folder.delete("t", "SELECT 1 AS id");
    assertThat(folder.rows("FROM t")).isEmpty();
  }

  @Test
  void defaults_fillWhatAnInsertLeavesOut() {
    folder.run("INSERT INTO t (id, name) VALUES (1, 'a')");
    folder.run("INSERT INTO t BY NAME SELECT 'b' AS name, 2 AS id, 7 AS n");
    folder.run("INSERT INTO t (name, id, n) VALUES ('c', 3, NULL)");
    folder.run(
        "MERGE INTO t USING (SELECT 4 AS id) AS s ON t.id = s.id WHEN NOT MATCHED THEN INSERT (id,"
            + " name) VALUES (s.id, 'd')");
    folder.run(
        new SqlUpdate(
            "INSERT INTO t (id, name) VALUES (?, ?)",
            Optional.of(folder.arrow("SELECT 5 + range AS id, 'e' AS name FROM range(2)")),
            List.of()));
    assertThat(folder.rows("FROM t ORDER BY id"))
        .containsExactly(
            "1|a|42|2026-01-01",
            "2|b|7|2026-01-01",
            "3|c|null|2026-01-01",
            "4|d|42|2026-01-01",
            "5|e|42|2026-01-01",
            "6|e|42|2026-01-01");
    folder.run("UPDATE t SET n = DEFAULT WHERE id = 2");
    folder.run(
        "INSERT INTO t (id, name) VALUES (3, 'c') ON CONFLICT DO UPDATE SET n = DEFAULT, name ="
            + " 'again'");
    assertThat(folder.rows("SELECT id, name, n FROM t WHERE id IN (2, 3) ORDER BY id"))
        .containsExactly("2|b|42", "3|again|42");
  }

  @Test
  void defaults_insideValues() {
    folder.run("INSERT INTO t VALUES (1, 'a', DEFAULT, DEFAULT), (2, 'DEFAULT', 3 , default)");
    folder.run("INSERT INTO t (n, id, name) VALUES (DEFAULT, 3, 'c')");
    folder.run(
        new SqlUpdate(
            "INSERT INTO t (id, name, n) VALUES (?, ?, DEFAULT)",
            Optional.of(folder.arrow("SELECT 5 + range AS id, 'e' AS name FROM range(2)")),
            List.of()));
    assertThat(folder.rows("FROM t ORDER BY id"))
        .containsExactly(
            "1|a|42|2026-01-01",
            "2|DEFAULT|3|2026-01-01",
            "3|c|42|2026-01-01",
            "5|e|42|2026-01-01",
            "6|e|42|2026-01-01");
    violates(() -> folder.run("INSERT INTO t VALUES (9, DEFAULT, 1, DEFAULT)"), "column name");
  }

  @Test
  void defaults_areEvaluatedForEachRowOnce() {
    folder.run("CREATE TABLE drawn (n INTEGER, u UUID DEFAULT uuid())");
    folder.run("INSERT INTO drawn (n) SELECT range FROM range(3)");
    List<String> drawn = folder.rows("SELECT u FROM drawn ORDER BY n");
    assertThat(drawn).doesNotHaveDuplicates().hasSize(3);
    folder.run("INSERT INTO drawn DEFAULT VALUES");
    folder.stop();
    folder.deleteCache();
    folder.open();
    assertThat(folder.rows("SELECT u FROM drawn WHERE n IS NOT NULL ORDER BY n")).isEqualTo(drawn);
    assertThat(folder.rows("SELECT count(u) FROM drawn")).containsExactly("4");
  }

  @Test
  void checks_mayNotBeFalse() {
    violates(
        () -> folder.run("INSERT INTO t (id, name, n) VALUES (1, 'a', 1), (2, 'b', -1)"),
        "CHECK",
        "n > 0",
        "row 2 (id = 2)");
    violates(
        () -> folder.run("INSERT INTO t (id, name, day) VALUES (1, 'a', '1999-01-01')"), "day >");
    violates(
        () ->
            folder.upsert(
                "t", "SELECT * FROM (VALUES (1, 'a', 1), (2, 'b', -1)) AS v(id, name, n)"),
        "row 2",
        "n > 0");
    violates(() -> folder.append("logged", "SELECT 'x' AS who, 13::BIGINT AS amount"), "row 1");
    folder.run("INSERT INTO logged VALUES ('x', NULL), ('y', 12)");
    violates(() -> folder.run("UPDATE logged SET amount = amount + 1"), "amount <> 13");
    assertThat(folder.rows("SELECT count(*) FROM logged")).containsExactly("2");
  }

  @Test
  void rules_outliveRestartsTruncateAndTheCache_andEndWithTheTable() {
    folder.restart();
    violates(() -> folder.run("INSERT INTO t (id) VALUES (1)"), "column name");
    folder.run("TRUNCATE t");
    folder.stop();
    folder.deleteCache();
    folder.open();
    violates(() -> folder.upsert("t", "SELECT 1 AS id, 'a' AS name, 0 AS n"), "n > 0");
    assertThat(folder.db().catalog().table(TestFolder.name("t")).orElseThrow().rules().notNull())
        .containsExactly("name");
    folder.run("CREATE OR REPLACE TABLE t (id INTEGER PRIMARY KEY, name VARCHAR)");
    folder.run("INSERT INTO t VALUES (1, NULL)");
    assertThat(folder.rows("FROM t")).containsExactly("1|null");
  }

  @Test
  void create_withARuleThatCannotHold_isRefused() {
    assertThatThrownBy(() -> folder.run("CREATE TABLE x (a INTEGER CHECK (b > 0))"))
        .hasMessageContaining("b");
    assertThatThrownBy(() -> folder.run("CREATE TABLE x (a INTEGER DEFAULT (SELECT 1))"))
        .isInstanceOf(FlashDuckException.class);
    assertThatThrownBy(() -> folder.run("CREATE TABLE x (a INTEGER REFERENCES t (id))"))
        .hasMessageContaining("REFERENCES");
    assertThatThrownBy(() -> folder.run("CREATE TABLE x (a, CHECK (a > 0)) AS SELECT 1"))
        .isInstanceOf(FlashDuckException.class);
  }
}
