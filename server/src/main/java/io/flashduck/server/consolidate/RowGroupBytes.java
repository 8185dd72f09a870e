package io.flashduck.server.consolidate;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.ArrayList;
import java.util.List;
import org.apache.parquet.format.ColumnChunk;
import org.apache.parquet.format.ColumnMetaData;
import org.apache.parquet.format.OffsetIndex;
import org.apache.parquet.format.PageLocation;
import org.apache.parquet.format.RowGroup;
import org.apache.parquet.format.Util;

/**
 * Where a row group's bytes are in a Parquet file, and what in the footer must change when they
 * move: the offsets of column chunks and pages, and of the bloom filters, column indexes and offset
 * indexes that lie elsewhere in the file.
 *
 * <p>Source: "Column chunks", "Page index" and "Bloom filter" of the Apache Parquet format
 * specification.
 *
 * <p>Threading: stateless.
 */
final class RowGroupBytes {
  private RowGroupBytes() {}

  /**
   * A range of a file's bytes.
   *
   * @param start the first byte
   * @param length how many
   */
  record Extent(long start, long length) {
    long end() {
      return start + length;
    }
  }

  /** The pages of all columns. */
  static Extent pages(RowGroup group) {
    long start = Long.MAX_VALUE;
    long end = 0;
    for (ColumnChunk chunk : group.getColumns()) {
      ColumnMetaData column = chunk.getMeta_data();
      long first = firstPage(column);
      start = Math.min(start, first);
      end = Math.max(end, first + column.getTotal_compressed_size());
    }
    return new Extent(start, end - start);
  }

  /** The bloom filters, column indexes and offset indexes of all columns. */
  static List<Extent> indexes(RowGroup group) {
    List<Extent> extents = new ArrayList<>();
    for (ColumnChunk chunk : group.getColumns()) {
      ColumnMetaData column = chunk.getMeta_data();
      if (column.isSetBloom_filter_offset() && column.isSetBloom_filter_length()) {
        extents.add(new Extent(column.getBloom_filter_offset(), column.getBloom_filter_length()));
      }
      if (chunk.isSetColumn_index_offset()) {
        extents.add(new Extent(chunk.getColumn_index_offset(), chunk.getColumn_index_length()));
      }
      if (chunk.isSetOffset_index_offset()) {
        extents.add(new Extent(chunk.getOffset_index_offset(), chunk.getOffset_index_length()));
      }
    }
    return extents;
  }

  private static long firstPage(ColumnMetaData column) {
    long first = column.getData_page_offset();
    return column.isSetDictionary_page_offset() && column.getDictionary_page_offset() > 0
        ? Math.min(first, column.getDictionary_page_offset())
        : first;
  }

  /**
   * A copy of a row group's entry whose pages have moved; its indexes still point into the file
   * that it comes from, see {@link #moveIndexes}.
   */
  static RowGroup moved(RowGroup group, long delta) {
    RowGroup moved = new RowGroup(group);
    if (moved.isSetFile_offset()) {
      moved.setFile_offset(moved.getFile_offset() + delta);
    }
    for (ColumnChunk chunk : moved.getColumns()) {
      chunk.unsetFile_path();
      if (chunk.getFile_offset() > 0) {
        chunk.setFile_offset(chunk.getFile_offset() + delta);
      }
      ColumnMetaData column = chunk.getMeta_data();
      column.setData_page_offset(column.getData_page_offset() + delta);
      if (column.isSetDictionary_page_offset()) {
        column.setDictionary_page_offset(column.getDictionary_page_offset() + delta);
      }
      if (column.isSetIndex_page_offset()) {
        column.setIndex_page_offset(column.getIndex_page_offset() + delta);
      }
    }
    return moved;
  }

  /** Takes bytes into the new file and says where they are there. */
  @FunctionalInterface
  interface Sink {
    long append(ByteBuffer bytes) throws IOException;
  }

  /**
   * Copies a row group's indexes behind its pages and points its entry at them.
   *
   * @param source the file that the indexes are in
   * @param moved the entry, made by {@link #moved}
   * @param delta how far its pages have moved, for the page offsets in offset indexes
   */
  static void moveIndexes(FileChannel source, RowGroup moved, long delta, Sink sink)
      throws IOException {
    for (ColumnChunk chunk : moved.getColumns()) {
      moveBloomFilter(source, chunk.getMeta_data(), sink);
      if (chunk.isSetColumn_index_offset()) {
        int length = chunk.getColumn_index_length();
        ByteBuffer bytes = ParquetFooter.readFully(source, chunk.getColumn_index_offset(), length);
        chunk.setColumn_index_offset(sink.append(bytes));
      }
      if (chunk.isSetOffset_index_offset()) {
        moveOffsetIndex(source, chunk, delta, sink);
      }
    }
  }

  private static void moveBloomFilter(FileChannel source, ColumnMetaData column, Sink sink)
      throws IOException {
    if (!column.isSetBloom_filter_offset()) {
      return;
    }
    if (!column.isSetBloom_filter_length()) {
      // An old writer's; its end is unknown, and a reader does without it.
      column.unsetBloom_filter_offset();
      return;
    }
    ByteBuffer bytes =
        ParquetFooter.readFully(
            source, column.getBloom_filter_offset(), column.getBloom_filter_length());
    column.setBloom_filter_offset(sink.append(bytes));
  }

  private static void moveOffsetIndex(FileChannel source, ColumnChunk chunk, long delta, Sink sink)
      throws IOException {
    byte[] bytes = new byte[chunk.getOffset_index_length()];
    ParquetFooter.readFully(source, chunk.getOffset_index_offset(), bytes.length).get(bytes);
    OffsetIndex index = Util.readOffsetIndex(new ByteArrayInputStream(bytes));
    for (PageLocation page : index.getPage_locations()) {
      page.setOffset(page.getOffset() + delta);
    }
    ByteArrayOutputStream changed = new ByteArrayOutputStream(bytes.length + 64);
    Util.writeOffsetIndex(index, changed);
    chunk.setOffset_index_offset(sink.append(ByteBuffer.wrap(changed.toByteArray())));
    chunk.setOffset_index_length(changed.size());
  }
}
