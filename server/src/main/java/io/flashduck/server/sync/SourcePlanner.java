package io.flashduck.server.sync;

import io.flashduck.server.catalog.TableName;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Finds the steps from what is loaded to what a snapshot shows: a pure function.
 *
 * <p>A file is read again if anything of {@link SourceFile} differs: its state, its table, its
 * partition values or the options to read it with. A renamed file is one removed and one upserted
 * file in the same plan; a plan is to be applied as a whole. What the snapshot {@linkplain
 * FolderSnapshot#keepsLoadedRows keeps} is in no plan.
 *
 * <p>Threading: confined to one call.
 */
public final class SourcePlanner {
  private final SortedMap<TableName, Steps> byTable = new TreeMap<>();
  private final FolderSnapshot now;

  private SourcePlanner(FolderSnapshot now) {
    this.now = now;
  }

  /**
   * The steps by table, in the order of the tables' names; of one table first what leaves it. Empty
   * if what is loaded is what the snapshot shows.
   */
  public static List<SourceChange> plan(Manifest loaded, FolderSnapshot now) {
    SourcePlanner planner = new SourcePlanner(now);
    planner.compare(loaded.byPath().values().iterator(), now.files().iterator());
    List<SourceChange> changes = new ArrayList<>();
    planner.byTable.forEach((table, steps) -> steps.addTo(changes, table));
    return changes;
  }

  /** Walks both along their common order. */
  private void compare(Iterator<SourceFile> loaded, Iterator<SourceFile> present) {
    SourceFile before = next(loaded);
    SourceFile after = next(present);
    while (before != null || after != null) {
      if (before != null && (after == null || before.path().compareTo(after.path()) < 0)) {
        gone(before);
        before = next(loaded);
      } else if (after != null && (before == null || before.path().compareTo(after.path()) > 0)) {
        steps(after.table()).upserted.add(after);
        after = next(present);
      } else if (before != null && after != null) {
        both(before, after);
        before = next(loaded);
        after = next(present);
      }
    }
  }

  private void both(SourceFile before, SourceFile after) {
    if (before.equals(after)) {
      return;
    }
    if (!before.table().equals(after.table())) {
      steps(before.table()).removed.add(before);
    }
    steps(after.table()).upserted.add(after);
  }

  private void gone(SourceFile before) {
    if (!now.keepsLoadedRows(before.path())) {
      steps(before.table()).removed.add(before);
    }
  }

  private Steps steps(TableName table) {
    return byTable.computeIfAbsent(table, name -> new Steps());
  }

  private static @Nullable SourceFile next(Iterator<SourceFile> files) {
    return files.hasNext() ? files.next() : null;
  }

  /** What happens to one table, each list in the order of the paths. */
  private static final class Steps {
    private final List<SourceFile> removed = new ArrayList<>();
    private final List<SourceFile> upserted = new ArrayList<>();

    void addTo(List<SourceChange> changes, TableName table) {
      if (!removed.isEmpty()) {
        changes.add(new SourceChange.Removed(table, removed));
      }
      if (!upserted.isEmpty()) {
        changes.add(new SourceChange.Upserted(table, upserted));
      }
    }
  }
}
