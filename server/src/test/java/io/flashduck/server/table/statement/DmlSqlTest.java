package io.flashduck.server.table.statement;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flashduck.server.catalog.Column;
import io.flashduck.server.catalog.TableName;
import io.flashduck.server.engine.Engine;
import io.flashduck.server.engine.EngineConnection;
import io.flashduck.server.engine.EngineSettings;
import io.flashduck.server.engine.ReadPoolSettings;
import io.flashduck.server.engine.sql.SqlStatement;
import io.flashduck.server.engine.sql.StatementParser;
import io.flashduck.server.error.FlashDuckException;
import io.flashduck.server.table.merge.MergeSql;
import io.flashduck.server.table.merge.TableLayout;
import io.flashduck.server.table.statement.Capture.KeyCheck;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Captured rows against what DuckDB's own statement does to a table with a primary key. */
final class DmlSqlTest {
  private static final List<Column> COLUMNS =
      List.of(
          new Column("id", "INTEGER"),
          new Column("name", "VARCHAR"),
          new Column("Amount", "DECIMAL(9,2)"));

  @TempDir Path directory;
  private Engine engine;
  private EngineConnection connection;

  @BeforeEach
  void open() {
    engine =
        Engine.open(
            new EngineSettings(
                directory.resolve("cache.duckdb"),
                directory.resolve("tmp"),
                List.of(),
                "1GB",
                1,
                new ReadPoolSettings(2, Duration.ofSeconds(5))));
    connection = engine.openInternal();
    connection.execute("CREATE SCHEMA IF NOT EXISTS _flashduck");
    connection.execute("CREATE TABLE _flashduck.files (id BIGINT, path VARCHAR)");
    connection.execute("INSERT INTO _flashduck.files VALUES (7, 'a.csv')");
    connection.execute("CREATE TABLE other (id INTEGER, name VARCHAR, factor INTEGER)");
    connection.execute("INSERT INTO other VALUES (1, 'one', 10), (2, 'two', 20), (9, 'nine', 90)");
  }

  @AfterEach
  void close() {
    connection.close();
    engine.close();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "INSERT INTO t VALUES (10, 'x', 1.5), (11, NULL, NULL)",
        "INSERT INTO t (name, ID) SELECT name, id + 100 FROM other",
        "INSERT INTO t BY NAME SELECT 20 AS id, 5 AS amount",
        "WITH w AS (SELECT 30 AS i) INSERT INTO t SELECT i, 'w', 2 FROM w",
        "INSERT OR REPLACE INTO t VALUES (1, 'again', 9), (12, 'new', 1)",
        "INSERT OR IGNORE INTO t VALUES (1, 'again', 9), (12, 'new', 1)",
        "INSERT INTO t VALUES (1, 'again', 9), (12, 'new', 1) ON CONFLICT DO NOTHING",
        "INSERT INTO t VALUES (1, 'q', 9), (12, 'new', 1) ON CONFLICT (id) DO UPDATE SET amount ="
            + " amount + excluded.amount, name = t.name || excluded.name",
        "INSERT INTO t VALUES (1, 'q', 9), (2, 'r', 1) ON CONFLICT (id) DO UPDATE SET name ="
            + " excluded.name WHERE amount > 15",
        "UPDATE t SET amount = amount * 2, name = 'x' || id WHERE id < 3",
        "UPDATE t AS q SET name = o.name FROM other o WHERE o.id = q.id",
        "UPDATE t SET (name, amount) = ('tuple', 1) WHERE amount IS NOT NULL",
        "UPDATE t SET id = id + 100",
        "UPDATE t SET id = 50, name = DEFAULT WHERE id = 2",
        "DELETE FROM t WHERE amount > 15 OR name IS NULL",
        "DELETE FROM t USING other o WHERE o.id = t.id",
        "DELETE FROM t",
        "MERGE INTO t USING other o ON t.id = o.id WHEN MATCHED AND o.factor > 15 THEN DELETE WHEN"
            + " MATCHED THEN UPDATE SET name = o.name WHEN NOT MATCHED THEN INSERT (id, name) VALUES"
            + " (o.id, o.name)",
        "MERGE INTO t USING (SELECT 3 AS id) s USING (id) WHEN NOT MATCHED BY SOURCE THEN UPDATE SET"
            + " name = 'gone' WHEN MATCHED THEN DO NOTHING",
        "MERGE INTO t USING (SELECT 40 AS id, 'm' AS name) s ON t.id = s.id WHEN NOT MATCHED THEN"
            + " INSERT BY NAME",
      })
  void capture_keyedTable_equalsNativeStatement(String sql) {
    TableLayout table = create("t", List.of("id"));
    connection.execute(
        "CREATE TABLE native (id INTEGER PRIMARY KEY, name VARCHAR, \"Amount\" DECIMAL(9,2))");
    connection.execute("INSERT INTO native SELECT id, name, \"Amount\" FROM " + table.stored());
    String nativeSql =
        sql.replaceAll("\\bt\\b(?! AS q)", "native").replace("INTO t", "INTO native");
    long expectedCount =
        connection.update(nativeSql.replace("UPDATE t AS q", "UPDATE native AS q"));

    apply(table, capture(table, sql));

    assertThat(count()).isEqualTo(expectedCount);
    assertThat(rows("SELECT id, name, \"Amount\" FROM " + table.stored() + " ORDER BY ALL"))
        .isEqualTo(rows("SELECT * FROM native ORDER BY ALL"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "INSERT INTO t VALUES (1, 'again', 9)",
        "INSERT INTO t VALUES (60, 'a', 9), (60, 'b', 9)",
        "UPDATE t SET id = 3 WHERE id = 1",
        "UPDATE t SET id = 5",
      })
  void checks_keyThatIsThere_isFound(String sql) {
    TableLayout table = create("t", List.of("id"));
    capture(table, sql);
    CapturedRows captured = new CapturedRows(table);
    List<String> found = rows(captured.existingKey());
    found.addAll(rows(captured.repeatedKey()));
    assertThat(found).isNotEmpty();
  }

  @Test
  void mixed_movedKey_isDeletedFirst() {
    TableLayout table = create("t", List.of("id"));
    capture(table, "UPDATE t SET id = id + 1, name = 'm' WHERE id < 3");
    assertThat(rows(new CapturedRows(table).mixed()))
        .containsExactly("1|1|null|null", "1|2|null|null", "0|2|m|10.00", "0|3|m|20.00");
    assertThat(rows(new CapturedRows(table).existingKey())).containsExactly("id = 3");
  }

  @Test
  void rewritten_tableWithoutKey_namesOrigins() {
    TableLayout table = create("t", List.of());
    Capture capture = capture(table, "UPDATE t SET name = 'u' WHERE id < 3 RETURNING id, name");
    assertThat(rows(new CapturedRows(table).rewritten()))
        .containsExactly("0|a.csv|null|0|1|u|10.00", "0|a.csv|null|1|2|u|20.00");
    assertThat(rows(new CapturedRows(table).returning(capture, "id, name, t.\"amount\"")))
        .containsExactly("1|u|10.00", "2|u|20.00");
    capture(table, "DELETE FROM t WHERE id = 4");
    assertThat(rows(new CapturedRows(table).rewritten())).containsExactly("1|null|5|0|4|null|null");
  }

  @Test
  void insertOrReplace_tableWithoutKey_isRefusedWithAdvice() {
    TableLayout table = create("t", List.of());
    assertThatThrownBy(() -> capture(table, "INSERT OR REPLACE INTO t VALUES (1, 'x', 1)"))
        .isInstanceOf(FlashDuckException.class)
        .hasMessageContaining("has no key")
        .hasMessageContaining("tables.yaml");
    assertThatThrownBy(() -> capture(table, "UPDATE t SET nope = 1"))
        .hasMessageContaining("no column \"nope\"")
        .hasMessageContaining("id, name, Amount");
    assertThatThrownBy(() -> capture(table, "INSERT INTO t (id) VALUES (1, 2)"))
        .hasMessageContaining("1 columns to fill but 2 values");
  }

  private TableLayout create(String name, List<String> key) {
    TableLayout table = new TableLayout(TableName.ofMain(name), COLUMNS, key);
    new MergeSql(table).create().forEach(connection::execute);
    connection.execute(new MergeSql(table).view());
    connection.execute(
        "INSERT INTO "
            + table.stored()
            + " (id, name, \"Amount\", _fd_version, _fd_source, _fd_row, _fd_sequence) VALUES"
            + " (1, 'a', 10, 1, 7, 0, 0), (2, 'b', 20, 1, 7, 1, 0), (3, NULL, 30, 1, 7, 2, 0),"
            + " (4, NULL, NULL, 1, -5, 0, 5)");
    return table;
  }

  private Capture capture(TableLayout table, String sql) {
    SqlStatement.Dml statement = (SqlStatement.Dml) StatementParser.parse(sql);
    List<String> sourceColumns =
        DmlSql.source(statement)
            .map(
                source ->
                    connection.query(
                        "SELECT column_name FROM (DESCRIBE " + source + ")", r -> r.getString(1)))
            .orElse(List.of());
    Capture capture = DmlSql.capture(table, statement, sourceColumns);
    CapturedRows captured = new CapturedRows(table);
    connection.execute(captured.create());
    connection.execute(captured.fill(capture));
    return capture;
  }

  /** What the merge does with the logged rows, in its simplest form. */
  private void apply(TableLayout table, Capture capture) {
    CapturedRows captured = new CapturedRows(table);
    assertThat(rows(captured.nullKey())).isEmpty();
    assertThat(rows(captured.repeatedOldRow())).isEmpty();
    if (capture.keys() == KeyCheck.NEW_AND_DISTINCT) {
      assertThat(rows(captured.existingKey())).isEmpty();
    }
    connection.execute("CREATE OR REPLACE TEMP TABLE mixed AS " + captured.mixed());
    connection.execute("DELETE FROM " + table.stored() + " WHERE id IN (SELECT id FROM mixed)");
    connection.execute(
        "INSERT INTO "
            + table.stored()
            + " SELECT id, name, \"Amount\", 2, -9, 0, 9 FROM mixed WHERE _fd_op = 0");
  }

  private long count() {
    return connection.query("SELECT count(*) FROM " + CapturedRows.TABLE, r -> r.getLong(1)).get(0);
  }

  private List<String> rows(String sql) {
    return connection
        .query(
            sql,
            row ->
                IntStream.rangeClosed(1, row.getMetaData().getColumnCount())
                    .mapToObj(i -> text(row, i))
                    .collect(Collectors.joining("|")))
        .stream()
        .collect(Collectors.toCollection(ArrayList::new));
  }

  private static String text(java.sql.ResultSet row, int column) {
    try {
      return String.valueOf(row.getString(column));
    } catch (java.sql.SQLException e) {
      throw new IllegalStateException(e);
    }
  }
}
