package io.flashduck.server.table.fold;

import io.flashduck.server.catalog.Column;
import java.util.List;

/**
 * One Parquet file of changes; its content never changes.
 *
 * <p>Threading: immutable.
 *
 * @param name its path below the folder of change files, with forward slashes
 * @param columns the user's columns in it, as the table names and types them
 * @param span the writes in it
 * @param rows its rows
 * @param bytes its size
 * @param checksum CRC32C of its bytes
 */
public record ChangeFile(
    String name, List<Column> columns, Span span, long rows, long bytes, long checksum) {
  public ChangeFile {
    columns = List.copyOf(columns);
  }

  /**
   * The writes of which a file has rows.
   *
   * @param first the first sequence
   * @param last the last sequence
   * @param newestNanos when the last one was accepted, since the epoch
   */
  public record Span(long first, long last, long newestNanos) {
    /** Both spans. */
    Span join(Span other) {
      return new Span(
          Math.min(first, other.first),
          Math.max(last, other.last),
          Math.max(newestNanos, other.newestNanos));
    }
  }
}
