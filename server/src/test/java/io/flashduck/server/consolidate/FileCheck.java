package io.flashduck.server.consolidate;

import static io.flashduck.server.engine.sql.SqlIdentifiers.literal;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.apache.parquet.format.BloomFilterHeader;
import org.apache.parquet.format.ColumnChunk;
import org.apache.parquet.format.ColumnMetaData;
import org.apache.parquet.format.FileMetaData;
import org.apache.parquet.format.RowGroup;
import org.apache.parquet.format.Util;

/** What holds for every consolidated file, however it was made. */
final class FileCheck {
  private FileCheck() {}

  /** The footer of a file. */
  static FileMetaData footer(Path file) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      return ParquetFooter.read(channel).metadata();
    }
  }

  /** The pages' bytes of each row group. */
  static List<byte[]> pages(Path file) throws IOException {
    List<byte[]> pages = new ArrayList<>();
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      for (RowGroup group : ParquetFooter.read(channel).metadata().getRow_groups()) {
        RowGroupBytes.Extent extent = RowGroupBytes.pages(group);
        byte[] bytes = new byte[(int) extent.length()];
        ParquetFooter.readFully(channel, extent.start(), bytes.length).get(bytes);
        pages.add(bytes);
      }
    }
    return pages;
  }

  /** Every byte belongs to one thing, and the counts add up. */
  static void requireSound(Path file) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      ParquetFooter footer = ParquetFooter.read(channel);
      List<RowGroupBytes.Extent> extents = new ArrayList<>();
      long rows = 0;
      for (RowGroup group : footer.metadata().getRow_groups()) {
        rows += group.getNum_rows();
        extents.add(RowGroupBytes.pages(group));
        extents.addAll(RowGroupBytes.indexes(group));
        requireBloomFilters(channel, group);
      }
      assertThat(rows).isEqualTo(footer.metadata().getNum_rows());
      extents.sort(Comparator.comparingLong(RowGroupBytes.Extent::start));
      long end = 4;
      for (RowGroupBytes.Extent extent : extents) {
        assertThat(extent.start()).isGreaterThanOrEqualTo(end);
        end = extent.end();
      }
      assertThat(end).isLessThanOrEqualTo(footer.start());
    }
  }

  private static void requireBloomFilters(FileChannel channel, RowGroup group) throws IOException {
    for (ColumnChunk chunk : group.getColumns()) {
      ColumnMetaData column = chunk.getMeta_data();
      if (column.isSetBloom_filter_offset()) {
        byte[] bytes = new byte[column.getBloom_filter_length()];
        ParquetFooter.readFully(channel, column.getBloom_filter_offset(), bytes.length).get(bytes);
        BloomFilterHeader header =
            Util.readBloomFilterHeader(new java.io.ByteArrayInputStream(bytes));
        assertThat(header.getNumBytes()).isBetween(1, bytes.length - 1);
      }
    }
  }

  /**
   * Rows are in order, so row groups hold disjoint ranges.
   *
   * @param key one expression
   */
  static void requireOrder(ExportFixture tables, Path file, String key) {
    String read = "read_parquet(" + literal(file.toString()) + ")";
    assertThat(
            tables.value(
                "SELECT count(*) FROM (SELECT "
                    + key
                    + " AS k, lag("
                    + key
                    + ") OVER () AS p FROM "
                    + read
                    + ") WHERE k <= p"))
        .isEqualTo("0");
  }
}
