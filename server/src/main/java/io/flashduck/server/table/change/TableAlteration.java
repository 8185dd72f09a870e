package io.flashduck.server.table.change;

import io.flashduck.server.catalog.Column;
import io.flashduck.server.catalog.TableRules;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * One change that ALTER TABLE makes to a table. It is about the rows that were written before it;
 * the rows of files keep the columns that their files have.
 *
 * <p>Threading: immutable.
 */
public sealed interface TableAlteration {
  /**
   * A new column.
   *
   * @param value what the rows that were written before have in it, as text; empty for null
   */
  record AddColumn(Column column, Optional<String> value) implements TableAlteration {}

  /** The end of a column. */
  record DropColumn(String column) implements TableAlteration {}

  /** Another name of a column. */
  record RenameColumn(String from, String to) implements TableAlteration {}

  /** Another type of a column, which holds all its values. */
  record ChangeType(String column, String type) implements TableAlteration {}

  /** The rules that hold from now on; no value changes. */
  record ChangeRules(TableRules rules) implements TableAlteration {}

  /** The columns behind the alteration; what it is about need not be among them. */
  default List<Column> columns(List<Column> before) {
    List<Column> after = new ArrayList<>(before);
    if (this instanceof AddColumn add) {
      if (before.stream().noneMatch(c -> isCalled(c, add.column().name()))) {
        after.add(add.column());
      }
    } else if (this instanceof DropColumn drop) {
      after.removeIf(c -> isCalled(c, drop.column()));
    } else if (this instanceof RenameColumn rename) {
      after.replaceAll(c -> isCalled(c, rename.from()) ? new Column(rename.to(), c.type()) : c);
    } else if (this instanceof ChangeType change) {
      after.replaceAll(c -> isCalled(c, change.column()) ? new Column(c.name(), change.type()) : c);
    }
    return List.copyOf(after);
  }

  /** The key behind the alteration. */
  default List<String> key(List<String> before) {
    if (this instanceof RenameColumn rename) {
      return before.stream().map(k -> k.equalsIgnoreCase(rename.from()) ? rename.to() : k).toList();
    }
    return before;
  }

  /** The rules behind the alteration. */
  default TableRules rules(TableRules before) {
    if (this instanceof ChangeRules change) {
      return change.rules();
    }
    if (this instanceof DropColumn drop) {
      Map<String, String> defaults = new HashMap<>(before.defaults());
      defaults.keySet().removeIf(drop.column()::equalsIgnoreCase);
      List<String> notNull =
          before.notNull().stream().filter(c -> !c.equalsIgnoreCase(drop.column())).toList();
      return new TableRules(notNull, defaults, before.checks());
    }
    if (this instanceof RenameColumn rename) {
      Map<String, String> defaults = new HashMap<>();
      before
          .defaults()
          .forEach(
              (column, value) ->
                  defaults.put(
                      column.equalsIgnoreCase(rename.from()) ? rename.to() : column, value));
      return new TableRules(key(before.notNull()), defaults, before.checks());
    }
    return before;
  }

  private static boolean isCalled(Column column, String name) {
    return column.name().equalsIgnoreCase(name);
  }
}
