package io.flashduck.server.consolidate;

import static io.flashduck.server.engine.sql.SqlIdentifiers.literal;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import org.apache.parquet.format.BoundaryOrder;
import org.apache.parquet.format.ColumnChunk;
import org.apache.parquet.format.ColumnIndex;
import org.apache.parquet.format.ColumnMetaData;
import org.apache.parquet.format.FileMetaData;
import org.apache.parquet.format.OffsetIndex;
import org.apache.parquet.format.PageHeader;
import org.apache.parquet.format.PageLocation;
import org.apache.parquet.format.PageType;
import org.apache.parquet.format.RowGroup;
import org.apache.parquet.format.Util;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Row groups keep their pages and indexes wherever they go. */
final class AssemblyTest {
  private static final ExportFiles FILES = new SystemFiles();

  @TempDir Path dir;
  private ExportFixture tables;

  @BeforeEach
  void open() throws IOException {
    tables = new ExportFixture(dir);
  }

  @AfterEach
  void close() {
    tables.close();
  }

  /** A file of three row groups with bloom filters and page indexes. */
  private Path file(String name, int from) throws IOException {
    Path file = tables.exportDir().resolve(name);
    try (var connection = tables.engine().openInternal()) {
      connection.execute(
          "COPY (SELECT i AS id, 'tag' || (i // 2048) AS tag, [i, i] AS list FROM range("
              + from
              + ", "
              + (from + 6144)
              + ") t(i)) TO "
              + literal(file.toString())
              + " (FORMAT PARQUET, COMPRESSION ZSTD, ROW_GROUP_SIZE 2048)");
    }
    addPageIndexes(file);
    return file;
  }

  private static FileChannel read(Path file) throws IOException {
    return FileChannel.open(file, StandardOpenOption.READ);
  }

  /** As parquet-java writes them; DuckDB does not. */
  private static void addPageIndexes(Path file) throws IOException {
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      ParquetFooter footer = ParquetFooter.read(channel);
      long end = footer.start();
      for (RowGroup group : footer.metadata().getRow_groups()) {
        for (ColumnChunk chunk : group.getColumns()) {
          List<PageLocation> pages = dataPages(channel, chunk.getMeta_data());
          ByteArrayOutputStream columnIndex = new ByteArrayOutputStream();
          Util.writeColumnIndex(columnIndex(pages.size()), columnIndex);
          chunk.setColumn_index_offset(end).setColumn_index_length(columnIndex.size());
          end += channel.write(ByteBuffer.wrap(columnIndex.toByteArray()), end);
          ByteArrayOutputStream offsetIndex = new ByteArrayOutputStream();
          Util.writeOffsetIndex(new OffsetIndex(pages), offsetIndex);
          chunk.setOffset_index_offset(end).setOffset_index_length(offsetIndex.size());
          end += channel.write(ByteBuffer.wrap(offsetIndex.toByteArray()), end);
        }
      }
      ParquetFooter.write(FILES, channel, end, footer.metadata());
    }
  }

  private static ColumnIndex columnIndex(int pages) {
    List<Boolean> nulls = new ArrayList<>();
    List<ByteBuffer> values = new ArrayList<>();
    for (int i = 0; i < pages; i++) {
      nulls.add(false);
      values.add(ByteBuffer.wrap(new byte[] {(byte) i}));
    }
    return new ColumnIndex(nulls, values, values, BoundaryOrder.UNORDERED);
  }

  /** Walks the pages of a column chunk. */
  private static List<PageLocation> dataPages(FileChannel channel, ColumnMetaData column)
      throws IOException {
    List<PageLocation> pages = new ArrayList<>();
    long at = column.getData_page_offset();
    if (column.isSetDictionary_page_offset()) {
      at = Math.min(at, column.getDictionary_page_offset());
    }
    long end = at + column.getTotal_compressed_size();
    long rows = 0;
    while (at < end) {
      channel.position(at);
      PageHeader header = Util.readPageHeader(Channels.newInputStream(channel.position(at)));
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      Util.writePageHeader(header, bytes);
      int size = bytes.size() + header.getCompressed_page_size();
      if (header.getType() != PageType.DICTIONARY_PAGE) {
        pages.add(new PageLocation(at, size, rows));
        rows += header.getData_page_header().getNum_values();
      }
      at += size;
    }
    assertThat(at).isEqualTo(end);
    return pages;
  }

  private static void requirePageIndexes(Path file) throws IOException {
    try (FileChannel channel = read(file)) {
      for (RowGroup group : ParquetFooter.read(channel).metadata().getRow_groups()) {
        for (ColumnChunk chunk : group.getColumns()) {
          byte[] bytes = new byte[chunk.getOffset_index_length()];
          ParquetFooter.readFully(channel, chunk.getOffset_index_offset(), bytes.length).get(bytes);
          OffsetIndex index = Util.readOffsetIndex(new ByteArrayInputStream(bytes));
          List<PageLocation> pages = dataPages(channel, chunk.getMeta_data());
          assertThat(index.getPage_locations()).isEqualTo(pages);
          byte[] column = new byte[chunk.getColumn_index_length()];
          ParquetFooter.readFully(channel, chunk.getColumn_index_offset(), column.length)
              .get(column);
          assertThat(Util.readColumnIndex(new ByteArrayInputStream(column)))
              .isEqualTo(columnIndex(pages.size()));
        }
      }
    }
  }

  private List<Long> ids(Path file) {
    return tables.query(
        "SELECT id FROM read_parquet(" + literal(file.toString()) + ") WHERE id % 2048 = 0",
        row -> row.getLong(1));
  }

  @Test
  void finish_rowGroupsOfTwoFiles_pagesAndIndexesMoveTogether() throws Exception {
    Path one = file("one.part", 0);
    Path other = file("other.part", 20480);
    requirePageIndexes(one);
    Path target = tables.exportDir().resolve("target.part");
    try (FileChannel first = read(one);
        FileChannel second = read(other);
        Assembly assembly = Assembly.create(FILES, target)) {
      FileMetaData metadata = ParquetFooter.read(first).metadata();
      List<RowGroup> own = metadata.getRow_groups();
      List<RowGroup> foreign = ParquetFooter.read(second).metadata().getRow_groups();
      List<RowGroup> groups =
          List.of(
              assembly.add(second, foreign.get(2)),
              assembly.add(first, own.get(0)),
              assembly.add(first, own.get(1)),
              assembly.add(second, foreign.get(0)));
      metadata.setRow_groups(groups).setNum_rows(4 * 2048);
      assertThat(assembly.finish(metadata)).isEqualTo(Files.size(target));
    }

    FileCheck.requireSound(target);
    requirePageIndexes(target);
    assertThat(ids(target)).containsExactly(20480L + 4096, 0L, 2048L, 20480L);
    String probe = "parquet_bloom_probe(" + literal(target.toString()) + ", 'tag', 'tag1')";
    assertThat(
            tables.value(
                "SELECT string_agg(row_group_id) FROM "
                    + probe
                    + " WHERE NOT bloom_filter_excludes"))
        .isEqualTo("2");
  }

  @Test
  void finish_continuedFile_oldRowGroupIsErasedAndTheOthersStay() throws Exception {
    Path spare = file("spare.part", 0);
    Path other = file("other.part", 20480);
    RowGroup erased;
    try (FileChannel second = read(other)) {
      ParquetFooter footer;
      try (FileChannel channel = read(spare)) {
        footer = ParquetFooter.read(channel);
      }
      List<RowGroup> own = footer.metadata().getRow_groups();
      erased = own.get(1);
      try (Assembly assembly = Assembly.continued(FILES, spare, footer.start())) {
        RowGroup added =
            assembly.add(second, ParquetFooter.read(second).metadata().getRow_groups().get(0));
        assembly.erase(erased);
        footer.metadata().setRow_groups(List.of(own.get(0), added, own.get(2)));
        assembly.finish(footer.metadata());
      }
    }

    FileCheck.requireSound(spare);
    requirePageIndexes(spare);
    assertThat(ids(spare)).containsExactly(0L, 20480L, 4096L);
    byte[] bytes = Files.readAllBytes(spare);
    List<RowGroupBytes.Extent> gone = new ArrayList<>(RowGroupBytes.indexes(erased));
    gone.add(RowGroupBytes.pages(erased));
    for (RowGroupBytes.Extent extent : gone) {
      for (long at = extent.start(); at < extent.end(); at++) {
        assertThat(bytes[(int) at]).isZero();
      }
    }
  }

  @Test
  void finish_bloomFilterOfUnknownLength_isLeftOut() throws Exception {
    Path one = file("one.part", 0);
    Path target = tables.exportDir().resolve("target.part");
    try (FileChannel first = read(one);
        Assembly assembly = Assembly.create(FILES, target)) {
      FileMetaData metadata = ParquetFooter.read(first).metadata();
      RowGroup group = metadata.getRow_groups().get(0);
      group.getColumns().forEach(chunk -> chunk.getMeta_data().unsetBloom_filter_length());
      metadata.setRow_groups(List.of(assembly.add(first, group))).setNum_rows(2048);
      assembly.finish(metadata);
    }

    assertThat(ids(target)).containsExactly(0L);
    assertThat(FileCheck.footer(target).getRow_groups().get(0).getColumns())
        .noneMatch(chunk -> chunk.getMeta_data().isSetBloom_filter_offset());
  }

  @Test
  void read_damagedFooter_saysWhat() throws Exception {
    Path file = file("one.part", 0);
    byte[] whole = Files.readAllBytes(file);
    Path damaged = tables.exportDir().resolve("damaged.part");
    for (int length : new int[] {0, 3, 11, whole.length / 2, whole.length - 1}) {
      Files.write(damaged, java.util.Arrays.copyOf(whole, length));
      assertThatThrownBy(() -> FileCheck.footer(damaged))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("Not a");
    }
    byte[] huge = whole.clone();
    huge[huge.length - 5] = 127;
    Files.write(damaged, huge);
    assertThatThrownBy(() -> FileCheck.footer(damaged)).hasMessageContaining("claims");
  }
}
