package io.flashduck.server.table;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import io.flashduck.server.queue.ChannelFileLayer;
import io.flashduck.server.table.fold.FoldReport;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Applied writes are folded into Parquet, their segments go, and a new cache has all of them. */
final class FoldTest {
  @TempDir private Path dir;
  private TestFolder folder;

  @BeforeEach
  void open() {
    folder = new TestFolder(dir).with("queue.segment-bytes", "64KiB");
    folder.open();
  }

  @AfterEach
  void close() {
    folder.close();
  }

  private Path state(String name) {
    return dir.resolve(".flashduck").resolve(name);
  }

  /** Writes that fill several segments. */
  private void fill(int writes) {
    for (int i = 0; i < writes; i++) {
      folder.upsert(
          "t",
          "SELECT j::BIGINT AS id, repeat(chr(97 + (j % 26)::INTEGER), 200) || "
              + i
              + " AS v FROM range("
              + i % 3
              + ", 300) r(j)");
    }
  }

  private long segments() {
    return folder.db().status().queue().segments();
  }

  private void rebuild() {
    folder.stop();
    folder.deleteCache();
    folder.open();
  }

  /** A fold, and what the tables were before it, is what a new cache has. */
  private void foldedEquals(String... queries) {
    List<List<String>> before = Stream.of(queries).map(folder::rows).toList();
    folder.db().fold();
    assertThat(folder.db().status().folding().problem()).isEmpty();
    assertThat(folder.db().status().folding().baseSequence())
        .isEqualTo(folder.db().catalog().sequence());
    assertThat(Stream.of(queries).map(folder::rows).toList()).isEqualTo(before);
    folder.restart();
    assertThat(Stream.of(queries).map(folder::rows).toList()).isEqualTo(before);
    rebuild();
    assertThat(Stream.of(queries).map(folder::rows).toList()).isEqualTo(before);
  }

  @Test
  void fold_releasesSegments_andANewCacheHasTheRows() {
    folder.run("CREATE TABLE t (id BIGINT PRIMARY KEY, v VARCHAR)");
    fill(12);
    long first = folder.db().status().queue().firstSequence();
    assertThat(first).isEqualTo(1);
    assertThat(segments()).isGreaterThan(5);
    foldedEquals("SELECT count(*), sum(length(v)), md5(string_agg(v ORDER BY id)) FROM t");
    assertThat(segments()).isLessThanOrEqualTo(2);
    assertThat(folder.db().status().queue().firstSequence()).isGreaterThan(5);
  }

  @Test
  void background_foldsByItself_onceTheQueueIsLarge() throws InterruptedException {
    folder.stop();
    folder.with("queue.fold-bytes", "256KiB");
    folder.run("CREATE TABLE t (id BIGINT PRIMARY KEY, v VARCHAR)");
    for (int i = 0; i < 100 && folder.db().status().queue().firstSequence() == 1; i++) {
      fill(12);
      folder
          .db()
          .awaitSequence(folder.db().catalog().sequence() + 1, java.time.Duration.ofMillis(100));
    }
    assertThat(folder.db().status().queue().firstSequence()).isGreaterThan(1);
  }

  @Test
  void writesAfterAFold_comeOnTop() {
    folder.run("CREATE TABLE t (id BIGINT PRIMARY KEY, v VARCHAR)");
    fill(8);
    folder.db().fold();
    folder.run("DELETE FROM t WHERE id < 100");
    folder.run("UPDATE t SET v = 'new' WHERE id = 200");
    folder.run("INSERT INTO t VALUES (1, 'again')");
    List<String> before = folder.rows("SELECT id, left(v, 5) FROM t ORDER BY id");
    rebuild();
    assertThat(folder.rows("SELECT id, left(v, 5) FROM t ORDER BY id")).isEqualTo(before);
    folder.run("ALTER TABLE t ADD COLUMN w INTEGER DEFAULT 5");
    foldedEquals("SELECT id, left(v, 5), w FROM t ORDER BY id");
  }

  @Test
  void tombstones_stillHideRowsOfFiles() {
    folder.text("f.csv", "id,x", "1,10", "2,20", "3,30");
    folder.text("tables.yaml", "tables:", "  f:", "    path: f.csv", "    key: id");
    folder.db().rescan();
    folder.quiet();
    folder.run("DELETE FROM f WHERE id = 2");
    folder.run("UPDATE f SET x = 11 WHERE id = 1");
    foldedEquals("SELECT * FROM f ORDER BY id");
    assertThat(folder.rows("SELECT * FROM f ORDER BY id")).containsExactly("1|11", "3|30");
  }

  @Test
  void tableWithoutAKey_keepsItsRowsAndTheirOrigins() {
    folder.text("n.csv", "a,b", "x,1", "y,2", "z,3");
    folder.db().rescan();
    folder.quiet();
    folder.append("n", "SELECT 'w' AS a, 4::BIGINT AS b");
    folder.run("UPDATE n SET b = 20 WHERE a = 'y'");
    folder.run("DELETE FROM n WHERE a = 'z'");
    folder.run("INSERT INTO n VALUES ('v', 5), ('u', 6)");
    folder.run("DELETE FROM n WHERE a = 'v'");
    foldedEquals("SELECT * FROM n ORDER BY ALL");
    folder.run("UPDATE n SET b = b + 100 WHERE a IN ('w', 'y', 'u')");
    foldedEquals("SELECT * FROM n ORDER BY ALL");
    assertThat(folder.rows("SELECT * FROM n ORDER BY ALL"))
        .containsExactly("u|106", "w|104", "x|1", "y|120");
  }

  @Test
  void definitionsViewsSchemasAndProducers_areKept() {
    folder.run("CREATE SCHEMA empty");
    folder.run(
        "CREATE TABLE s.a (id INTEGER PRIMARY KEY, v INTEGER NOT NULL DEFAULT 3, CHECK (v > 0))");
    folder.run("CREATE VIEW s.b AS SELECT id, v * 2 AS w FROM s.a");
    folder.run("INSERT INTO s.a (id) VALUES (1)");
    folder.run("CREATE TABLE gone (x INTEGER)");
    folder.run("DROP TABLE gone");
    Change change =
        Change.of(
            ChangeKind.UPSERT,
            TestFolder.name("s.a"),
            folder.arrow("SELECT 2::INTEGER AS id, 7::INTEGER AS v"));
    WriteOptions options =
        new WriteOptions(AckLevel.APPLIED, Optional.of(new ProducerPosition("p", 4)));
    WriteAck first = folder.submit(change, options);
    foldedEquals(
        "SELECT * FROM s.b ORDER BY id",
        "SELECT * EXCLUDE (accepted_at) FROM flashduck.changes ORDER BY ALL",
        "SELECT schema_name, table_name, key, key_origin FROM flashduck.tables ORDER BY ALL",
        "SELECT schema_name FROM information_schema.schemata WHERE schema_name = 'empty'");
    WriteAck again = folder.submit(change, options);
    assertThat(again.sequence()).isEqualTo(first.sequence());
    assertThatThrownBy(() -> folder.run("INSERT INTO s.a VALUES (9, -1)"))
        .isInstanceOf(FlashDuckException.class)
        .hasMessageContaining("CHECK");
    assertThat(folder.rows("SELECT * FROM s.a ORDER BY id")).containsExactly("1|3", "2|7");
  }

  @Test
  void valuesOfEveryType_comeBackAsTheyWere() {
    folder.run(
        "CREATE TABLE types AS SELECT 1 AS id, 170141183460469231731687303715884105727::HUGEINT AS"
            + " h, INTERVAL '1 month 3 days 00:00:00.000001' AS i, '12:34:56.789012+03:15'::TIMETZ"
            + " AS z, 'infinity'::TIMESTAMP AS inf, '2026-01-01 00:00:00.123456789'::TIMESTAMP_NS"
            + " AS ns, '2026-01-01 10:00:00+00'::TIMESTAMPTZ AS tz, 1.10::DECIMAL(38, 10) AS d,"
            + " '\\xAA\\x00'::BLOB AS b, 'nan'::DOUBLE AS nan, {'a': 1, 'b c': [1, NULL]} AS s,"
            + " MAP {'k, \"': 'v'''} AS m, [[1], NULL, []] AS l, '2026-01-01 10:00:00'::TIMESTAMP_S"
            + " AS ts, uuid '00000000-0000-0000-0000-00000000000a' AS u, '101'::BIT AS bits,"
            + " '{\"a\": 1}'::JSON AS j, '' AS e, NULL::VARCHAR AS nothing, true AS t,"
            + " 18446744073709551615::UBIGINT AS ub, '24:00:00'::TIME AS tm");
    foldedEquals(
        "SELECT COLUMNS(*)::VARCHAR FROM types",
        "SELECT column_name, column_type FROM (DESCRIBE types)");
  }

  @Test
  void columnsNamedAsThoseOfChangeFiles_areKept() {
    folder.run("CREATE TABLE o (_op INTEGER PRIMARY KEY, _sequence VARCHAR, _op_1 INTEGER)");
    folder.run("INSERT INTO o VALUES (1, 'a', 2), (3, 'b', 4)");
    foldedEquals("SELECT * FROM o ORDER BY ALL");
  }

  @Test
  void cacheOlderThanTheQueue_isBuiltAnew() throws IOException {
    folder.run("CREATE TABLE t (id BIGINT PRIMARY KEY, v VARCHAR)");
    folder.stop();
    Path old = state("old.duckdb");
    Files.copy(state("cache.duckdb"), old);
    folder.open();
    fill(12);
    folder.db().fold();
    List<String> before = folder.rows("SELECT count(*), sum(length(v)) FROM t");
    folder.stop();
    folder.deleteCache();
    Files.copy(old, state("cache.duckdb"));
    folder.open();
    assertThat(folder.rows("SELECT count(*), sum(length(v)) FROM t")).isEqualTo(before);
  }

  @Test
  void damagedOrMissingBase_isRefused_unlessTheCacheIsThere() throws IOException {
    folder.run("CREATE TABLE t (id BIGINT PRIMARY KEY, v VARCHAR)");
    fill(12);
    folder.db().fold();
    List<String> before = folder.rows("SELECT count(*), sum(length(v)) FROM t");
    folder.stop();
    Path manifest = state("changes/manifest.json");
    byte[] whole = Files.readAllBytes(manifest);

    Path cache = state("cache.duckdb");
    Path aside = state("aside.duckdb");
    Files.move(cache, aside);
    Files.delete(manifest);
    assertThat(failure().code()).isEqualTo(ErrorCode.CORRUPT_STATE);
    assertThat(failure()).hasMessageContainingAll("begins at write", "'changes'");

    Files.write(
        manifest,
        new String(whole, java.nio.charset.StandardCharsets.UTF_8)
            .replace("1", "2")
            .getBytes(java.nio.charset.StandardCharsets.UTF_8));
    assertThat(failure().code()).isEqualTo(ErrorCode.CORRUPT_STATE);
    assertThat(failure()).hasMessageContainingAll("manifest.json", "checksum");

    Files.write(manifest, whole);
    Path base;
    try (Stream<Path> files = Files.list(state("changes/main.t"))) {
      base =
          files
              .filter(f -> f.getFileName().toString().startsWith("base"))
              .findFirst()
              .orElseThrow();
    }
    byte[] rows = Files.readAllBytes(base);
    byte[] flipped = rows.clone();
    flipped[rows.length / 2] ^= 1;
    Files.write(base, flipped);
    assertThat(FoldReport.of(state("changes"), new ChannelFileLayer()).problems())
        .singleElement()
        .asString()
        .contains("base-", "checksum");
    assertThat(failure()).hasMessageContainingAll("base-", "damaged");
    Files.write(base, rows);
    assertThat(FoldReport.of(state("changes"), new ChannelFileLayer()).intact()).isTrue();

    Files.delete(manifest);
    folder.deleteCache();
    Files.move(aside, cache);
    folder.open(); // the cache has it all
    folder.db().fold();
    rebuild();
    assertThat(folder.rows("SELECT count(*), sum(length(v)) FROM t")).isEqualTo(before);
  }

  private FlashDuckException failure() {
    try {
      folder.open();
    } catch (FlashDuckException e) {
      return e;
    }
    throw new AssertionError("opened");
  }
}
