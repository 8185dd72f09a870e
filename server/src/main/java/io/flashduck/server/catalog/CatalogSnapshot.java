package io.flashduck.server.catalog;

import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * One published state of the catalog.
 *
 * <p>Threading: immutable.
 *
 * @param version the table version: grows with every applied transaction
 * @param schemaVersion grows whenever any table's or view's shape changes; key of schema caches
 * @param sequence the last applied write sequence
 * @param tables by name, sorted
 * @param tableVersions the version at which each table last changed
 * @param views the SQL text of each client-created view by name, sorted
 */
public record CatalogSnapshot(
    long version,
    long schemaVersion,
    long sequence,
    SortedMap<TableName, TableDefinition> tables,
    Map<TableName, Long> tableVersions,
    SortedMap<TableName, String> views) {
  public CatalogSnapshot {
    tables = Collections.unmodifiableSortedMap(new TreeMap<>(tables));
    tableVersions = Map.copyOf(tableVersions);
    views = Collections.unmodifiableSortedMap(new TreeMap<>(views));
  }

  /** The table of that name, if it exists at this version. */
  public Optional<TableDefinition> table(TableName name) {
    return Optional.ofNullable(tables.get(name));
  }
}
