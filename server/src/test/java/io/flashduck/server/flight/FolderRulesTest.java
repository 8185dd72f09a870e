package io.flashduck.server.flight;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The rules of {@code docs/folder.md}, each as {@code flashduck.files} shows it. */
@Timeout(60)
class FolderRulesTest {
  @TempDir private Path dir;

  @SuppressWarnings("NullAway.Init") // each test opens it
  private FlightFixture flight;

  private Path folder() throws IOException {
    return Files.createDirectories(dir.resolve("data"));
  }

  private void open() throws IOException {
    open(Map.of());
  }

  private void open(Map<String, String> settings) throws IOException {
    Map<String, String> all = new TreeMap<>(settings);
    all.put("data.settle", "0ms");
    flight = new FlightFixture(folder(), all);
  }

  @AfterEach
  void close() {
    flight.close();
  }

  private void quiet() throws InterruptedException {
    assertThat(flight.database().awaitQuiet(Duration.ofSeconds(30))).isTrue();
  }

  private List<String> file(String path) {
    return flight
        .rows(
            "SELECT coalesce(table_name, '-'), state, coalesce(reason, '-'), rows, bytes,"
                + " version::VARCHAR, first_seen > TIMESTAMP '2026-01-01', loaded_at >= first_seen,"
                + " load_milliseconds > 0 FROM flashduck.files WHERE path = '"
                + path.replace("'", "''")
                + "'")
        .stream()
        .findFirst()
        .orElse(List.of());
  }

  @Test
  void loadedFile_showsEverything_inThePastAndTheFuture() throws Exception {
    DataFiles files = new DataFiles(folder());
    files.text("now.csv", "id,x", "1,a", "2,b");
    Files.setLastModifiedTime(files.text("old.csv", "id", "1"), FileTime.fromMillis(-86_400_000));
    Files.setLastModifiedTime(
        files.text("new.csv", "id", "1"), FileTime.from(Instant.parse("2199-01-01T00:00:00Z")));
    open();
    assertThat(file("now.csv"))
        .containsExactly(
            "now", "loaded", "-", "2", "13", "2026-01-01 00:00:00", "true", "true", "true");
    assertThat(file("old.csv")).contains("loaded", "1969-12-31 00:00:00");
    assertThat(file("new.csv")).contains("loaded", "2199-01-01 00:00:00");
  }

  @Test
  void hiddenAndTemporaryNames_areLeftAloneAndShown() throws Exception {
    DataFiles files = new DataFiles(folder());
    List<String> left =
        List.of(
            ".a.csv",
            "._a.csv",
            "~a.csv",
            "~$a.csv",
            "a.csv~",
            "#a.csv#",
            "a.csv.tmp",
            "a.csv.temp",
            "a.csv.part",
            "a.csv.partial",
            "a.csv.crdownload",
            "a.csv.download",
            "a.csv.filepart",
            ".a.csv.swp",
            "s/.a.parquet.tmp");
    left.forEach(name -> files.text(name, "id", "1"));
    files.text("a.csv", "id", "7");
    files.text(".DS_Store", "no data");
    files.text("notes.tmp", "no data");
    open();
    for (String name : left) {
      assertThat(file(name))
          .as(name)
          .containsExactly(
              "-",
              "ignored",
              "the name is hidden or temporary; rename it if it is to be read",
              "null",
              "5",
              "2026-01-01 00:00:00",
              "true",
              "null",
              "null");
    }
    assertThat(flight.rows("FROM a")).containsExactly(List.of("7"));
    assertThat(flight.rows("SELECT path FROM flashduck.files WHERE state <> 'ignored'"))
        .containsExactly(List.of("a.csv"));
    Files.move(folder().resolve("a.csv.tmp"), folder().resolve("b.csv"));
    quiet();
    assertThat(file("a.csv.tmp")).isEmpty();
    assertThat(flight.rows("FROM b")).containsExactly(List.of("1"));
  }

  @Test
  void excelAndOtherFormats_areRefusedWithWhatToDo() throws Exception {
    DataFiles files = new DataFiles(folder());
    for (String name : List.of("a.xlsx", "b.xls", "c.ods", "d.avro", "e.orc", "f.csv.bz2")) {
      files.text(name, "content");
    }
    files.text("g.parquet.gz", "content");
    open();
    assertThat(file("a.xlsx"))
        .containsExactly(
            "-",
            "rejected",
            "Excel files are not supported; save it as Parquet, or as CSV or JSON, plain or with"
                + " .gz or .zst",
            "null",
            "8",
            "2026-01-01 00:00:00",
            "true",
            "null",
            "null");
    assertThat(file("f.csv.bz2").get(2)).startsWith(".bz2 compression is not supported");
    assertThat(file("g.parquet.gz").get(2)).contains("not compressed as a whole");
    assertThat(flight.rows("SELECT count(*) FROM flashduck.files WHERE state = 'rejected'"))
        .containsExactly(List.of("7"));
  }

  @Test
  void links_areFollowedInside_andRefusedElsewhere() throws Exception {
    DataFiles files = new DataFiles(folder());
    Path outside = Files.writeString(dir.resolve("outside.csv"), "id\n1\n");
    files.text("sales/a.csv", "id", "1");
    Files.createSymbolicLink(folder().resolve("b.csv"), Path.of("sales/a.csv"));
    Files.createSymbolicLink(folder().resolve("shop"), Path.of("sales"));
    Files.createSymbolicLink(folder().resolve("out.csv"), outside);
    Files.createSymbolicLink(folder().resolve("gone.csv"), Path.of("absent.csv"));
    Files.createSymbolicLink(folder().resolve("loop.csv"), Path.of("loop.csv"));
    open();
    assertThat(file("b.csv")).startsWith("b", "loaded");
    assertThat(file("shop/a.csv")).startsWith("a", "loaded");
    for (String bad : List.of("out.csv", "gone.csv", "loop.csv")) {
      assertThat(file(bad)).as(bad).startsWith("-", "rejected").contains("true");
      assertThat(file(bad).get(2)).contains("the link leads", "put the file itself there");
    }
    Files.writeString(folder().resolve("sales/a.csv"), "id\n2\n3\n");
    quiet();
    assertThat(flight.rows("SELECT count(*) FROM b")).containsExactly(List.of("2"));
    assertThat(flight.rows("SELECT count(*) FROM shop.a")).containsExactly(List.of("2"));
    Files.delete(folder().resolve("out.csv"));
    files.text("out.csv", "id", "5");
    quiet();
    assertThat(flight.rows("FROM out")).containsExactly(List.of("5"));
  }

  @Test
  void keyViolations_areReportedWithFileAndExample_andTheLastRowCounts() throws Exception {
    DataFiles files = new DataFiles(folder());
    files.text("tables.yaml", "tables:", "  t:", "    path: t", "    key: [region, id]");
    files.text(
        "t/a.csv", "region,id,x", "n,1,first", "n,1,second", ",2,none", "s,3,good", "s,,none");
    files.text("t/b.csv", "region,x", "n,nothing");
    open();
    assertThat(flight.rows("SELECT region, id, x FROM t ORDER BY ALL"))
        .containsExactly(List.of("n", "1", "second"), List.of("s", "3", "good"));
    assertThat(file("t/a.csv")).startsWith("t", "loaded").element(3).isEqualTo("2");
    assertThat(file("t/a.csv").get(2))
        .isEqualTo(
            "2 rows without a value in the key (region, id) left out, the first is row 3; 1 row"
                + " whose key is given again further on left out, for example region=n, id=1:"
                + " the last row with a key counts");
    assertThat(file("t/b.csv")).startsWith("t", "quarantined");
    assertThat(file("t/b.csv").get(2)).contains("no column id", "key");
  }

  @Test
  void brokenFile_isTriedAgain_quarantined_andPickedUpWhenItChanges() throws Exception {
    DataFiles files = new DataFiles(folder());
    files.write("p.parquet", "SELECT 1 AS id");
    open();
    Files.write(folder().resolve("p.parquet"), new byte[] {'P', 'A', 'R', '1', 1, 2, 3});
    quiet();
    assertThat(file("p.parquet").get(1)).isIn("retrying", "quarantined");
    assertThat(file("p.parquet").get(2)).contains("not a whole Parquet file", "Write or copy");
    assertThat(flight.rows("FROM p")).containsExactly(List.of("1"));
    Path next = files.write(".p.parquet.tmp.parquet", "SELECT 2 AS id");
    Files.move(next, folder().resolve("p.parquet"), StandardCopyOption.ATOMIC_MOVE);
    quiet();
    assertThat(file("p.parquet")).startsWith("p", "loaded", "-");
    assertThat(flight.rows("FROM p")).containsExactly(List.of("2"));
  }

  @Test
  void deletingAFile_bringsBackWhatItHid() throws Exception {
    DataFiles files = new DataFiles(folder());
    files.text("tables.yaml", "tables:", "  t:", "    path: t", "    key: [a, b]");
    files.text("t/1.csv", "a,b,x", "1,1,old", "1,2,old");
    Path newer = files.text("t/2.csv", "a,b,x", "1,1,new", "2,2,new");
    Files.setLastModifiedTime(newer, FileTime.from(Instant.parse("2026-02-01T00:00:00Z")));
    open();
    assertThat(flight.rows("SELECT x FROM t ORDER BY a, b"))
        .containsExactly(List.of("new"), List.of("old"), List.of("new"));
    Files.writeString(newer, "a,b,x\n2,2,changed\n");
    quiet();
    assertThat(flight.rows("SELECT x FROM t ORDER BY a, b"))
        .containsExactly(List.of("old"), List.of("old"), List.of("changed"));
    Files.delete(newer);
    quiet();
    assertThat(flight.rows("SELECT x FROM t ORDER BY a, b"))
        .containsExactly(List.of("old"), List.of("old"));
  }

  @Test
  void manyFilesInOneScan_areOneVersion_ofWhichReadersNeverSeeHalf() throws Exception {
    int tables = 6;
    Path staging = Files.createDirectories(dir.resolve("staging"));
    for (int t = 0; t < tables; t++) {
      publish(staging, "t" + t, 0);
    }
    Files.move(staging, folder().resolve("day"));
    // Only scans look, and each one is asked for.
    open(Map.of("data.watch", "off", "data.scan-interval", "1h"));
    StringBuilder versions = new StringBuilder("SELECT ");
    for (int t = 0; t < tables; t++) {
      versions
          .append(t == 0 ? "" : ", ")
          .append("(SELECT min(v) || '-' || max(v) || '-' || count(*) FROM day.t" + t + ")");
    }
    AtomicBoolean done = new AtomicBoolean();
    List<List<String>> seen = new ArrayList<>();
    Thread reader =
        new Thread(
            () -> {
              while (!done.get()) {
                seen.addAll(flight.rows(versions.toString()));
              }
            },
            "reader");
    reader.start();
    for (int round = 1; round <= 8; round++) {
      Path next = Files.createDirectories(dir.resolve("next"));
      for (int t = 0; t < tables; t++) {
        publish(next, "t" + t, round);
      }
      Path day = folder().resolve("day");
      if (round % 2 == 0) {
        try (Stream<Path> files = Files.list(next)) {
          for (Path file : files.toList()) {
            Files.move(file, day.resolve(file.getFileName()), StandardCopyOption.ATOMIC_MOVE);
          }
        }
      } else {
        Files.move(day, dir.resolve("old" + round));
        Files.move(next, day);
      }
      long before = flight.database().catalog().version();
      quiet();
      assertThat(flight.database().catalog().version()).isEqualTo(before + 1);
    }
    done.set(true);
    reader.join(30_000);
    assertThat(seen).isNotEmpty();
    assertThat(seen).allSatisfy(row -> assertThat(row.stream().distinct().toList()).hasSize(1));
    assertThat(flight.rows(versions.toString()).get(0)).containsOnly("8-8-1000");
  }

  private static void publish(Path to, String table, int round) {
    new DataFiles(to).write(table + ".parquet", "SELECT " + round + " AS v FROM range(1000)");
  }
}
