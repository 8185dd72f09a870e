package io.flashduck.server.table.change;

import io.flashduck.server.catalog.Column;
import io.flashduck.server.catalog.TableName;
import io.flashduck.server.catalog.TableRules;
import io.flashduck.server.table.ArrowRows;
import java.util.List;

/**
 * The part of a change that concerns one table, view or schema.
 *
 * <p>Threading: immutable.
 */
public sealed interface ChangeSection {
  /**
   * Rows.
   *
   * @param table the table
   * @param kind what the rows do
   * @param key the key that the table had when the rows were accepted; empty for none. The first
   *     rows of a table pin it
   * @param columns the user columns of the rows, with the types that they are cast to: the table's
   *     when the rows were accepted
   * @param rows the rows
   */
  record Rows(
      TableName table, RowsKind kind, List<String> key, List<Column> columns, ArrowRows rows)
      implements ChangeSection {
    public Rows {
      key = List.copyOf(key);
      columns = List.copyOf(columns);
    }
  }

  /**
   * A table's definition.
   *
   * @param table the table
   * @param columns its columns
   * @param key its key; empty for none
   * @param replace whether what the table held before is gone
   * @param rules what writes are held to
   */
  record Create(
      TableName table, List<Column> columns, List<String> key, boolean replace, TableRules rules)
      implements ChangeSection {
    /** A table without rules. */
    public Create(TableName table, List<Column> columns, List<String> key, boolean replace) {
      this(table, columns, key, replace, TableRules.NONE);
    }

    public Create {
      columns = List.copyOf(columns);
      key = List.copyOf(key);
    }
  }

  /**
   * A change of a table's columns or rules.
   *
   * @param table the table
   * @param key the key that the table had; empty for none. It is pinned, as by the first rows
   * @param alteration the change
   */
  record Alter(TableName table, List<String> key, TableAlteration alteration)
      implements ChangeSection {
    public Alter {
      key = List.copyOf(key);
    }
  }

  /** The end of a table and of all it held. */
  record Drop(TableName table) implements ChangeSection {}

  /** A view over other tables, with the schemas in which its text looks up names. */
  record CreateView(TableName view, String text, List<String> searchPath) implements ChangeSection {
    public CreateView {
      searchPath = List.copyOf(searchPath);
    }
  }

  /** The end of a view. */
  record DropView(TableName view) implements ChangeSection {}

  /** A schema that exists also without tables. */
  record CreateSchema(String schema) implements ChangeSection {}

  /** The end of such a schema. */
  record DropSchema(String schema) implements ChangeSection {}
}
