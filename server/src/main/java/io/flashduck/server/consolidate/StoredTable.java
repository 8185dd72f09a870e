package io.flashduck.server.consolidate;

import io.flashduck.server.catalog.TableDefinition;
import java.util.List;

/**
 * A table as one snapshot sees it.
 *
 * <p>Threading: immutable.
 *
 * @param definition columns and key
 * @param version the table version at which the table last changed, at most the snapshot's
 * @param storedName the quoted, qualified name of the stored table: the user columns, then {@code
 *     _fd_version}, {@code _fd_source}, {@code _fd_row} and {@code _fd_sequence}
 * @param sourceFiles the files that contribute, relative to the data folder, sorted
 */
public record StoredTable(
    TableDefinition definition, long version, String storedName, List<String> sourceFiles) {
  public StoredTable {
    sourceFiles = List.copyOf(sourceFiles);
  }
}
