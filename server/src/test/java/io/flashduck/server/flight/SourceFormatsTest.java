package io.flashduck.server.flight;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.ipc.ArrowFileWriter;
import org.apache.arrow.vector.ipc.ArrowStreamWriter;
import org.apache.arrow.vector.ipc.ArrowWriter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Files of every kind in the data folder, as a client sees them. */
@Timeout(60)
class SourceFormatsTest {
  private static final Instant OLD = Instant.parse("2026-01-01T00:00:00Z");

  @TempDir private Path folder;

  @Test
  void everyFormat_plainAndCompressed_isATable() throws Exception {
    for (String packed : List.of("", ".gz", ".zst")) {
      String compression =
          switch (packed) {
            case ".gz" -> ", COMPRESSION gzip";
            case ".zst" -> ", COMPRESSION zstd";
            default -> "";
          };
      String suffix = packed.replace('.', '_');
      copy("csv" + suffix + ".csv" + packed, "FORMAT csv, HEADER" + compression);
      copy("tsv" + suffix + ".tsv" + packed, "FORMAT csv, HEADER, DELIMITER chr(9)" + compression);
      copy("lines" + suffix + ".ndjson" + packed, "FORMAT json" + compression);
      copy("json" + suffix + ".json" + packed, "FORMAT json, ARRAY true" + compression);
    }
    copy("parq.parquet", "FORMAT parquet");
    arrow("file.arrow", true);
    arrow("feather.feather", true);
    arrow("stream.arrow", false);
    try (FlightFixture flight = open(Map.of())) {
      for (String kind : List.of("csv", "tsv", "lines", "json")) {
        for (String packed : List.of("", "_gz", "_zst")) {
          assertRows(flight, kind + packed);
        }
      }
      for (String table : List.of("parq", "file", "feather", "stream")) {
        assertRows(flight, table);
      }
      assertThat(flight.rows("SELECT path, reason FROM flashduck.files WHERE reason IS NOT NULL"))
          .isEmpty();
    }
  }

  private static void assertRows(FlightFixture flight, String table) {
    assertThat(flight.rows("SELECT id, name, typeof(id) FROM " + table + " ORDER BY id"))
        .as(table)
        .containsExactly(
            List.of("0", "name 0", "BIGINT"),
            List.of("1", "name 1", "BIGINT"),
            List.of("2", "name 2", "BIGINT"));
  }

  @Test
  void hivePartitions_areColumnsWithTheirTypes() throws Exception {
    text("tables.yaml", "tables:", "  events: {}");
    for (int day = 1; day <= 2; day++) {
      FlightFixture.parquet(
          folder,
          "events/day=2026-01-0" + day + "/shop=" + day + "/region=north/part.parquet",
          "SELECT " + day + "::INTEGER AS n");
    }
    try (FlightFixture flight = open(Map.of())) {
      assertThat(
              flight.rows(
                  "SELECT n, day::VARCHAR, shop, region, typeof(day), typeof(shop), typeof(region)"
                      + " FROM events ORDER BY n"))
          .containsExactly(
              List.of("1", "2026-01-01", "1", "north", "DATE", "BIGINT", "VARCHAR"),
              List.of("2", "2026-01-02", "2", "north", "DATE", "BIGINT", "VARCHAR"));
      assertThat(flight.rows("SELECT n FROM events WHERE day = DATE '2026-01-02'"))
          .containsExactly(List.of("2"));
    }
  }

  @Test
  void modifiedTimeColumn_decidesWhichRowWins_beforeTheFilesTime() throws Exception {
    text("tables.yaml", "tables:", "  t:", "    path: t");
    modified(
        text(
            "t/old.csv",
            "id,x,_modified_time",
            "1,late,2026-05-05 00:00:00",
            "2,early,2020-01-01 00:00:00"),
        OLD);
    modified(
        text(
            "t/new.csv",
            "id,x,_modified_time",
            "1,early,2020-01-01 00:00:00",
            "2,late,2026-05-05 00:00:00"),
        OLD.plusSeconds(1000));
    try (FlightFixture flight = open(Map.of())) {
      assertThat(flight.rows("SELECT id, x FROM t ORDER BY id"))
          .containsExactly(List.of("1", "late"), List.of("2", "late"));
    }
  }

  @Test
  void strictTable_fileWithOtherColumnsOrTypes_isRefusedByNameColumnAndTypes() throws Exception {
    text("tables.yaml", "tables:", "  t:", "    path: t", "    schema_evolution: strict");
    FlightFixture.parquet(folder, "t/a.parquet", "SELECT 1::BIGINT AS id, 10::BIGINT AS x");
    modified(folder.resolve("t/a.parquet"), OLD);
    try (FlightFixture flight = open(Map.of())) {
      FlightFixture.parquet(folder, "t/b.parquet", "SELECT 2::BIGINT AS id, 1.5::DOUBLE AS x");
      FlightFixture.parquet(
          folder, "t/c.parquet", "SELECT 3::BIGINT AS id, 3::BIGINT AS x, 'new' AS extra");
      quiet(flight);
      assertThat(flight.rows("FROM t")).containsExactly(List.of("1", "10"));
      assertThat(reason(flight, "t/b.parquet")).contains("x", "DOUBLE", "BIGINT", "a.parquet");
      assertThat(reason(flight, "t/c.parquet")).contains("extra", "strict");
      FlightFixture.parquet(folder, "t/b.parquet", "SELECT 2::BIGINT AS id, 20::BIGINT AS x");
      quiet(flight);
      assertThat(flight.rows("FROM t ORDER BY id"))
          .containsExactly(List.of("1", "10"), List.of("2", "20"));
    }
  }

  @Test
  void unionTable_typesThatCannotBeMerged_areRefusedByFileColumnAndTypes() {
    FlightFixture.parquet(folder, "r_partition_1.parquet", "SELECT 1 AS s, 10::BIGINT AS v");
    modified(folder.resolve("r_partition_1.parquet"), OLD);
    try (FlightFixture flight = open(Map.of())) {
      FlightFixture.parquet(folder, "r_partition_2.parquet", "SELECT 2 AS s, 'high' AS v");
      FlightFixture.parquet(
          folder, "r_partition_3.parquet", "SELECT 3 AS s, 2.5::DOUBLE AS v, true AS more");
      quiet(flight);
      assertThat(flight.rows("SELECT s, v, more FROM r ORDER BY s"))
          .containsExactly(List.of("1", "10.0", "null"), List.of("3", "2.5", "true"));
      assertThat(reason(flight, "r_partition_2.parquet")).contains("v", "BIGINT", "VARCHAR");
    }
  }

  @Test
  void compositeKey_namesARow_andAFileThatViolatesItIsReported() throws Exception {
    text("tables.yaml", "tables:", "  t:", "    path: t", "    key: [region, id]");
    modified(text("t/a.csv", "region,id,x", "n,1,a", "s,1,b"), OLD);
    modified(text("t/b.csv", "region,id,x", "s,1,B", "s,2,c"), OLD.plusSeconds(1));
    try (FlightFixture flight = open(Map.of())) {
      assertThat(flight.rows("SELECT region, id, x FROM t ORDER BY ALL"))
          .containsExactly(List.of("n", "1", "a"), List.of("s", "1", "B"), List.of("s", "2", "c"));
      flight.sql("UPDATE t SET x = 'u' WHERE region = 'n'", "DELETE FROM t WHERE id = 2");
      text("t/c.csv", "region,id,x", "w,7,first", "w,7,second", "w,,none");
      quiet(flight);
      assertThat(flight.rows("SELECT region, id, x FROM t WHERE region <> 'w' ORDER BY ALL"))
          .containsExactly(List.of("n", "1", "u"), List.of("s", "1", "B"));
      assertThat(reason(flight, "t/c.csv")).contains("region", "id");
    }
  }

  private String reason(FlightFixture flight, String path) {
    return flight
        .rows("SELECT reason FROM flashduck.files WHERE path = '" + path + "'")
        .get(0)
        .get(0);
  }

  private FlightFixture open(Map<String, String> settings) {
    Map<String, String> all = new java.util.TreeMap<>(settings);
    all.put("data.settle", "0ms");
    return new FlightFixture(folder, all);
  }

  private static void quiet(FlightFixture flight) {
    try {
      assertThat(flight.database().awaitQuiet(Duration.ofSeconds(30))).isTrue();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private Path text(String name, String... lines) throws IOException {
    Path file = folder.resolve(name);
    Files.createDirectories(file.getParent());
    return Files.writeString(file, String.join("\n", lines) + "\n");
  }

  private static void modified(Path file, Instant time) {
    try {
      Files.setLastModifiedTime(file, FileTime.from(time));
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private void copy(String file, String options) throws SQLException {
    try (Connection duck = DriverManager.getConnection("jdbc:duckdb:");
        Statement statement = duck.createStatement()) {
      statement.execute(
          "COPY (SELECT i AS id, 'name ' || i AS name FROM range(3) t(i)) TO '"
              + folder.resolve(file)
              + "' ("
              + options
              + ")");
    }
  }

  private void arrow(String name, boolean randomAccess) throws IOException {
    try (BufferAllocator allocator = new RootAllocator();
        BigIntVector id = new BigIntVector("id", allocator);
        VarCharVector text = new VarCharVector("name", allocator);
        OutputStream out = Files.newOutputStream(folder.resolve(name))) {
      for (int row = 0; row < 3; row++) {
        id.setSafe(row, row);
        text.setSafe(row, ("name " + row).getBytes(StandardCharsets.UTF_8));
      }
      id.setValueCount(3);
      text.setValueCount(3);
      VectorSchemaRoot root = new VectorSchemaRoot(List.of((FieldVector) id, text));
      try (ArrowWriter writer =
          randomAccess
              ? new ArrowFileWriter(root, null, Channels.newChannel(out))
              : new ArrowStreamWriter(root, null, Channels.newChannel(out))) {
        writer.start();
        writer.writeBatch();
        writer.end();
      }
    }
  }
}
