package io.flashduck.server.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.flashduck.server.engine.sql.StatementParser;
import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Tries to get around the fence, with a file inside the allowed folder, so that only the guard is
 * in the way.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class StatementGuardTest {
  private static final String SECRET = "treasure";
  private static final Set<ErrorCode> REFUSALS =
      EnumSet.of(
          ErrorCode.PERMISSION_DENIED,
          ErrorCode.UNIMPLEMENTED,
          ErrorCode.NOT_FOUND,
          ErrorCode.INVALID_REQUEST);

  @TempDir static Path folder;
  private EngineFixture fixture;
  private EngineConnection internal;
  private ClientConnection client;

  @BeforeAll
  void open() throws IOException {
    fixture = new EngineFixture(folder);
    Files.writeString(folder.resolve("data/secret.csv"), "word\n" + SECRET + "\n");
    internal = fixture.engine.openInternal();
    internal.execute("CREATE SCHEMA _flashduck");
    internal.execute("CREATE TABLE _flashduck.\"main.t\" AS SELECT 1 AS id, 'x' AS b, 9 AS _fd_v");
    internal.execute("CREATE VIEW t AS SELECT id, b FROM _flashduck.\"main.t\"");
    internal.execute("CREATE SCHEMA sales");
    internal.execute("CREATE VIEW sales.csv AS SELECT 7 AS seven");
    internal.execute("CREATE VIEW \"odd.csv\" AS SELECT 8 AS eight");
    client = fixture.engine.openClient();
  }

  @AfterAll
  void close() {
    client.close();
    internal.close();
    fixture.close();
  }

  /** SECRET_FILE stands for the file's path. */
  static Stream<String> attacks() {
    return Stream.of(
        // by name
        "SELECT * FROM 'SECRET_FILE'",
        "SELECT * FROM \"SECRET_FILE\"",
        "SELECT * FROM `SECRET_FILE`",
        "FROM 'SECRET_FILE'",
        "TABLE \"SECRET_FILE\"",
        "FROM/**/'SECRET_FILE'",
        "FROM -- comment\r 'SECRET_FILE'",
        "FROM /* /* */ */ 'SECRET_FILE'",
        "FROM\u00a0'SECRET_FILE'",
        "FROM\u2003'SECRET_FILE'",
        "(FROM 'SECRET_FILE')",
        "SELECT * FROM ('SECRET_FILE')",
        "SELECT * FROM t, 'SECRET_FILE'",
        "SELECT * FROM t JOIN 'SECRET_FILE' ON true",
        "SELECT * FROM t POSITIONAL JOIN 'SECRET_FILE'",
        "SELECT * FROM t ASOF JOIN 'SECRET_FILE' s ON t.b >= s.word",
        "SELECT * FROM t SEMI JOIN 'SECRET_FILE' s ON true",
        "SELECT * FROM t, LATERAL (FROM 'SECRET_FILE')",
        "SELECT * FROM 'SECRET_FILE' TABLESAMPLE 100%",
        "SELECT (SELECT word FROM 'SECRET_FILE')",
        "SELECT EXISTS (FROM 'SECRET_FILE')",
        "SELECT * FROM t WHERE b IN (FROM 'SECRET_FILE')",
        "SELECT 1 ORDER BY (SELECT word FROM 'SECRET_FILE')",
        "SELECT 1 LIMIT (SELECT count(*) FROM 'SECRET_FILE')",
        "SELECT id FROM t GROUP BY ALL HAVING (SELECT word FROM 'SECRET_FILE') = 'treasure'",
        "SELECT id FROM t QUALIFY row_number() OVER (ORDER BY (SELECT word FROM 'SECRET_FILE')) = 1",
        "SELECT list_transform([1], lambda x: (SELECT word FROM 'SECRET_FILE'))",
        "SELECT * REPLACE ((SELECT word FROM 'SECRET_FILE') AS b) FROM t",
        "WITH c AS (FROM 'SECRET_FILE') FROM c",
        "WITH c AS MATERIALIZED (FROM 'SECRET_FILE') FROM c",
        "WITH RECURSIVE c AS (SELECT word, 1 AS n FROM 'SECRET_FILE' UNION ALL SELECT word, n + 1 FROM c"
            + " WHERE n < 2) FROM c",
        "SELECT * FROM (WITH \"SECRET_FILE\" AS (SELECT 1) FROM \"SECRET_FILE\") a, \"SECRET_FILE\" b",
        "SELECT 1 UNION ALL BY NAME FROM 'SECRET_FILE'",
        "VALUES ((SELECT word FROM 'SECRET_FILE'))",
        "DESCRIBE 'SECRET_FILE'",
        "DESCRIBE FROM 'SECRET_FILE'",
        "SUMMARIZE 'SECRET_FILE'",
        "SHOW \"SECRET_FILE\"",
        "SELECT * FROM (DESCRIBE 'SECRET_FILE')",
        "SELECT * FROM (SUMMARIZE 'SECRET_FILE')",
        "PIVOT 'SECRET_FILE' ON word USING count(*)",
        "PIVOT \"SECRET_FILE\" ON word USING count(*)",
        "PIVOT (FROM 'SECRET_FILE') ON word USING count(*)",
        "PIVOT t ON b USING max((SELECT word FROM 'SECRET_FILE'))",
        "SELECT * FROM (PIVOT 'SECRET_FILE' ON word USING count(*))",
        "WITH c AS (PIVOT t ON b USING count(*)) SELECT * FROM 'SECRET_FILE', c",
        "UNPIVOT 'SECRET_FILE' ON word",
        "FROM 'SECRET_FILE' PIVOT (count(*) FOR word IN ('treasure'))",
        "EXPLAIN FROM 'SECRET_FILE'",
        "EXPLAIN ANALYZE FROM 'SECRET_FILE'",
        "EXPLAIN (FORMAT json) FROM 'SECRET_FILE'",
        "EXPLAIN ANALYZE (FROM 'SECRET_FILE')",
        "EXPLAIN (FROM 'SECRET_FILE')",
        // by function
        "FROM read_csv('SECRET_FILE')",
        "FROM READ_CSV('SECRET_FILE')",
        "FROM \"read_csv\"('SECRET_FILE')",
        "FROM `read_csv`('SECRET_FILE')",
        "FROM read_csv /* x */ ('SECRET_FILE')",
        "FROM main.read_csv('SECRET_FILE')",
        "FROM system.main.read_csv('SECRET_FILE')",
        "FROM read_csv_auto(['SECRET_FILE'])",
        "FROM read_text('SECRET_FILE')",
        "FROM read_blob('SECRET_FILE')",
        "FROM read_single_csv_file('SECRET_FILE')",
        "FROM sniff_csv('SECRET_FILE')",
        "FROM glob('SECRET_FILE')",
        "FROM parquet_scan('SECRET_FILE')",
        "FROM parquet_metadata('SECRET_FILE')",
        "FROM read_duckdb('SECRET_FILE')",
        "FROM read_json_objects('SECRET_FILE')",
        "SELECT 'SECRET_FILE'.read_text()",
        "SELECT * FROM t, LATERAL read_text('SECRET_FILE')",
        "SELECT (SELECT content FROM read_text('SECRET_FILE'))",
        "FROM query('FROM ''SECRET_FILE''')",
        "FROM query_table('SECRET_FILE')",
        "FROM query_table(['SECRET_FILE'])",
        "FROM histogram('SECRET_FILE', word)",
        "FROM histogram_values('SECRET_FILE', word)",
        "FROM json_execute_serialized_sql(json_serialize_sql('FROM ''SECRET_FILE'''))",
        "PRAGMA json_execute_serialized_sql('x')",
        "SELECT json_serialize_plan('FROM ''SECRET_FILE''')",
        "FROM duckdb_secrets()",
        "FROM duckdb_logs()",
        "FROM arrow_scan(1::POINTER, 1::POINTER, 1::POINTER)",
        "FROM seq_scan('t')",
        "FROM which_secret('x', 'y')",
        "FROM enable_logging()",
        "FROM checkpoint()",
        "CALL read_csv('SECRET_FILE')",
        "CALL checkpoint()",
        "CALL enable_profiling()",
        "PIVOT read_csv('SECRET_FILE') ON word USING count(*)",
        "PIVOT (FROM read_text('SECRET_FILE')) ON content USING count(*)",
        // the internal schema
        "FROM _flashduck.\"main.t\"",
        "FROM flashduck._flashduck.\"main.t\"",
        "FROM _FlashDuck.\"main.t\"",
        "FROM \"_flashduck\".\"main.t\"",
        "FROM `_flashduck`.\"main.t\"",
        "DESCRIBE _flashduck.\"main.t\"",
        "SUMMARIZE _flashduck.\"main.t\"",
        "SHOW TABLES FROM _flashduck",
        "PRAGMA table_info('_flashduck.main.t')",
        "PRAGMA table_info('_flashduck.\"main.t\"')",
        "PRAGMA table_info(E'\\x5fflashduck.\"main.t\"')",
        "PRAGMA table_info($$_flashduck.\"main.t\"$$)",
        "PRAGMA table_info('t''')",
        "FROM pragma_table_info('_flashduck.\"main.t\"')",
        "FROM pragma_table_info('_flash' || 'duck.\"main.t\"')",
        "FROM pragma_table_info(E'\\x5fflashduck.\"main.t\"')",
        "FROM pragma_table_info((SELECT '_flashduck.\"main.t\"'))",
        "FROM pragma_table_info($1)",
        "FROM pragma_show(concat('_flash', 'duck.\"main.t\"'))",
        "FROM pragma_table_info('_flashduck.main.t')",
        "FROM pragma_table_info('_flash' || 'duck.main.t')",
        "FROM pragma_table_info(E'\\x5fflashduck.main.t')",
        "PIVOT _flashduck.\"main.t\" ON b USING count(*)",
        "WITH c AS (INSERT INTO _flashduck.\"main.t\" VALUES (1, 'x', 1) RETURNING *) FROM c",
        // changes in disguise
        "WITH c AS (DELETE FROM t RETURNING *) FROM c",
        "WITH c AS (UPDATE t SET id = 2 RETURNING *) FROM c",
        "WITH c AS (INSERT INTO t VALUES (1) RETURNING *), p AS (PIVOT t ON b) FROM c",
        "EXPLAIN ANALYZE DELETE FROM t",
        "EXPLAIN DELETE FROM t",
        "EXPLAIN EXPLAIN SELECT 1",
        "EXPLAIN ANALYZE COPY t TO 'SECRET_FILE.out'",
        "SELECT 1; SELECT 2",
        "SELECT 1; COPY t TO 'SECRET_FILE.out'",
        "SELECT 1; COPY t TO 'SECRET_FILE.out'; SELECT 2",
        "PIVOT t ON b USING count(*); COPY t TO 'SECRET_FILE.out'; SELECT 2",
        "PIVOT t ON b USING count(*) /* ; */; COPY t TO 'SECRET_FILE.out'; SELECT 2",
        "PIVOT t ON b USING count(*) -- \r; COPY t TO 'SECRET_FILE.out'; SELECT 2",
        "SHOW TABLES; COPY t TO 'SECRET_FILE.out'; SELECT 2",
        "PRAGMA version; COPY t TO 'SECRET_FILE.out'; SELECT 2",
        "CALL pragma_version(); COPY t TO 'SECRET_FILE.out'; SELECT 2",
        "EXPLAIN SELECT 1; COPY t TO 'SECRET_FILE.out'; SELECT 2",
        "BEGIN; COPY t TO 'SECRET_FILE.out'; COMMIT",
        "SET TimeZone = 'UTC'; COPY t TO 'SECRET_FILE.out'",
        "USE main; COPY t TO 'SECRET_FILE.out'",
        "RESET TimeZone; COPY t TO 'SECRET_FILE.out'",
        "CREATE TEMP TABLE x AS SELECT 1; COPY t TO 'SECRET_FILE.out'",
        // whole statements
        "COPY t TO 'SECRET_FILE.out'",
        "COPY (SELECT 1) TO 'SECRET_FILE.out'",
        "COPY t FROM 'SECRET_FILE'",
        "EXPORT DATABASE 'SECRET_FILE.out'",
        "IMPORT DATABASE 'SECRET_FILE.out'",
        "ATTACH 'SECRET_FILE.db'",
        "ATTACH ':memory:' AS m",
        "DETACH flashduck",
        "INSTALL httpfs",
        "LOAD httpfs",
        "CHECKPOINT",
        "VACUUM",
        "PREPARE p AS SELECT 1",
        "EXECUTE p",
        "DEALLOCATE p",
        "CREATE MACRO m() AS TABLE FROM read_text('SECRET_FILE')",
        "CREATE TEMP MACRO m(x) AS x",
        "CREATE SECRET s (TYPE s3)",
        "CREATE SEQUENCE s",
        "CREATE TYPE mood AS ENUM ('a')",
        "CREATE INDEX i ON t(id)",
        "COMMENT ON TABLE t IS 'x'",
        "PRAGMA enable_profiling",
        "PRAGMA memory_limit='1KB'",
        "PRAGMA import_database('SECRET_FILE')",
        "PRAGMA copy_database(a, b)",
        "PRAGMA storage_info('t')",
        "EXPLAIN PRAGMA enable_profiling",
        "SET GLOBAL TimeZone = 'UTC'",
        "SET memory_limit = '1KB'",
        "SET threads = 1",
        "SET allowed_directories = ['/']",
        "SET enable_external_access = true",
        "SET search_path = '_flashduck'",
        "SET search_path = 'main,_flashduck'",
        "SET search_path = E'\\x5fflashduck'",
        "SET schema = '_flash' || 'duck'",
        "SET schema = (SELECT word FROM 'SECRET_FILE')",
        "USE _flashduck",
        "USE flashduck.\"_flashduck\"",
        "RESET memory_limit",
        "RESET GLOBAL TimeZone",
        "SET VARIABLE v = (SELECT word FROM 'SECRET_FILE')",
        "SET VARIABLE v = 1); COPY t TO 'SECRET_FILE.out' --",
        // temporary objects
        "CREATE TEMP TABLE x AS FROM 'SECRET_FILE'",
        "CREATE TEMP VIEW x AS FROM 'SECRET_FILE'",
        "CREATE TEMP TABLE x (a INTEGER DEFAULT (SELECT count(*) FROM 'SECRET_FILE'))",
        "CREATE TEMP TABLE _flashduck.x AS SELECT 1",
        "CREATE TABLE x AS SELECT 1",
        "INSERT INTO t SELECT 1, 'x'",
        "DROP VIEW t",
        "",
        "-- nothing",
        "SELECT 'unterminated",
        "SELECT 1 \0 FROM t");
  }

  @ParameterizedTest
  @MethodSource("attacks")
  void statement_aroundTheFence_isRefused(String attack) {
    String sql = attack.replace("SECRET_FILE", folder.resolve("data/secret.csv").toString());
    FlashDuckException failure =
        catchThrowableOfType(FlashDuckException.class, () -> runAsClient(sql));
    assertThat(failure).as(sql).isNotNull();
    assertThat(failure.code()).as("%s: %s", sql, failure.getMessage()).isIn(REFUSALS);
    assertThat(failure.getMessage()).doesNotContain(SECRET).doesNotContain("Invalid result set");
    assertThat(folder.resolve("data/secret.csv.out")).doesNotExist();
    assertThat(failure).as(sql).hasMessageNotContaining("has 1 parameters");
    assertThat(internal.query("SELECT count(*) FROM _flashduck.\"main.t\"", r -> r.getInt(1)))
        .containsExactly(1);
  }

  /** As a server does: describe, then run what it is. */
  private void runAsClient(String sql) {
    StatementDescription description = client.describe(sql, 1);
    switch (description.kind()) {
      case QUERY -> rows(sql);
      default -> client.execute(sql, Parameters.NONE);
    }
  }

  private long rows(String sql) {
    long rows = 0;
    try (ArrowResult result =
        client.query(client.describe(sql, 1), Parameters.NONE, fixture.allocator)) {
      while (result.loadNext()) {
        rows += result.root().getRowCount();
      }
    }
    return rows;
  }

  static Stream<String> harmless() {
    return Stream.of(
        "SELECT 1",
        "(SELECT 1)",
        "SELECT * FROM t",
        "FROM flashduck_db.main.t",
        "FROM sales.csv",
        "FROM flashduck_db.sales.csv",
        "FROM \"odd.csv\"",
        "SELECT csv.seven FROM sales.csv",
        "SELECT 'a.csv', '/etc/passwd' AS \"x.csv\"",
        "SELECT * FROM t WHERE b = '_flashduck'",
        "WITH c AS (FROM t) FROM c",
        "WITH RECURSIVE r AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM r WHERE i < 5) FROM r",
        "FROM range(5)",
        "SELECT unnest([1, 2])",
        "FROM generate_series(1, 3)",
        "SHOW TABLES",
        "SHOW ALL TABLES",
        "SHOW DATABASES",
        "SHOW t",
        "DESCRIBE t",
        "DESCRIBE SELECT 1",
        "SUMMARIZE t",
        "EXPLAIN SELECT * FROM t",
        "EXPLAIN ANALYZE SELECT * FROM t",
        "EXPLAIN (FORMAT json) SELECT * FROM t",
        "PRAGMA table_info('t')",
        "PRAGMA version",
        "CALL pragma_version()",
        "FROM pragma_table_info('t')",
        "FROM information_schema.tables",
        "FROM information_schema.columns",
        "FROM pg_catalog.pg_type",
        "FROM duckdb_columns()",
        "FROM duckdb_settings()",
        "PIVOT t ON b USING count(*)",
        "PIVOT t ON b IN ('x', 'y') USING count(*)",
        "FROM (PIVOT t ON b USING sum(id))",
        "UNPIVOT t ON id INTO NAME n VALUE v",
        "SELECT * FROM (VALUES (1, 'a.csv'), (2, 'b')) v(i, f)",
        "SELECT b, count(*) FILTER (WHERE id > 0), sum(sum(id)) OVER () FROM t GROUP BY b",
        "SELECT json_extract('{\"a\": 1}', '$.a')",
        "SELECT * EXCLUDE (b) FROM t",
        "VALUES (1, 2)",
        "TABLE t",
        "SELECT current_setting('TimeZone'), current_schema(), version()");
  }

  @ParameterizedTest
  @MethodSource("harmless")
  void query_ofOrdinaryKind_runs(String sql) {
    assertThat(rows(sql)).as(sql).isNotNegative();
  }

  @Test
  void session_settingsAndTemporaryTables_work() {
    try (ClientConnection session = fixture.engine.openClient()) {
      session.execute("SET TimeZone = 'Europe/Paris'", Parameters.NONE);
      session.execute("USE sales", Parameters.NONE);
      assertThat(session.options().timeZone()).isEqualTo("Europe/Paris");
      assertThat(session.currentSchema()).isEqualTo("sales");
      assertThat(session.hasPrivateState()).isFalse();
      session.execute("CREATE TEMP TABLE mine(x INTEGER, y INTEGER DEFAULT 5)", Parameters.NONE);
      assertThat(session.hasPrivateState()).isTrue();
      assertThat(session.execute("INSERT INTO mine(x) VALUES (1), (2)", Parameters.NONE))
          .isEqualTo(2);
      assertThat(session.execute("UPDATE mine SET y = ? WHERE x = 1", Parameters.of(9)))
          .isEqualTo(1);
      assertThat(session.execute("DELETE FROM temp.mine WHERE y = 9", Parameters.NONE))
          .isEqualTo(1);
      session.execute("CREATE TEMP VIEW seen AS SELECT * FROM mine", Parameters.NONE);
      assertThat(session.isTemporary(StatementParser.parse("DROP VIEW seen"))).isTrue();
      session.execute("DROP TABLE mine", Parameters.NONE);
      session.execute("SET VARIABLE v = 3", Parameters.NONE);
      session.execute("RESET TimeZone", Parameters.NONE);
      session.execute("RESET search_path", Parameters.NONE);
      assertThat(session.options()).isEqualTo(SessionOptions.DEFAULT);
    }
  }

  @Test
  void transaction_ofAClient_isASnapshotThatCannotWriteTheDatabase() {
    try (ClientConnection session = fixture.engine.openClient()) {
      session.execute("BEGIN", Parameters.NONE);
      try (ArrowResult result =
          session.query(
              session.describe("SELECT count(*) FROM t", 1), Parameters.NONE, fixture.allocator)) {
        assertThat(result.loadNext()).isTrue();
      }
      session.execute("CREATE TEMP TABLE allowed AS SELECT 1", Parameters.NONE);
      session.execute("COMMIT", Parameters.NONE);
    }
  }
}
