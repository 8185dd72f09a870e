package io.flashduck.server.engine.sql;

import static org.assertj.core.api.Assertions.assertThat;

import io.flashduck.server.engine.EngineConnection;
import io.flashduck.server.engine.EngineFixture;
import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class FileNamesTest {
  private static final String LETTERS = "abcdefghijklmnopqrstuvwxyz";
  private static final List<String> LONGER =
      List.of(
          "parquet",
          "json",
          "jsonl",
          "ndjson",
          "geojson",
          "json5",
          "bson",
          "duckdb",
          "ducklake",
          "sqlite",
          "sqlite3",
          "arrow",
          "arrows",
          "feather",
          "xlsx",
          "avro",
          "iceberg",
          "delta",
          "vortex",
          "lance",
          "gpkg",
          "text",
          "blob",
          "yaml",
          "html",
          "toml",
          "zarr",
          "arff",
          "accdb");

  @TempDir Path folder;

  @Test
  void isEnding_ofEveryEndingThatDuckDbOpens_isTrue() {
    Set<String> opened = new TreeSet<>();
    try (EngineFixture fixture = new EngineFixture(folder);
        EngineConnection connection = fixture.engine.openInternal()) {
      for (String ending : endings()) {
        if (opens(connection, "FROM nowhere." + ending)) {
          opened.add(ending);
        }
      }
    }
    assertThat(opened).contains("csv", "db", "parquet").allMatch(FileNames::isEnding);
  }

  /** All of up to three letters, and longer ones that are known. */
  private static List<String> endings() {
    List<String> endings = new ArrayList<>(LONGER);
    List<String> shorter = List.of("");
    for (int length = 1; length <= 3; length++) {
      List<String> longer = new ArrayList<>();
      for (String start : shorter) {
        for (int i = 0; i < LETTERS.length(); i++) {
          longer.add(start + LETTERS.charAt(i));
        }
      }
      endings.addAll(longer);
      shorter = longer;
    }
    return endings;
  }

  private static boolean opens(EngineConnection connection, String sql) {
    try {
      connection.execute(sql);
      return true;
    } catch (FlashDuckException e) {
      return e.code() == ErrorCode.PERMISSION_DENIED;
    }
  }

  @Test
  void refusal_speaksOfFilesOnlyIfAFileWasMeant() {
    assertThat(refusal("x.csv")).contains("Files cannot be read by name");
    assertThat(refusal("x", "csv")).contains("Files cannot be read by name");
    assertThat(refusal("/data/x")).contains("Files cannot be read by name");
    assertThat(refusal("main", "log")).endsWith("name main.log does not exist!");
    assertThat(refusal("orders.2024"))
        .doesNotContain("Files")
        .endsWith("named schema.table, each part in quotes of its own.");
    assertThat(refusal("sales", "orders.2024")).endsWith("sales.orders.2024 does not exist!");
  }

  private static String refusal(String... parts) {
    return String.valueOf(FileNames.refusal(new QualifiedName(List.of(parts))).getMessage());
  }

  @Test
  void mayBeFile_ofTablesNames_isFalse() {
    assertThat(FileNames.mayBeFile(List.of("orders"))).isFalse();
    assertThat(FileNames.mayBeFile(List.of("flashduck", "main", "orders"))).isFalse();
    assertThat(FileNames.mayBeFile(List.of("csv"))).isFalse();
    assertThat(FileNames.mayBeFile(List.of("sales", "CSV"))).isTrue();
    assertThat(FileNames.mayBeFile(List.of("sales.csv"))).isTrue();
    assertThat(FileNames.mayBeFile(List.of("http://x"))).isTrue();
  }
}
