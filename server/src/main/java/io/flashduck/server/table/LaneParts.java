package io.flashduck.server.table;

import io.flashduck.server.consolidate.Consolidator;
import io.flashduck.server.error.FlashDuckException;
import io.flashduck.server.queue.WriteQueue;
import io.flashduck.server.table.apply.AcceptedChange;
import io.flashduck.server.table.apply.FolderApplier;
import io.flashduck.server.table.apply.LaneContext;
import io.flashduck.server.table.apply.WritesApplier;
import io.flashduck.server.table.fold.Folding;
import io.flashduck.server.table.state.DatabaseState;
import io.flashduck.server.table.state.StateDraft;
import java.util.List;
import java.util.function.Consumer;

/**
 * What the apply lane is made of.
 *
 * <p>Threading: as its parts.
 */
record LaneParts(
    LaneContext context,
    DatabaseState state,
    WriteQueue queue,
    WritesApplier writes,
    FolderApplier folder,
    ViewKeeper views,
    Problems problems,
    AcceptedTables accepted,
    Publisher publisher,
    Consolidator exports,
    Folding folding,
    Consumer<LaneStep> steps,
    Runnable rescan) {

  /** Counts a write as done that cannot be applied. */
  void skip(AcceptedChange change, FlashDuckException failure) {
    StateDraft draft = new StateDraft(state);
    draft.sequence(change.sequence());
    context
        .connection()
        .inTransaction(
            () -> {
              History.record(context.connection(), List.of(change), failure.getMessage());
              Producers.persist(context.connection(), List.of(change));
              context.bookkeeping().persist(draft);
              return true;
            });
    draft.committed();
  }
}
