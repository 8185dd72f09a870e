package io.flashduck.server.table;

import static org.assertj.core.api.Assertions.assertThat;

import io.flashduck.server.catalog.TableDefinition;
import io.flashduck.server.catalog.TableKey;
import io.flashduck.server.engine.live.LiveTable;
import io.flashduck.server.engine.live.Viewer;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Tables with so many rows or files that their keys are found, and their changes made, otherwise.
 */
final class LargeFilesTest {
  private static final Instant OLD = Instant.parse("2026-01-01T00:00:00Z");

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

  @ParameterizedTest(name = "{0} ordered by {1}: {2}")
  @CsvSource(
      delimiter = ';',
      value = {
        "i; i; true",
        "i; i DESC; true",
        "i; hash(i); true",
        "i - 10000; hash(i); true",
        "i * 1000000007; i; true",
        "i * 1000000007; hash(i); true",
        "(i + 18446744073709000000)::UBIGINT; hash(i); true",
        "i::INTEGER; hash(i); true",
        "'k' || i; i; true",
        "'k' || lpad(i::VARCHAR, 9, '0'); i; true",
        "DATE '1900-01-01' + i::INTEGER; i; true",
        "greatest(i, 1); i; false",
        "least(i, 29998); i; false",
        "i // 2; hash(i); false",
        "i % 29999; i; false",
        "(i // 2) * 1000000007; hash(i); false",
        "nullif(i, 15000); i; false",
        "nullif(i, 0); i; false",
        "nullif(i, 29999); hash(i); false",
        "'k' || (i // 2); i; false",
      })
  void open_manyRows_idIsTheKeyOnlyIfItIsUnique(String id, String order, boolean unique) {
    folder.parquet(
        "t.parquet", "SELECT " + id + " AS id, i AS x FROM range(30000) r(i) ORDER BY " + order);
    folder.open();
    assertThat(key()).isEqualTo(unique ? List.of("id") : List.of());
    assertThat(folder.rows("SELECT count(*), count(DISTINCT x) FROM t"))
        .containsExactly("30000|30000");
  }

  @ParameterizedTest
  @ValueSource(strings = {"t.csv", "t.ndjson", "t.json"})
  void open_largeTextFile_rowsAreNumberedAsInTheFile(String name) {
    String format = name.endsWith("csv") ? "csv" : "json, ARRAY " + name.endsWith(".json");
    folder.sql(
        "COPY (SELECT i AS n, 'row ' || i AS s FROM range(200000) r(i)) TO '"
            + dir.resolve(name)
            + "' (FORMAT "
            + format
            + ")");
    folder.open();
    String others =
        "SELECT count(*), count(*) FILTER (WHERE _fd_row <> n OR _fd_row IS NULL OR _fd_sequence"
            + " <> 0) FROM _flashduck.\"main.t\"";
    assertThat(folder.rows(others)).containsExactly("200000|0");
    folder.run("UPDATE t SET s = 'changed' WHERE n IN (5, 150000)");
    folder.stop();
    folder.deleteCache();
    folder.open();
    assertThat(folder.rows("SELECT n FROM t WHERE s = 'changed' ORDER BY n"))
        .containsExactly("5", "150000");
  }

  @Test
  void open_filesInOrderThatOverlap_newestRowPerKeyWins() {
    folder.text("tables.yaml", "tables:", "  t:", "    path: t");
    for (int file = 0; file < 3; file++) {
      folder.modified(
          folder.parquet(
              "t/" + file + ".parquet",
              "SELECT i + %d AS id, %d AS x FROM range(20000) r(i)".formatted(file * 10_000, file)),
          OLD.plusSeconds(file));
    }
    folder.open();
    assertThat(key()).containsExactly("id");
    assertThat(folder.rows("SELECT x, count(*), min(id) FROM t GROUP BY x ORDER BY x"))
        .containsExactly("0|10000|0", "1|10000|10000", "2|20000|20000");
    folder.delete("t/1.parquet");
    assertThat(folder.quiet().rows("SELECT x, count(*), min(id) FROM t GROUP BY x ORDER BY x"))
        .containsExactly("0|20000|0", "2|20000|20000");
  }

  @Test
  void open_declaredKeyOfTwoColumns_newestOfTheRepeatedRowsStays() {
    folder.text("tables.yaml", "tables:", "  t:", "    path: t", "    key: [a, b]");
    folder.modified(
        folder.parquet(
            "t/1.parquet", "SELECT i // 4 AS a, i % 4 AS b, i AS x FROM range(20000) r(i)"),
        OLD);
    folder.modified(
        folder.parquet(
            "t/2.parquet", "SELECT 5000 + i // 4 AS a, i % 3 AS b, i AS x FROM range(20000) r(i)"),
        OLD);
    folder.open();
    assertThat(folder.rows("SELECT count(*), count(DISTINCT (a, b)) FROM t WHERE a < 5000"))
        .containsExactly("20000|20000");
    assertThat(folder.rows("SELECT count(*) = count(DISTINCT (a, b)) FROM t WHERE a >= 5000"))
        .containsExactly("true");
  }

  @Test
  void quiet_oneOfManyFilesChanged_onlyThatOneIsRead() {
    folder.text("tables.yaml", "tables:", "  t:", "    path: t");
    for (int file = 0; file < 250; file++) {
      write(file, 0);
    }
    folder.open();
    List<String> before = folder.rows("SELECT path, loaded_at FROM flashduck.files ORDER BY path");
    assertThat(before).hasSize(250);
    write(123, 1);
    folder.quiet();
    assertThat(folder.rows("SELECT count(*), sum(x) FROM t")).containsExactly("2500|10");
    List<String> after = folder.rows("SELECT path, loaded_at FROM flashduck.files ORDER BY path");
    assertThat(after).filteredOn(line -> !before.contains(line)).hasSize(1);
    assertThat(folder.db().engine().live().rows(LiveTable.LOADS, Viewer.ALL))
        .contains("\"files\":1,\"files_done\":1")
        .contains("\"rows\":10,");
    folder.restart();
    assertThat(folder.rows("SELECT path, loaded_at FROM flashduck.files ORDER BY path"))
        .isEqualTo(after);
  }

  private void write(int file, int x) {
    folder.parquet(
        "t/" + file + ".parquet",
        "SELECT i + %d AS id, %d AS x FROM range(10) r(i)".formatted(file * 10, x));
  }

  private List<String> key() {
    return folder
        .db()
        .catalog()
        .table(TestFolder.name("t"))
        .flatMap(TableDefinition::key)
        .map(TableKey::columns)
        .orElse(List.of());
  }
}
