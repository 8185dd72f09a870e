package io.flashduck.server.table.apply;

import io.flashduck.server.catalog.Column;
import io.flashduck.server.catalog.TableDefinition;
import io.flashduck.server.catalog.TableKey;
import io.flashduck.server.catalog.TableName;
import io.flashduck.server.catalog.TableRules;
import io.flashduck.server.config.TableOptions;
import io.flashduck.server.engine.sql.SqlIdentifiers;
import io.flashduck.server.table.change.TableShape;
import io.flashduck.server.table.merge.MergeSql;
import io.flashduck.server.table.merge.TableLayout;
import io.flashduck.server.table.state.FileState;
import io.flashduck.server.table.state.StateDraft;
import io.flashduck.server.table.state.TableState;
import java.util.List;
import java.util.Optional;

/**
 * What clients see of a table once its stored tables are as they should be: its definition, its
 * view, its schema.
 *
 * <p>Threading: confined to the apply lane, inside its transaction.
 */
final class TableSetup {
  private final LaneContext lane;
  private final StateDraft draft;
  private final TableState before;
  private final TableOptions options;

  TableSetup(LaneContext lane, StateDraft draft, TableState before, TableOptions options) {
    this.lane = lane;
    this.draft = draft;
    this.before = before;
    this.options = options;
  }

  /** Nothing is stored of the table any more. */
  void removeStorage() {
    TableState now = draft.table(before.name());
    before
        .layout()
        .ifPresent(
            l -> {
              lane.session().executeAll(new MergeSql(l).drop());
              lane.changeLog().drop(lane.connection(), before.name());
            });
    if (before.visible()) {
      hide();
    }
    if (now.shape().equals(TableShape.NONE) && draft.filesOf(before.name()).isEmpty()) {
      draft.forget(before.name());
    } else {
      draft.put(
          now.withDefinition(Optional.empty())
              .withVisible(false)
              .withVersion(draft.version())
              .withNewestFileVersion(Long.MIN_VALUE)
              .withProblem(Optional.empty()));
    }
  }

  /** The stored tables have these columns and that key. */
  void define(List<Column> columns, Optional<TableKey> key) {
    TableState now = draft.table(before.name());
    List<FileState> live =
        draft.filesOf(before.name()).stream().filter(f -> !f.load().masked()).toList();
    TableDefinition definition = definition(columns, key);
    boolean taken = draft.view(before.name()).isPresent();
    // What is left may be no more than deletions of rows of files that are gone.
    boolean any = !columns.isEmpty() && (now.shape().exists() || !live.isEmpty());
    boolean visible = any && !taken;
    boolean changed =
        !before.definition().map(definition::equals).orElse(false) || before.visible() != visible;
    if (changed) {
      draft.schemaChanged();
      if (visible) {
        show(new TableLayout(before.name(), columns, List.of()));
      } else if (before.visible()) {
        hide();
      }
    }
    draft.put(
        now.withDefinition(Optional.of(definition))
            .withVisible(visible)
            .withVersion(draft.version())
            .withNewestFileVersion(
                live.stream().mapToLong(f -> f.load().newestVersion()).max().orElse(Long.MIN_VALUE))
            .withAltered(
                Math.max(
                    now.altered(), lane.acceptedShape(before.name(), now.shape()).lastAlteration()))
            .withProblem(problem(now, taken)));
  }

  private Optional<String> problem(TableState now, boolean taken) {
    if (taken) {
      return Optional.of(
          "a view has the name " + before.name() + "; DROP VIEW it to see the table");
    }
    return KeyRule.contradiction(now.shape(), options);
  }

  private TableDefinition definition(List<Column> columns, Optional<TableKey> key) {
    Optional<TableDefinition> old = before.definition();
    TableRules rules = draft.table(before.name()).shape().rules();
    boolean same =
        old.isPresent()
            && old.get().columns().equals(columns)
            && old.get().key().equals(key)
            && old.get().rules().equals(rules);
    return new TableDefinition(
        before.name(),
        columns,
        key,
        old.map(d -> d.schemaVersion() + (same ? 0 : 1)).orElse(1L),
        rules);
  }

  private void show(TableLayout layout) {
    lane.session()
        .execute("CREATE SCHEMA IF NOT EXISTS " + SqlIdentifiers.quote(before.name().schema()));
    lane.session().execute(new MergeSql(layout).view());
  }

  private void hide() {
    draft.schemaChanged();
    lane.session().execute("DROP VIEW IF EXISTS " + SqlIdentifiers.quote(before.name()));
    dropSchemaIfUnused(lane, draft, before.name());
  }

  /** A schema without tables and views goes, unless it was created for itself. */
  static void dropSchemaIfUnused(LaneContext lane, StateDraft draft, TableName leaving) {
    String schema = leaving.schema();
    boolean used =
        schema.equalsIgnoreCase(TableName.DEFAULT_SCHEMA)
            || draft.hasSchema(schema)
            || draft.allTables().stream()
                .anyMatch(
                    t ->
                        t.visible()
                            && t.name().schema().equalsIgnoreCase(schema)
                            && !t.name().equals(leaving))
            || draft.viewsByAge().stream()
                .anyMatch(
                    v -> v.name().schema().equalsIgnoreCase(schema) && !v.name().equals(leaving));
    if (!used) {
      lane.session().execute("DROP SCHEMA IF EXISTS " + SqlIdentifiers.quote(schema));
    }
  }
}
