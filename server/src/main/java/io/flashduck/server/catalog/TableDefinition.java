package io.flashduck.server.catalog;

import java.util.List;
import java.util.Optional;

/**
 * What a table looks like to clients.
 *
 * <p>Threading: immutable.
 *
 * @param name the table
 * @param columns user-visible columns in order
 * @param key the key, or empty for a table whose rows have only their hidden identity
 * @param schemaVersion grows by one with every change of columns, key or rules
 * @param rules what writes are held to
 */
public record TableDefinition(
    TableName name,
    List<Column> columns,
    Optional<TableKey> key,
    long schemaVersion,
    TableRules rules) {
  /** A table without rules. */
  public TableDefinition(
      TableName name, List<Column> columns, Optional<TableKey> key, long schemaVersion) {
    this(name, columns, key, schemaVersion, TableRules.NONE);
  }

  public TableDefinition {
    columns = List.copyOf(columns);
  }
}
