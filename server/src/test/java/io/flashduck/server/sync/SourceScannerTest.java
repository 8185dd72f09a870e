package io.flashduck.server.sync;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class SourceScannerTest {
  @TempDir private Path dir;
  private TestFolder folder;

  @BeforeEach
  void openFolder() throws IOException {
    folder = new TestFolder(Files.createDirectory(dir.resolve("data")));
  }

  @Test
  void scan_mixedFolder_findsTheFilesOfEachTable() {
    folder.write("orders.csv", "x");
    folder.write("orders_partition_1.parquet", "x");
    folder.write("sales/customers.json.gz", "x");
    folder.write("events/day=1/a.parquet", "x");
    folder.write(".hidden/a.csv", "x");
    folder.write("_temporary/a.csv", "x");
    folder.write("state/export/main/orders.parquet", "x");
    folder.write("notes.txt", "x");
    assertThat(describe(folder.scanner("")))
        .containsExactly(
            "main.events events/day=1/a.parquet {day=1}",
            "main.orders orders.csv {}",
            "main.orders orders_partition_1.parquet {}",
            "sales.customers sales/customers.json.gz {}");
  }

  @Test
  void scan_namesThatDifferOnlyInCase_areFilesOfOneTable() {
    folder.write("Orders.csv", "x");
    folder.write("orders.parquet", "x");
    assertThat(folder.scanner("").scan().files())
        .extracting(SourceFile::table)
        .hasSize(2)
        .satisfies(tables -> assertThat(tables.get(0)).isEqualTo(tables.get(1)));
  }

  @Test
  void scan_nothingChanged_keepsTheObjects() {
    folder.write("a.csv", "x");
    SourceScanner scanner = folder.scanner("");
    SourceFile first = scanner.scan().files().get(0);
    assertThat(scanner.scan().files().get(0)).isSameAs(first);
  }

  @Test
  void scan_sameSizeAndTimeButAnotherFile_isAnotherState() {
    folder.write("a.csv", "old");
    folder.modifiedTime("a.csv", 1_000_000_000_000L);
    SourceScanner scanner = folder.scanner("");
    FileStamp before = scanner.scan().files().get(0).stamp();
    folder.replace("a.csv", "new");
    folder.modifiedTime("a.csv", 1_000_000_000_000L);
    FileStamp after = scanner.scan().files().get(0).stamp();
    assertThat(after.size()).isEqualTo(before.size());
    assertThat(after.modifiedNanos()).isEqualTo(before.modifiedNanos());
    assertThat(after).isNotEqualTo(before);
  }

  @Test
  void scan_sameSizeTimeAndInode_isAnotherStateByItsChangeTime() throws IOException {
    folder.write("a.csv", "old");
    folder.modifiedTime("a.csv", 1_000_000_000_000L);
    SourceScanner scanner = folder.scanner("");
    FileStamp before = scanner.scan().files().get(0).stamp();
    FileTime oldChange = changeTime("a.csv");
    do { // until the file system's clock has moved on
      folder.write("a.csv", "new");
      folder.modifiedTime("a.csv", 1_000_000_000_000L);
    } while (changeTime("a.csv").equals(oldChange));
    FileStamp after = scanner.scan().files().get(0).stamp();
    assertThat(after.fileId()).isEqualTo(before.fileId());
    assertThat(after.modifiedNanos()).isEqualTo(before.modifiedNanos());
    assertThat(after).isNotEqualTo(before);
  }

  @Test
  void scan_timesBefore1970AndFarAhead_areKept() {
    folder.write("old.csv", "x");
    folder.modifiedTime("old.csv", -1_000_000_000L);
    folder.write("new.csv", "x");
    folder.modifiedTime("new.csv", 4_000_000_000_000_000_000L);
    assertThat(folder.scanner("").scan().files())
        .extracting(file -> file.stamp().modifiedNanos())
        .containsExactly(4_000_000_000_000_000_000L, -1_000_000_000L);
  }

  @Test
  void scan_linksInsideTheFolder_areFollowed() {
    folder.write("sales/a.csv", "x");
    folder.link("b.csv", Path.of("sales/a.csv"));
    folder.link("shop", Path.of("sales"));
    assertThat(describe(folder.scanner("")))
        .containsExactly("main.b b.csv {}", "sales.a sales/a.csv {}", "shop.a shop/a.csv {}");
  }

  @Test
  void scan_linksThatLeadNowhereGood_areRejected() throws IOException {
    Path outside = Files.writeString(dir.resolve("outside.csv"), "x");
    folder.write("state/cache.csv", "x");
    folder.write("a/b.csv", "x");
    folder.link("out.csv", outside);
    folder.link("outfolder", dir);
    folder.link("own.csv", folder.path("state/cache.csv"));
    folder.link("dangling.csv", Path.of("absent.csv"));
    folder.link("self.csv", Path.of("self.csv"));
    folder.link("a/up", Path.of(".."));
    folder.link("readme.txt", outside);
    assertThat(folder.scanner("").scan().rejected())
        .allSatisfy(r -> assertThat(r.reason()).isEqualTo(RejectedPath.Reason.BAD_LINK))
        .extracting(r -> r.path() + ": " + r.detail())
        .containsExactly(
            "a/up: the link leads to a folder that it is in",
            "dangling.csv: the link leads to nothing that can be read",
            "out.csv: the link leads out of the data folder",
            "outfolder: the link leads out of the data folder",
            "own.csv: the link leads out of the data folder",
            "self.csv: the link leads to nothing that can be read");
  }

  @Test
  void scan_foldersLinkedToEachOther_ends() {
    folder.write("a/x.csv", "x");
    folder.write("b/y.csv", "x");
    folder.link("a/toB", Path.of("../b"));
    folder.link("b/toA", Path.of("../a"));
    FolderSnapshot snapshot = folder.scanner("tables: {a: {}, b: {}}").scan();
    assertThat(snapshot.files())
        .extracting(SourceFile::path)
        .containsExactly("a/toB/y.csv", "a/x.csv", "b/toA/x.csv", "b/y.csv");
  }

  @Test
  void scan_pipeNamedLikeData_isRejected() throws Exception {
    Process mkfifo = new ProcessBuilder("mkfifo", folder.path("p.csv").toString()).start();
    assumeThat(mkfifo.waitFor()).isZero();
    assertThat(folder.scanner("").scan().rejected())
        .extracting(r -> r.path() + " " + r.reason())
        .containsExactly("p.csv NOT_A_FILE");
  }

  @Test
  void scan_fileBeingReplacedByDuckDb_isNotATable() {
    folder.write("orders.parquet", "x");
    folder.write("tmp_orders.parquet", "x");
    folder.write("tmp_other.parquet", "x");
    assertThat(describe(folder.scanner("")))
        .containsExactly("main.orders orders.parquet {}", "main.tmp_other tmp_other.parquet {}");
  }

  @Test
  void scan_tablesYamlChanges_movesTheFiles() {
    folder.write("events/a.csv", "x");
    folder.write("events/sub/b.csv", "x");
    SourceScanner scanner = folder.scanner("");
    assertThat(describe(scanner)).containsExactly("events.a events/a.csv {}");
    assertThat(scanner.scan().rejected())
        .extracting(RejectedPath::path)
        .containsExactly("events/sub");
    scanner.useTables(folder.scanner("tables: {events: {}}").tables());
    assertThat(describe(scanner))
        .containsExactly("main.events events/a.csv {}", "main.events events/sub/b.csv {}");
    assertThat(scanner.scan().rejected()).isEmpty();
  }

  @Test
  void scan_folderReadOptionsChange_changesTheFiles() {
    folder.write("a.csv", "x");
    SourceFile plain = folder.scanner("").scan().files().get(0);
    SourceFile separated = folder.scanner("tables: {a: {delimiter: ';'}}").scan().files().get(0);
    assertThat(separated.stamp()).isEqualTo(plain.stamp());
    assertThat(separated).isNotEqualTo(plain);
  }

  @Test
  void scan_dataFolderGone_failsInsteadOfFindingNothing() throws IOException {
    folder.write("a.csv", "x");
    SourceScanner scanner = folder.scanner("");
    scanner.scan();
    Files.move(folder.root(), dir.resolve("elsewhere"));
    assertThatExceptionOfType(FlashDuckException.class)
        .isThrownBy(scanner::scan)
        .satisfies(e -> assertThat(e.code()).isEqualTo(ErrorCode.IO_ERROR))
        .withMessageContaining(folder.root() + " cannot be read");
  }

  @Test
  void scan_tenThousandFiles_findsEachInOrder() throws IOException {
    byte[] text = "a\n1\n".getBytes(StandardCharsets.UTF_8);
    for (int schema = 0; schema < 100; schema++) {
      Path sub = Files.createDirectory(folder.path("s%02d".formatted(schema)));
      for (int table = 0; table < 100; table++) {
        Files.write(sub.resolve("t%02d.csv".formatted(table)), text);
      }
    }
    SourceScanner scanner = folder.scanner("");
    List<SourceFile> files = scanner.scan().files();
    assertThat(files).hasSize(10_000);
    for (int i = 0; i < files.size(); i++) {
      assertThat(files.get(i).path()).isEqualTo("s%02d/t%02d.csv".formatted(i / 100, i % 100));
      assertThat(files.get(i).table().toString())
          .isEqualTo("s%02d.t%02d".formatted(i / 100, i % 100));
    }
    Manifest loaded = Manifest.of(files);
    folder.replace("s50/t50.csv", "a\n2\n");
    folder.delete("s99/t99.csv");
    List<SourceChange> plan = SourcePlanner.plan(loaded, scanner.scan());
    assertThat(plan)
        .extracting(change -> change.getClass().getSimpleName() + " " + change.table())
        .containsExactly("Upserted s50.t50", "Removed s99.t99");
  }

  private FileTime changeTime(String relative) throws IOException {
    FileTime time = (FileTime) Files.getAttribute(folder.path(relative), "unix:ctime");
    assertThat(time.to(TimeUnit.NANOSECONDS)).isPositive();
    return time;
  }

  private static List<String> describe(SourceScanner scanner) {
    return scanner.scan().files().stream()
        .map(file -> file.table() + " " + file.path() + " " + file.partitions())
        .toList();
  }
}
