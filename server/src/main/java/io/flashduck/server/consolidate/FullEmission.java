package io.flashduck.server.consolidate;

import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import org.apache.parquet.format.ColumnChunk;
import org.apache.parquet.format.FileMetaData;
import org.apache.parquet.format.RowGroup;
import org.apache.parquet.format.SortingColumn;

/**
 * Turns what DuckDB's COPY wrote into a finished file: declares the order of the rows, states in
 * the footer what the file holds, and syncs it.
 *
 * <p>Threading: stateless.
 */
final class FullEmission {
  private FullEmission() {}

  /**
   * Finishes a file that {@link Emission#copy} wrote.
   *
   * @return the size of the file
   */
  static long finish(ExportFiles files, Path part, Emission emission, FileProperties properties)
      throws IOException {
    try (FileChannel channel =
        files.open(part, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      ParquetFooter footer = ParquetFooter.read(channel);
      FileMetaData metadata = footer.metadata();
      if (metadata.getNum_rows() != properties.rowCount()) {
        throw new FlashDuckException(
            ErrorCode.INTERNAL,
            "The file of "
                + properties.table()
                + " has "
                + metadata.getNum_rows()
                + " rows where the table has "
                + properties.rowCount());
      }
      metadata.getRow_groups().forEach(group -> declareOrder(group, emission.order()));
      properties.writeTo(metadata);
      long bytes = ParquetFooter.write(files, channel, footer.start(), metadata);
      files.force(channel);
      return bytes;
    }
  }

  /** Tells readers that the rows of a row group are in key order. */
  static void declareOrder(RowGroup group, RowOrder order) {
    if (!order.keyed()) {
      return;
    }
    List<SortingColumn> sorting = new ArrayList<>();
    for (Projection.Output column : order.columns()) {
      int index = leaf(group.getColumns(), column.name());
      if (index < 0) {
        break;
      }
      sorting.add(new SortingColumn(index, false, false));
    }
    if (!sorting.isEmpty()) {
      group.setSorting_columns(sorting);
    }
  }

  private static int leaf(List<ColumnChunk> columns, String name) {
    for (int i = 0; i < columns.size(); i++) {
      if (columns.get(i).getMeta_data().getPath_in_schema().equals(List.of(name))) {
        return i;
      }
    }
    return -1;
  }
}
