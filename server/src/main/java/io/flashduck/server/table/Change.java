package io.flashduck.server.table;

import io.flashduck.server.catalog.TableName;
import java.util.List;

/**
 * Rows that a client sends to a table, as one atomic change.
 *
 * <p>Columns match by name. A row of an upsert or append is a whole row: a column that the payload
 * lacks becomes null, also where the replaced row had a value. An unknown column is refused.
 *
 * <p>Threading: immutable.
 *
 * @param kind what the rows do
 * @param table the table that they do it to
 * @param rows the rows
 * @param create what happens if the table exists or does not
 * @param createKey the key of a table that this change creates; empty: the one that tables.yaml
 *     declares, else a column {@code id} or {@code key} that identifies the rows, else none
 */
public record Change(
    ChangeKind kind, TableName table, ArrowRows rows, CreateMode create, List<String> createKey) {
  public Change {
    createKey = List.copyOf(createKey);
  }

  /** A change of a table that must exist. */
  public static Change of(ChangeKind kind, TableName table, ArrowRows rows) {
    return new Change(kind, table, rows, CreateMode.EXISTING, List.of());
  }
}
