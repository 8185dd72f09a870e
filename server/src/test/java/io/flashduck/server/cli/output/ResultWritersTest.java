package io.flashduck.server.cli.output;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.channels.Channels;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.ipc.ArrowFileReader;
import org.apache.arrow.vector.ipc.ArrowReader;
import org.apache.arrow.vector.ipc.ArrowStreamReader;
import org.apache.arrow.vector.ipc.SeekableReadChannel;
import org.apache.arrow.vector.util.ByteArrayReadableSeekableByteChannel;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class ResultWritersTest {
  private final BufferAllocator allocator = new RootAllocator();
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  @AfterEach
  void closeAllocator() {
    allocator.close();
  }

  @Test
  void table_plain_isDrawnWithNullsAndAlignedNumbers() throws IOException {
    write(new TableResultWriter(out, TableStyle.unlimited()), "Ann", null, "Bo\tb");
    assertThat(out.toString(UTF_8))
        .isEqualTo(
            """
            ┌────┬───────┐
            │ id │ name  │
            ├────┼───────┤
            │  1 │ Ann   │
            │  2 │ NULL  │
            │  3 │ Bo\\tb │
            └────┴───────┘
            """);
  }

  @Test
  void table_withoutRows_hasItsHeader() throws IOException {
    ResultWriter.Written written =
        write(new TableResultWriter(out, new TableStyle(0, 0, false, "")));
    assertThat(out.toString(UTF_8))
        .isEqualTo(
            """
            +----+------+
            | id | name |
            +----+------+
            +----+------+
            """);
    assertThat(written).isEqualTo(new ResultWriter.Written(0, true));
  }

  @Test
  void table_wideText_isCutToTheLine() throws IOException {
    write(
        new TableResultWriter(out, new TableStyle(20, 0, true, "NULL")),
        "a very long name indeed",
        "日本語日本語日本語");
    List<String> lines = out.toString(UTF_8).lines().toList();
    assertThat(lines).allMatch(line -> DisplayText.width(line) <= 20);
    assertThat(lines.get(3)).isEqualTo("│  1 │ a very lon… │");
    assertThat(lines.get(4)).contains("日本語日本…");
  }

  @Test
  void table_moreRowsThanTheLimit_stopsAndSaysSo() throws IOException {
    ResultWriter.Written written =
        write(new TableResultWriter(out, new TableStyle(0, 2, true, "")), "a", "b", "c");
    assertThat(written).isEqualTo(new ResultWriter.Written(2, false));
    assertThat(out.toString(UTF_8)).doesNotContain(" c ").endsWith("┘\n");
  }

  @Test
  void table_escapeSequence_cannotReachTheTerminal() throws IOException {
    write(new TableResultWriter(out, TableStyle.unlimited()), "\u001b[31mred");
    assertThat(out.toString(UTF_8)).contains("\\x1B[31mred").doesNotContain("\u001b");
  }

  @Test
  void table_longerThanTheSample_streamsTheRest() throws IOException {
    String[] names = new String[TableDrawing.SAMPLE_ROWS + 5];
    Arrays.fill(names, "x");
    names[names.length - 1] = "longer than all before";
    ResultWriter.Written written = write(new TableResultWriter(out, TableStyle.unlimited()), names);
    assertThat(written.rows()).isEqualTo(names.length);
    assertThat(out.toString(UTF_8)).contains("longer than all before");
    assertThat(out.toString(UTF_8).lines()).hasSize(names.length + 4);
  }

  @Test
  void records_oneBlockPerRow() throws IOException {
    write(new RecordResultWriter(out, TableStyle.unlimited()), "Ann");
    assertThat(out.toString(UTF_8)).isEqualTo("── row 1\nid    1\nname  Ann\n");
  }

  @Test
  void csv_nullAndEmptyStayApart() throws IOException {
    write(new CsvResultWriter(out), "plain", null, "", "say \"hi\", ok", "two\nlines");
    assertThat(out.toString(UTF_8))
        .isEqualTo("id,name\n1,plain\n2,\n3,\"\"\n4,\"say \"\"hi\"\", ok\"\n5,\"two\nlines\"\n");
  }

  @Test
  void json_isOneArrayWithARowPerLine() throws IOException {
    write(new JsonResultWriter(out, false), "a\"b", null);
    assertThat(out.toString(UTF_8))
        .isEqualTo("[\n{\"id\":1,\"name\":\"a\\\"b\"},\n{\"id\":2,\"name\":null}\n]\n");
  }

  @Test
  void json_withoutRows_isAnEmptyArray() throws IOException {
    write(new JsonResultWriter(out, false));
    assertThat(out.toString(UTF_8)).isEqualTo("[]\n");
  }

  @Test
  void ndjson_isOneObjectPerLine() throws IOException {
    write(new JsonResultWriter(out, true), "a", "b");
    assertThat(out.toString(UTF_8))
        .isEqualTo("{\"id\":1,\"name\":\"a\"}\n{\"id\":2,\"name\":\"b\"}\n");
  }

  @Test
  void arrow_streamAndFile_readBack() throws IOException {
    write(new ArrowResultWriter(out, false), "a", null, "c");
    try (ArrowStreamReader reader =
        new ArrowStreamReader(new ByteArrayInputStream(out.toByteArray()), allocator)) {
      assertThat(rowCount(reader)).isEqualTo(3);
    }
    out.reset();
    write(new ArrowResultWriter(out, true), "a", null, "c");
    try (ArrowFileReader reader =
        new ArrowFileReader(
            new SeekableReadChannel(new ByteArrayReadableSeekableByteChannel(out.toByteArray())),
            allocator)) {
      assertThat(rowCount(reader)).isEqualTo(3);
    }
    Channels.newChannel(out).close();
  }

  private static int rowCount(ArrowReader reader) throws IOException {
    int rows = 0;
    while (reader.loadNextBatch()) {
      rows += reader.getVectorSchemaRoot().getRowCount();
    }
    return rows;
  }

  /** Writes rows with these names, two to a batch. */
  private ResultWriter.Written write(ResultWriter writer, @Nullable String... names)
      throws IOException {
    List<String> all = Arrays.asList(names);
    List<List<String>> batches = new ArrayList<>();
    for (int from = 0; from < all.size(); from += 2) {
      batches.add(all.subList(from, Math.min(all.size(), from + 2)));
    }
    try (SampleRows rows = new SampleRows(allocator, Collections.unmodifiableList(batches))) {
      return writer.write(rows);
    }
  }
}
