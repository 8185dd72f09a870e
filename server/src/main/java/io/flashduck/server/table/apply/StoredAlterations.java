package io.flashduck.server.table.apply;

import io.flashduck.server.catalog.Column;
import io.flashduck.server.catalog.TableDefinition;
import io.flashduck.server.catalog.TableKey;
import io.flashduck.server.catalog.TableName;
import io.flashduck.server.engine.sql.SqlIdentifiers;
import io.flashduck.server.table.change.TableAlteration;
import io.flashduck.server.table.change.TableAlteration.AddColumn;
import io.flashduck.server.table.change.TableAlteration.ChangeType;
import io.flashduck.server.table.change.TableAlteration.DropColumn;
import io.flashduck.server.table.change.TableAlteration.RenameColumn;
import io.flashduck.server.table.change.TableShape;
import io.flashduck.server.table.merge.MergeSql;
import io.flashduck.server.table.merge.TableLayout;
import io.flashduck.server.table.state.StateDraft;
import io.flashduck.server.table.state.TableState;
import java.util.List;
import java.util.Optional;

/**
 * Brings the stored tables of a table up to all alterations that are accepted, before anything else
 * is merged into it; rows that come later are seen through them as they are staged. {@link
 * TableState#altered()} says how far the stored tables are.
 *
 * <p>An alteration that finds nothing to change is one of a table that has ended since: the rows it
 * was about are about to go.
 *
 * <p>Threading: confined to the apply lane, inside its transaction.
 */
final class StoredAlterations {
  private final LaneSession session;
  private TableLayout layout;

  private StoredAlterations(LaneSession session, TableLayout layout) {
    this.session = session;
    this.layout = layout;
  }

  /** Alters what is stored of the table, its definition and its view, if that is still to do. */
  static void apply(LaneContext lane, StateDraft draft, TableName name) {
    TableState before = draft.table(name);
    TableShape shape = lane.acceptedShape(name, before.shape());
    List<TableAlteration> alterations = shape.alterationsAfter(before.altered());
    if (before.layout().isEmpty() || alterations.isEmpty()) {
      return;
    }
    StoredAlterations stored = new StoredAlterations(lane.session(), before.layout().get());
    alterations.forEach(stored::alter);
    TableDefinition old = before.definition().orElseThrow();
    TableDefinition altered =
        new TableDefinition(
            name,
            stored.layout.columns(),
            old.key().map(key -> new TableKey(stored.layout.key(), key.origin())),
            old.schemaVersion() + 1,
            old.rules());
    draft.schemaChanged();
    draft.put(
        before
            .withDefinition(Optional.of(altered))
            .withVersion(draft.version())
            .withAltered(shape.lastAlteration()));
    if (before.visible()) {
      lane.session().execute(new MergeSql(stored.layout).view());
    }
    new ChangedRows(lane, draft, before).everything();
  }

  private void alter(TableAlteration alteration) {
    for (String table : List.of(layout.stored(), layout.shadow())) {
      alter(table, alteration);
    }
    if (layout.keyed() && !alteration.key(layout.key()).equals(layout.key())) {
      alter(layout.deleted(), alteration);
    } else if (alteration instanceof ChangeType change && layout.isKey(change.column())) {
      alter(layout.deleted(), alteration);
    }
    layout =
        new TableLayout(
            layout.name(), alteration.columns(layout.columns()), alteration.key(layout.key()));
  }

  private void alter(String table, TableAlteration alteration) {
    String sql = "ALTER TABLE " + table + " ";
    if (alteration instanceof AddColumn add && find(add.column().name()).isEmpty()) {
      String column = SqlIdentifiers.quote(add.column().name());
      String type = add.column().type();
      if (add.value().isEmpty()) {
        session.execute(sql + "ADD COLUMN " + column + " " + type);
      } else {
        String value = value(add);
        session.execute(sql + "ADD COLUMN " + column + " " + type + " DEFAULT " + value);
        session.execute(sql + "ALTER COLUMN " + column + " DROP DEFAULT");
      }
    } else if (alteration instanceof DropColumn drop && find(drop.column()).isPresent()) {
      session.execute(sql + "DROP COLUMN " + SqlIdentifiers.quote(drop.column()));
    } else if (alteration instanceof RenameColumn rename
        && find(rename.from()).isPresent()
        && (find(rename.to()).isEmpty() || rename.to().equalsIgnoreCase(rename.from()))) {
      session.execute(
          sql
              + "RENAME COLUMN "
              + SqlIdentifiers.quote(rename.from())
              + " TO "
              + SqlIdentifiers.quote(rename.to()));
    } else if (alteration instanceof ChangeType change && needs(change)) {
      String column = SqlIdentifiers.quote(change.column());
      session.execute(
          sql
              + "ALTER COLUMN "
              + column
              + " TYPE "
              + change.type()
              + " USING TRY_CAST("
              + column
              + " AS "
              + change.type()
              + ")");
    }
  }

  private boolean needs(ChangeType change) {
    return find(change.column()).map(c -> !c.type().equals(change.type())).orElse(false);
  }

  private Optional<Column> find(String name) {
    return layout.columns().stream().filter(c -> c.name().equalsIgnoreCase(name)).findFirst();
  }

  /** What rows that were written before a column was added have in it. */
  static String value(AddColumn add) {
    return add.value()
        .map(text -> "CAST(" + SqlIdentifiers.literal(text) + " AS " + add.column().type() + ")")
        .orElse("NULL");
  }
}
