package io.flashduck.server.consolidate;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.apache.parquet.format.FileMetaData;
import org.apache.parquet.format.RowGroup;

/**
 * A run of row groups, encoded again.
 *
 * <p>Threading: confined to its user.
 *
 * @param run what it replaces
 * @param part the file with the new row groups
 * @param metadata that file's footer; without row groups if no rows are left
 * @param bounds where the ranges of the second and later row groups begin
 * @param old the hash of the rows that it replaces
 * @param now the hash of its rows
 */
record EncodedRun(
    SplicePlan.Run run,
    Path part,
    FileMetaData metadata,
    List<KeyBound> bounds,
    ContentHash old,
    ContentHash now) {
  EncodedRun {
    bounds = List.copyOf(bounds);
  }

  List<RowGroup> groups() {
    return metadata.getRow_groups();
  }

  /**
   * What is known of one of the new row groups.
   *
   * @param lower where the range of the run begins
   */
  Cluster cluster(int place, Optional<KeyBound> lower) {
    return new Cluster(
        place == 0 ? lower : Optional.of(bounds.get(place - 1)),
        groups().size() == 1 ? Optional.of(now) : Optional.empty());
  }
}
