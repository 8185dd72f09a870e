package io.flashduck.server.consolidate;

import java.util.List;
import java.util.Optional;
import org.apache.parquet.format.FileMetaData;
import org.apache.parquet.format.RowGroup;

/**
 * The file that a splice starts from.
 *
 * <p>Threading: confined to its user; the metadata is mutable and not changed.
 *
 * @param file the file
 * @param clusters what is known of its row groups
 * @param metadata its footer
 */
record SpliceBase(CurrentFile file, List<Cluster> clusters, FileMetaData metadata) {
  List<RowGroup> groups() {
    return metadata.getRow_groups();
  }

  List<Long> rows() {
    return groups().stream().map(RowGroup::getNum_rows).toList();
  }

  /** How many rows come before a row group. */
  long start(int place) {
    return groups().stream().limit(place).mapToLong(RowGroup::getNum_rows).sum();
  }

  /** Where the range of a row group begins. */
  Optional<KeyBound> lower(int place) {
    return clusters.get(place).lower();
  }

  /** A condition over the stored table: in the ranges of these row groups. */
  String range(RowOrder order, int first, int last) {
    Optional<KeyBound> upper =
        last + 1 < clusters.size() ? clusters.get(last + 1).lower() : Optional.empty();
    return order.between(lower(first), upper);
  }

  /** Whether a file's row groups can stand in one file with those of this one. */
  boolean sameSchema(FileMetaData other) {
    return metadata.getSchema().equals(other.getSchema())
        && metadata.isSetColumn_orders() == other.isSetColumn_orders()
        && (!metadata.isSetColumn_orders()
            || metadata.getColumn_orders().equals(other.getColumn_orders()));
  }
}
