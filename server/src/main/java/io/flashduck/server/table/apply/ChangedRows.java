package io.flashduck.server.table.apply;

import io.flashduck.server.catalog.TableDefinition;
import io.flashduck.server.consolidate.ChangeLog;
import io.flashduck.server.table.state.StateDraft;
import io.flashduck.server.table.state.TableState;

/**
 * Records which rows a merge changes, in the merge's transaction, so that the table's consolidated
 * file can be changed where they are.
 *
 * <p>Threading: confined to the apply lane, inside its transaction.
 */
final class ChangedRows {
  private final LaneContext lane;
  private final StateDraft draft;
  private final TableState before;

  ChangedRows(LaneContext lane, StateDraft draft, TableState before) {
    this.lane = lane;
    this.draft = draft;
    this.before = before;
  }

  /** Whether columns and key are now what they were before. */
  boolean sameDefinition() {
    return before.definition().isPresent()
        && before.definition().equals(draft.table(before.name()).definition());
  }

  /**
   * These rows were inserted, changed or removed, and no others; columns and key stay.
   *
   * @param identities a query of the columns that identify a row
   * @param rows about how many; 0 only if there are none
   */
  void rows(String identities, long rows) {
    TableDefinition definition = before.definition().orElseThrow();
    lane.changeLog().record(lane.connection(), commit(definition), identities, rows);
  }

  /** Any row may be another, and the columns and the key too. */
  void everything() {
    draft
        .table(before.name())
        .definition()
        .ifPresent(definition -> lane.changeLog().recordAll(lane.connection(), commit(definition)));
  }

  private ChangeLog.Commit commit(TableDefinition definition) {
    return new ChangeLog.Commit(definition, draft.version(), before.version());
  }
}
