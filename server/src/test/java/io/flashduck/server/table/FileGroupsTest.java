package io.flashduck.server.table;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Many files of one table are read by few statements, and are as if each were read alone. */
final class FileGroupsTest {
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

  /** Rows 10i to 10i + 9 in file i. */
  private void parquet(int file, String columns) {
    folder.parquet(
        "t_partition_" + file + ".parquet",
        "SELECT " + columns + " FROM range(" + file * 10 + ", " + (file * 10 + 10) + ") r(i)");
  }

  private List<String> quarantined() {
    return folder.rows(
        "SELECT path FROM flashduck.files WHERE state IN ('quarantined', 'retrying') ORDER BY 1");
  }

  @Test
  void open_moreFilesThanOneStatementTakes_eachRowHasItsFileAndNumber() {
    for (int file = 0; file < 120; file++) {
      parquet(file, "i AS n, 'x' || i AS s");
    }
    assertThat(folder.rows("SELECT count(*), sum(n), min(s) FROM t"))
        .containsExactly("1200|719400|x0");
    assertThat(
            folder.rows(
                "SELECT count(*) FROM _flashduck.\"main.t\" AS r JOIN _flashduck.files AS f ON f.id ="
                    + " r._fd_source WHERE f.path <> 't_partition_' || r.n // 10 || '.parquet' OR"
                    + " r._fd_row <> r.n % 10 OR r._fd_version <> f.version"))
        .containsExactly("0");
    assertThat(folder.rows("SELECT DISTINCT rows FROM flashduck.files")).containsExactly("10");
  }

  @Test
  void open_textFiles_eachRowHasItsFileAndNumber() {
    for (int file = 0; file < 20; file++) { // more than are looked up in lists
      List<String> csv = new ArrayList<>(List.of("n,s"));
      List<String> json = new ArrayList<>();
      for (int i = file * 100; i < file * 101; i++) {
        csv.add(i + ",\"a,b\"");
        json.add("{\"n\": " + i + ", \"s\": \"a\"}");
      }
      folder.text("c_partition_" + file + ".csv", csv.toArray(String[]::new));
      if (file > 0) {
        folder.text("j_partition_" + file + ".ndjson", json.toArray(String[]::new));
        folder.text("k_partition_" + file + ".json", "[" + String.join(",", json) + "]");
      }
    }
    folder.open();
    for (String table : List.of("c", "j", "k")) {
      assertThat(
              folder.rows(
                  "SELECT count(*), count(*) FILTER (WHERE parse_path(f.path)[1] NOT LIKE '"
                      + table
                      + "_partition_' || n // 100 || '.%' OR r._fd_row <> n % 100) FROM"
                      + " _flashduck.\"main."
                      + table
                      + "\" AS r JOIN _flashduck.files AS f ON f.id = r._fd_source"))
          .containsExactly("190|0");
    }
    assertThat(folder.rows("SELECT DISTINCT s FROM c")).containsExactly("a,b");
  }

  @Test
  void open_someFilesBroken_onlyTheyAreLeftOut() throws IOException {
    for (int file = 0; file < 9; file++) {
      parquet(file, "i AS id, repeat('some text ' || i, 100) AS s");
    }
    folder.modified(folder.text("t_partition_20.parquet", "PAR1, and no more"), OLD);
    damageRows(dir.resolve("t_partition_4.parquet"));
    folder.open();
    assertThat(quarantined()).containsExactly("t_partition_20.parquet", "t_partition_4.parquet");
    assertThat(folder.rows("SELECT count(*), count(DISTINCT id // 10) FROM t"))
        .containsExactly("80|8");
    assertThat(
            folder.rows("SELECT reason FROM flashduck.files WHERE path = 't_partition_4.parquet'"))
        .singleElement()
        .asString()
        .doesNotContain("partition_3")
        .isNotEmpty();
    parquet(4, "i AS id, 'right' AS s");
    assertThat(folder.quiet().rows("SELECT count(*) FROM t")).containsExactly("90");
    assertThat(quarantined()).containsExactly("t_partition_20.parquet");
  }

  /** The footer stays, so that the columns can be read, and nothing else. */
  private void damageRows(Path file) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    for (int i = 4; i < 60; i++) {
      bytes[i] ^= 0x5a;
    }
    Files.write(file, bytes);
    folder.modified(file, OLD);
  }

  @Test
  void open_lateBrokenLineOfOneCsv_onlyThatFileIsLeftOut() {
    List<String> lines = new ArrayList<>(List.of("id,x"));
    for (int i = 0; i < 30_000; i++) {
      lines.add(i + ",1");
    }
    folder.text("t_partition_1.csv", "id,x", "100001,1");
    folder.text("t_partition_3.csv", "id,x", "100003,1");
    lines.add("5,6,7,8");
    folder.modified(folder.text("t_partition_2.csv", lines.toArray(String[]::new)), OLD);
    folder.open();
    assertThat(quarantined()).containsExactly("t_partition_2.csv");
    assertThat(folder.rows("FROM t ORDER BY id")).containsExactly("100001|1", "100003|1");
  }

  @Test
  void open_textFarBelowNumbersInOneCsv_isReadAsTextInAll() {
    List<String> lines = new ArrayList<>(List.of("id,x"));
    for (int i = 0; i < 30_000; i++) {
      lines.add(i + ",1");
    }
    lines.add("30000,word");
    folder.text("t_partition_1.csv", "id,x", "100001,007");
    folder.text("t_partition_2.csv", lines.toArray(String[]::new));
    folder.open();
    assertThat(folder.rows("FROM t WHERE id >= 30000 ORDER BY id"))
        .containsExactly("30000|word", "100001|007");
  }

  @Test
  void open_filesOfDifferentColumns_areUnited() {
    for (int file = 0; file < 6; file++) {
      parquet(file, file % 2 == 0 ? "i AS id, 1::SMALLINT AS a" : "i AS id, [i] AS b, 1.5 AS a");
    }
    assertThat(folder.rows("SELECT count(*), sum(a), count(b), max(b) FROM t"))
        .containsExactly("60|75.0|30|[59]");
  }

  @Test
  void open_columnsNamedLikeDuckDbsOwn_areReadAsTheyAre() {
    for (int file = 0; file < 3; file++) {
      parquet(file, "i AS n, 7 AS file_index, 'f' AS filename, 9 AS file_row_number");
    }
    assertThat(
            folder.rows(
                "SELECT count(*), sum(file_index), min(filename), min(file_row_number) FROM t"))
        .containsExactly("30|210|f|9");
    assertThat(folder.rows("SELECT DISTINCT rows FROM flashduck.files")).containsExactly("10");
  }

  @Test
  void quiet_keysSharedBetweenAndWithinFiles_newestRowWinsAndIsReported() {
    folder.text("tables.yaml", "tables:", "  t:", "    key: [id]");
    for (int file = 0; file < 4; file++) {
      folder.modified(
          folder.text(
              "t_partition_" + file + ".csv",
              "id,x",
              "1,first of " + file,
              "1,second of " + file,
              ",nobody",
              (file + 10) + ",own"),
          OLD.plusSeconds(file == 2 ? 100 : file));
    }
    folder.open();
    assertThat(folder.rows("FROM t ORDER BY id"))
        .containsExactly("1|second of 2", "10|own", "11|own", "12|own", "13|own");
    assertThat(folder.rows("SELECT DISTINCT rows, reason FROM flashduck.files"))
        .singleElement()
        .asString()
        .startsWith("2|")
        .contains("the first is row 3", "id=1");
    folder.delete("t_partition_2.csv");
    assertThat(folder.quiet().rows("FROM t WHERE id = 1")).containsExactly("1|second of 3");
  }

  @Test
  void open_valuesOfFolderNamesAndOwnTimes_areThoseOfEachFile() {
    folder.text("tables.yaml", "tables:", "  e:", "    path: e", "    key: [id]");
    for (int day = 1; day <= 3; day++) {
      folder.text(
          "e/day=" + day + "/a.csv",
          "id,_modified_time",
          "1,2030-01-0" + (day == 2 ? 9 : day) + " 00:00:00",
          (day * 10) + ",");
    }
    folder.text("e/day=__HIVE_DEFAULT_PARTITION__/a.csv", "id,_modified_time", "7,");
    assertThat(folder.rows("SELECT id, day FROM e ORDER BY id"))
        .containsExactly("1|2", "7|null", "10|1", "20|2", "30|3");
  }

  @Test
  void update_rowsOfGroupedFilesWithoutKey_areTheSameInACacheBuiltAnew() {
    for (int file = 0; file < 4; file++) {
      folder.text("t_partition_" + file + ".csv", "n,s", file * 2 + ",a", (file * 2 + 1) + ",b");
    }
    folder.open();
    folder.run("UPDATE t SET s = 'changed' WHERE n IN (2, 5)");
    List<String> rows = folder.rows("FROM t ORDER BY n");
    assertThat(rows).contains("2|changed", "5|changed", "3|b").hasSize(8);
    folder.stop();
    folder.deleteCache();
    folder.delete("t_partition_0.csv"); // groups begin elsewhere
    folder.open();
    assertThat(folder.rows("FROM t ORDER BY n")).isEqualTo(rows.subList(2, 8));
  }

  @Test
  void open_fileReplacedWhileItsGroupIsRead_isReadAsItIsThen() {
    parquet(0, "i AS n, 'alone' AS other");
    for (int file = 1; file < 5; file++) {
      parquet(file, "i AS n");
    }
    AtomicBoolean replaced = new AtomicBoolean();
    folder.watch(
        line -> {
          if (replaced.compareAndSet(false, true)) { // after the first file, before the group
            folder.parquet(
                "t_partition_3.parquet", "SELECT 1000 + i AS n, 2 AS x FROM range(3) r(i)");
          }
        });
    folder.open();
    assertThat(replaced).isTrue();
    assertThat(
            folder.quiet().rows("SELECT count(*), sum(n) FILTER (WHERE n >= 1000), sum(x) FROM t"))
        .containsExactly("43|3003|6");
    assertThat(quarantined()).isEmpty();
  }

  @Test
  void open_fileGoneWhileItsGroupIsRead_othersAreThere() {
    parquet(0, "i AS n, 'alone' AS other");
    for (int file = 1; file < 5; file++) {
      parquet(file, "i AS n");
    }
    AtomicBoolean deleted = new AtomicBoolean();
    folder.watch(
        line -> {
          if (deleted.compareAndSet(false, true)) {
            folder.delete("t_partition_2.parquet");
          }
        });
    folder.open();
    assertThat(folder.quiet().rows("SELECT count(*), max(n) FROM t")).containsExactly("40|49");
    assertThat(quarantined()).isEmpty();
  }
}
