package io.flashduck.server.table.apply;

import io.flashduck.server.catalog.TableName;
import io.flashduck.server.engine.sql.SqlIdentifiers;
import io.flashduck.server.table.apply.RowsMerge.Entry;
import io.flashduck.server.table.change.ChangeSection;
import io.flashduck.server.table.state.DatabaseState;
import io.flashduck.server.table.state.StateDraft;
import io.flashduck.server.table.state.ViewState;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BiConsumer;

/**
 * Applies writes of the queue, folded: any number of them in one transaction, which also records
 * the sequence of the last one.
 *
 * <p>Threading: confined to the apply lane.
 */
public final class WritesApplier {
  private final LaneContext lane;
  private final DatabaseState state;
  private final BiConsumer<StateDraft, List<AcceptedChange>> alsoWrites;

  /**
   * @param alsoWrites writes more of the bookkeeping in the same transaction: producers, history
   */
  public WritesApplier(
      LaneContext lane,
      DatabaseState state,
      BiConsumer<StateDraft, List<AcceptedChange>> alsoWrites) {
    this.lane = lane;
    this.state = state;
    this.alsoWrites = alsoWrites;
  }

  /**
   * What was applied.
   *
   * @param changed the tables that changed
   * @param schemaChanged whether a definition, a view or a schema changed
   * @param rescan whether files must be scanned again
   */
  public record Outcome(Set<TableName> changed, boolean schemaChanged, boolean rescan) {
    public Outcome {
      changed = Set.copyOf(changed);
    }
  }

  /** Applies changes in the order of their sequences, without gaps: all of them, or throws. */
  public Outcome apply(List<AcceptedChange> changes) {
    StateDraft draft = new StateDraft(state);
    draft.sequence(changes.get(changes.size() - 1).sequence());
    boolean[] rescan = {false};
    lane.session()
        .inTransaction(
            () -> {
              rescan[0] = apply(draft, changes);
              alsoWrites.accept(draft, changes);
              lane.bookkeeping().persist(draft);
            });
    draft.committed();
    return new Outcome(Set.copyOf(draft.changedTables()), draft.isSchemaChanged(), rescan[0]);
  }

  private boolean apply(StateDraft draft, List<AcceptedChange> changes) {
    Map<TableName, List<Entry>> byTable = new TreeMap<>();
    for (AcceptedChange change : changes) {
      Map<TableName, Long> rows = new HashMap<>();
      for (ChangeSection section : change.change().sections()) {
        if (section instanceof ChangeSection.Rows data) {
          long first = rows.getOrDefault(data.table(), 0L);
          rows.put(data.table(), first + data.rows().rowCount());
          add(byTable, data.table(), entry(section, change, first));
        } else if (section instanceof ChangeSection.Create create) {
          add(byTable, create.table(), entry(section, change, 0));
        } else if (section instanceof ChangeSection.Alter alter) {
          add(byTable, alter.table(), entry(section, change, 0));
        } else if (section instanceof ChangeSection.Drop drop) {
          add(byTable, drop.table(), entry(section, change, 0));
        } else {
          define(draft, section, change.sequence());
        }
      }
    }
    boolean rescan = false;
    for (Map.Entry<TableName, List<Entry>> table : byTable.entrySet()) {
      StoredAlterations.apply(lane, draft, table.getKey());
      RowsMerge merge = new RowsMerge(lane, draft, table.getKey());
      merge.run(table.getValue());
      rescan |= merge.forgotFiles();
    }
    return rescan;
  }

  private static Entry entry(ChangeSection section, AcceptedChange change, long firstRow) {
    return new Entry(section, change.sequence(), change.acceptedAtNanos(), firstRow);
  }

  private static void add(Map<TableName, List<Entry>> byTable, TableName table, Entry entry) {
    byTable.computeIfAbsent(table, t -> new ArrayList<>()).add(entry);
  }

  /** Views are created after the commit, when all that they read is there. */
  private void define(StateDraft draft, ChangeSection section, long sequence) {
    if (section instanceof ChangeSection.CreateView view) {
      draft.putView(new ViewState(view.view(), view.text(), view.searchPath(), sequence));
      execute("CREATE SCHEMA IF NOT EXISTS " + SqlIdentifiers.quote(view.view().schema()));
    } else if (section instanceof ChangeSection.DropView view) {
      draft.removeView(view.view());
      execute("DROP VIEW IF EXISTS " + SqlIdentifiers.quote(view.view()));
      TableSetup.dropSchemaIfUnused(lane, draft, view.view());
    } else if (section instanceof ChangeSection.CreateSchema schema) {
      draft.schema(schema.schema(), true);
      execute("CREATE SCHEMA IF NOT EXISTS " + SqlIdentifiers.quote(schema.schema()));
    } else if (section instanceof ChangeSection.DropSchema schema) {
      draft.schema(schema.schema(), false);
      TableSetup.dropSchemaIfUnused(lane, draft, new TableName(schema.schema(), "-"));
    }
  }

  private void execute(String sql) {
    lane.session().execute(sql);
  }
}
