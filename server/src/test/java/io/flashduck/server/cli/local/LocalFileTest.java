package io.flashduck.server.cli.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flashduck.server.cli.output.ArrowResultWriter;
import io.flashduck.server.cli.output.CsvResultWriter;
import io.flashduck.server.cli.output.ResultWriter;
import io.flashduck.server.cli.output.RowStream;
import io.flashduck.server.error.FlashDuckException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class LocalFileTest {
  private static final String ROWS = "id,name,at\n1,Ann,2026-01-02 03:04:05\n2,,\n3,\"x,y\",\n";

  @TempDir private Path dir;
  private final BufferAllocator allocator = new RootAllocator();

  @AfterEach
  void closeAllocator() {
    allocator.close();
  }

  @Test
  void csv_throughEveryFormat_isUnchanged() throws IOException {
    Path csv = Files.writeString(dir.resolve("a.csv"), ROWS);
    Path parquet = convert(csv, "b.parquet", out -> new ParquetResultWriter(out, allocator));
    Path file = convert(parquet, "c.arrow", out -> new ArrowResultWriter(out, true));
    Path stream = convert(file, "d.arrows", out -> new ArrowResultWriter(out, false));
    assertThat(Files.readString(convert(stream, "e.csv", CsvResultWriter::new))).isEqualTo(ROWS);
  }

  @Test
  void json_bothForms_areRead() throws IOException {
    Path array = Files.writeString(dir.resolve("a.json"), "[{\"id\": 1}, {\"id\": 2}]");
    Path lines = Files.writeString(dir.resolve("b.ndjson"), "{\"id\": 1}\n{\"id\": 2}\n");
    assertThat(csv(array)).isEqualTo("id\n1\n2\n");
    assertThat(csv(lines)).isEqualTo("id\n1\n2\n");
  }

  @Test
  void open_batchRows_limitsEachBatch() throws IOException {
    StringBuilder rows = new StringBuilder("id\n");
    for (int i = 0; i < 5_000; i++) {
      rows.append(i).append('\n');
    }
    Path csv = Files.writeString(dir.resolve("a.csv"), rows);
    try (RowStream stream = LocalFile.open(csv, 2_048, allocator)) {
      int batches = 0;
      while (stream.next()) {
        assertThat(stream.root().getRowCount()).isLessThanOrEqualTo(2_048);
        batches++;
      }
      assertThat(batches).isGreaterThanOrEqualTo(3);
    }
  }

  @Test
  void open_whatIsNoTable_saysWhy() throws IOException {
    assertThatThrownBy(() -> LocalFile.open(dir.resolve("none.csv"), 10, allocator))
        .isInstanceOf(FlashDuckException.class)
        .hasMessageContaining("none.csv");
    Path text = Files.writeString(dir.resolve("a.txt"), "x");
    assertThatThrownBy(() -> LocalFile.open(text, 10, allocator))
        .isInstanceOf(FlashDuckException.class)
        .hasMessageContaining(".parquet");
    Path broken = Files.writeString(dir.resolve("a.parquet"), "no Parquet");
    assertThatThrownBy(() -> LocalFile.open(broken, 10, allocator))
        .isInstanceOf(FlashDuckException.class)
        .hasMessageContaining("a.parquet");
    Path arrow = Files.writeString(dir.resolve("a.arrow"), "ARROW1 and then nothing useful");
    assertThatThrownBy(() -> LocalFile.open(arrow, 10, allocator))
        .isInstanceOf(FlashDuckException.class)
        .hasMessageContaining("a.arrow");
  }

  private interface Format {
    ResultWriter to(OutputStream out);
  }

  private Path convert(Path from, String name, Format format) throws IOException {
    Path to = dir.resolve(name);
    try (RowStream rows = LocalFile.open(from, 1_000, allocator);
        OutputStream out = Files.newOutputStream(to)) {
      assertThat(format.to(out).write(rows).rows()).isEqualTo(3);
    }
    return to;
  }

  private String csv(Path file) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (RowStream rows = LocalFile.open(file, 1_000, allocator)) {
      new CsvResultWriter(out).write(rows);
    }
    return out.toString(StandardCharsets.UTF_8);
  }
}
