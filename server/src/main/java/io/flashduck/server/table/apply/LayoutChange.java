package io.flashduck.server.table.apply;

import io.flashduck.server.catalog.Column;
import io.flashduck.server.engine.sql.SqlIdentifiers;
import io.flashduck.server.table.merge.TableLayout;
import java.util.List;
import java.util.Optional;

/**
 * The columns of the stored tables from one layout to the next.
 *
 * <p>Threading: confined to the apply lane, inside its transaction.
 */
final class LayoutChange {
  private final LaneSession session;
  private final TableLayout before;
  private final TableLayout after;

  LayoutChange(LaneSession session, TableLayout before, TableLayout after) {
    this.session = session;
    this.before = before;
    this.after = after;
  }

  /** Whether a column that stays changes its type. */
  static boolean retypes(TableLayout before, List<Column> after) {
    return after.stream()
        .anyMatch(
            column ->
                find(before.columns(), column.name())
                    .map(c -> !c.type().equals(column.type()))
                    .orElse(false));
  }

  /** Adds, casts and drops columns of the stored and the shadow table, and casts tombstones. */
  void columns() {
    for (String table : List.of(before.stored(), before.shadow())) {
      for (Column column : after.columns()) {
        Optional<Column> present = find(before.columns(), column.name());
        if (present.isEmpty()) {
          session.execute(
              "ALTER TABLE " + table + " ADD COLUMN " + quote(column) + " " + column.type());
        } else if (!present.get().type().equals(column.type())) {
          retype(table, column);
        }
      }
      for (Column column : before.columns()) {
        if (find(after.columns(), column.name()).isEmpty()) {
          session.execute("ALTER TABLE " + table + " DROP COLUMN " + quote(column));
        }
      }
    }
    for (String key :
        before.keyed() && before.key().equals(after.key()) ? after.key() : List.<String>of()) {
      Column column = after.column(key);
      if (!before.column(key).type().equals(column.type())) {
        retype(before.deleted(), column);
      }
    }
  }

  private void retype(String table, Column column) {
    session.execute(
        "ALTER TABLE " + table + " ALTER COLUMN " + quote(column) + " TYPE " + column.type());
  }

  private static String quote(Column column) {
    return SqlIdentifiers.quote(column.name());
  }

  private static Optional<Column> find(List<Column> columns, String name) {
    return columns.stream().filter(c -> c.name().equalsIgnoreCase(name)).findFirst();
  }
}
