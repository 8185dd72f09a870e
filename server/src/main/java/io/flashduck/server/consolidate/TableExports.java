package io.flashduck.server.consolidate;

import io.flashduck.server.catalog.TableName;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The consolidated files of all tables.
 *
 * <p>Threading: thread-safe.
 */
final class TableExports {
  private final Map<TableName, TableExport> exports = new ConcurrentHashMap<>();

  TableExport of(TableName table) {
    return exports.computeIfAbsent(table, TableExport::new);
  }

  Collection<TableExport> all() {
    return exports.values();
  }

  /** The files that exist, by table. */
  List<ExportedFile> files() {
    return exports.values().stream()
        .flatMap(export -> export.current().stream())
        .map(CurrentFile::file)
        .sorted((one, other) -> one.table().compareTo(other.table()))
        .toList();
  }
}
