package io.flashduck.server.table;

import static org.assertj.core.api.Assertions.assertThat;

import io.flashduck.server.consolidate.ExportState;
import io.flashduck.server.consolidate.ExportedFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What tables.yaml says about a table's consolidated file is so in the file. */
final class ExportOptionsTest {
  @TempDir private Path dir;
  private TestFolder folder;

  @BeforeEach
  void open() {
    folder = new TestFolder(dir);
    folder.with("export.policy", "always").with("export.compression-level", "1");
  }

  @AfterEach
  void close() {
    folder.close();
  }

  private void openWith(String... options) {
    String[] lines = new String[options.length + 5];
    lines[0] = "tables:";
    lines[1] = "  t:";
    lines[2] = "    path: t";
    lines[3] = "    key: id";
    lines[4] = "    export:";
    for (int i = 0; i < options.length; i++) {
      lines[i + 5] = "      " + options[i];
    }
    folder.text("tables.yaml", lines);
    folder.parquet("t/a.parquet", "SELECT i AS id, i % 3 AS v FROM range(10000) t(i)");
    folder.open();
    folder.quiet();
  }

  private Path exported() {
    ExportedFile file = folder.db().export(TestFolder.name("t")).join();
    return file.file();
  }

  private List<String> ofColumnV(String what) {
    return folder.rows(
        "SELECT DISTINCT "
            + what
            + " FROM parquet_metadata('"
            + exported()
            + "') WHERE path_in_schema = 'v'");
  }

  @Test
  void compression_isTheTables() {
    openWith("compression: snappy");
    assertThat(ofColumnV("compression")).containsExactly("SNAPPY");
  }

  @Test
  void compressionLz4_isTheTables() {
    openWith("compression: lz4");
    assertThat(ofColumnV("compression")).containsExactly("LZ4_RAW");
  }

  @Test
  void compressionNone_isTheTables() {
    openWith("compression: none");
    assertThat(ofColumnV("compression")).containsExactly("UNCOMPRESSED");
  }

  @Test
  void encodingsByDefault_useDictionariesThatEveryReaderKnows() {
    openWith("compression: zstd");
    assertThat(ofColumnV("encodings").toString()).contains("DICTIONARY").doesNotContain("DELTA");
  }

  @Test
  void encodingsPlain_useNoDictionary() {
    openWith("encodings: plain");
    assertThat(ofColumnV("encodings").toString()).contains("PLAIN").doesNotContain("DICTIONARY");
  }

  @Test
  void rowGroupRows_areTheTables() {
    openWith("row_group_rows: 4096");
    assertThat(ofColumnV("max(row_group_num_rows) OVER ()")).containsExactly("4096");
  }

  @Test
  void keepVersions_earlierFilesStayWithTheirSequences() throws Exception {
    openWith("keep_versions: 2");
    for (int i = 0; i < 4; i++) {
      exported();
      folder.upsert("t", "SELECT 1::BIGINT AS id, " + (100 + i) + "::BIGINT AS v");
    }
    Path current = exported();
    try (var files = Files.list(current.getParent())) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .contains("t.parquet", "t@3.parquet", "t@2.parquet")
          .doesNotContain("t@1.parquet", "t@0.parquet");
    }
    assertThat(
            folder.rows(
                "SELECT v FROM '" + current.resolveSibling("t@2.parquet") + "' WHERE id = 1"))
        .containsExactly("101");
  }

  @Test
  void encodingsCompact_useDeltas() {
    openWith("encodings: compact");
    assertThat(
            folder.rows(
                "SELECT DISTINCT encodings FROM parquet_metadata('"
                    + exported()
                    + "') WHERE path_in_schema = 'id'"))
        .singleElement()
        .asString()
        .contains("DELTA");
    assertThat(folder.rows("SELECT count(*), sum(id) FROM '" + exported() + "'"))
        .containsExactly("10000|49995000");
  }

  @Test
  void compressionLevel_isTheTables() {
    openWith("compression: zstd", "compression_level: 19");
    Path exported = exported();
    assertThat(
            folder.rows(
                "SELECT decode(value) FROM parquet_kv_metadata('"
                    + exported
                    + "') WHERE decode(key) = 'flashduck.format'"))
        .singleElement()
        .asString()
        .startsWith("zstd19 ");
  }

  private ExportedFile file() {
    return folder.db().exports().stream()
        .flatMap(state -> files(state).stream())
        .findFirst()
        .orElseThrow();
  }

  private long write(long value) {
    return folder.upsert("t", "SELECT 1::BIGINT AS id, " + value + "::BIGINT AS v").sequence();
  }

  private void awaitFile(long sequence) {
    while (file().sequence() < sequence) {
      Thread.onSpinWait();
    }
    assertThat(file().sequence()).isEqualTo(sequence);
    assertThat(folder.rows("SELECT count(*) FROM '" + file().file() + "'"))
        .containsExactly("10000");
  }

  @Test
  @Timeout(60)
  void policyEvery_writesAfterThatManyChanges() {
    openWith("policy: every", "every_changes: 3");
    exported();
    long first = file().sequence();
    write(100);
    write(101);
    folder.quiet();
    assertThat(file().sequence()).isEqualTo(first);
    awaitFile(write(102));
  }

  @Test
  @Timeout(60)
  void policyDebounce_writesOnceTheTableRests() {
    openWith("policy: debounce", "debounce: 20ms");
    exported();
    awaitFile(write(100));
  }

  @Test
  @Timeout(60)
  void policyDebounce_writesNothingBefore_unlessAsked() {
    openWith("policy: debounce", "debounce: 1h");
    exported();
    long first = file().sequence();
    write(100);
    long last = write(101);
    folder.quiet();
    assertThat(file().sequence()).isEqualTo(first);
    exported();
    awaitFile(last);
  }

  @Test
  void policyOff_writesNothing() {
    openWith("policy: 'off'");
    folder.upsert("t", "SELECT 1::BIGINT AS id, 7::BIGINT AS v");
    folder.quiet();
    assertThat(folder.db().exports()).flatExtracting(state -> files(state)).isEmpty();
  }

  private static List<ExportedFile> files(ExportState state) {
    return state.file().stream().toList();
  }
}
