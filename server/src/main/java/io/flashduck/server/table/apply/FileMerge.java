package io.flashduck.server.table.apply;

import io.flashduck.server.catalog.Column;
import io.flashduck.server.catalog.TableKey;
import io.flashduck.server.catalog.TableName;
import io.flashduck.server.config.TableOptions;
import io.flashduck.server.error.FlashDuckException;
import io.flashduck.server.sync.SourceFile;
import io.flashduck.server.table.apply.KeyFacts.Counts;
import io.flashduck.server.table.change.TableShape;
import io.flashduck.server.table.merge.MergeSql;
import io.flashduck.server.table.merge.TableLayout;
import io.flashduck.server.table.merge.TableMerge;
import io.flashduck.server.table.source.ReaderFailure;
import io.flashduck.server.table.source.SourceColumn;
import io.flashduck.server.table.source.SourceSql;
import io.flashduck.server.table.state.FileState;
import io.flashduck.server.table.state.StateDraft;
import io.flashduck.server.table.state.TableState;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Brings the changed files of one table into it.
 *
 * <p>If neither a type nor the key changes, only the changed files' rows are touched: they are
 * staged and merged. Otherwise all contributions are brought together in the stored table, the new
 * files are read straight into it, and the winners are found anew; that is also how a table is
 * loaded first, where nothing is there to compare with.
 *
 * <p>Threading: confined to the apply lane, inside its transaction; used once.
 */
final class FileMerge {
  private static final String STAGE = "temp._fd_stage";

  /** Of so many rows, tables are emptied; larger ones are created anew. */
  private static final long MOST_CLEARED_ROWS = 20_000;

  private static final long MOST_REFILLED_BYTES = 1L << 20;

  private final LaneContext lane;
  private final LaneSession session;
  private final StateDraft draft;
  private final TableState before;
  private final TableShape shape;
  private final TableOptions options;
  private final AddedFiles added;
  private final ChangedRows changed;
  private boolean recorded;

  /**
   * @param alone paths of files that are not to be read together with others
   */
  FileMerge(LaneContext lane, StateDraft draft, TableName name, Set<String> alone) {
    this.lane = lane;
    this.session = lane.session();
    this.draft = draft;
    this.before = draft.table(name);
    this.shape = lane.acceptedShape(name, before.shape());
    this.options = lane.options(name);
    this.added = new AddedFiles(lane, draft, name, alone);
    this.changed = new ChangedRows(lane, draft, before);
  }

  /**
   * Merges.
   *
   * @param gone paths of files that are not the table's any more
   * @param files files that are new or changed
   * @return those that are not in the table
   */
  List<Refused> run(Set<String> gone, List<ProbedFile> files) {
    Set<String> leaving = new HashSet<>(gone);
    files.stream().map(ProbedFile::file).filter(this::masked).forEach(f -> leaving.add(f.path()));
    Optional<TableKey> fixed = KeyRule.fixed(shape, options);
    List<FileState> loaded =
        draft.filesOf(before.name()).stream().filter(f -> !f.load().masked()).toList();
    SchemaPlan plan =
        SchemaPlan.of(
            lane,
            new SchemaPlan.Basis(
                shape, options, loaded, fixed.map(TableKey::columns).orElse(List.of())),
            leaving,
            files.stream().filter(f -> !masked(f.file())).toList());
    forgetLeaving(leaving, plan);
    files.stream().filter(f -> masked(f.file())).forEach(added::putMasked);
    plan.added().forEach(added::put);
    TableSetup setup = new TableSetup(lane, draft, before, options);
    if (live().isEmpty() && shape.pin().isEmpty()) {
      setup.removeStorage();
    } else {
      setup.define(plan.columns(), merge(plan, fixed));
      if (!recorded || !changed.sameDefinition()) {
        changed.everything();
      }
    }
    return plan.refused();
  }

  private boolean masked(SourceFile file) {
    return file.stamp().modifiedNanos() <= shape.floor().version();
  }

  private void forgetLeaving(Set<String> gone, SchemaPlan plan) {
    for (FileState file : draft.filesOf(before.name())) {
      boolean leaves =
          gone.contains(file.file().path())
              || plan.leaving().stream().anyMatch(l -> l.id() == file.id());
      if (leaves) {
        draft.removeFile(file, needsId(file));
      }
    }
  }

  /** Whether a write names rows of the file by their origin. */
  private boolean needsId(FileState file) {
    Optional<TableLayout> layout = before.layout();
    return layout.isPresent()
        && !layout.get().keyed()
        && session.number(
                "SELECT (SELECT count(*) FROM "
                    + layout.get().stored()
                    + " WHERE _fd_sequence > 0 AND _fd_source = "
                    + file.id()
                    + ") + (SELECT count(*) FROM "
                    + layout.get().deleted()
                    + " WHERE _fd_source = "
                    + file.id()
                    + ")")
            > 0;
  }

  /** The key that the table has afterwards; columns and rows are in the stored tables. */
  private Optional<TableKey> merge(SchemaPlan plan, Optional<TableKey> fixed) {
    Optional<TableLayout> layout = before.layout();
    boolean fromNothing =
        plan.remaining().isEmpty()
            && (shape.equals(TableShape.NONE) || layout.map(this::hasNoWrites).orElse(true));
    if (layout.isPresent() && !fromNothing && !LayoutChange.retypes(layout.get(), plan.columns())) {
      Optional<Optional<TableKey>> merged = mergeStaged(layout.get(), plan, fixed);
      if (merged.isPresent()) {
        return merged.get();
      }
    }
    return rebuild(plan, fixed, fromNothing);
  }

  /** Merges only the changed rows; empty if the key turns out to change. */
  private Optional<Optional<TableKey>> mergeStaged(
      TableLayout layout, SchemaPlan plan, Optional<TableKey> fixed) {
    Optional<TableKey> key = fixed.isPresent() ? noneIfEmpty(fixed.get()) : inferredSoFar(plan);
    List<String> columns = key.map(TableKey::columns).orElse(List.of());
    boolean undecided = fixed.isEmpty() && key.isEmpty() && !KeyRule.candidates(live()).isEmpty();
    if (undecided || !KeyRule.sameNames(layout.key(), columns)) {
      return Optional.empty();
    }
    TableLayout after = new TableLayout(before.name(), plan.columns(), layout.key());
    MergeSql sql = new MergeSql(after);
    session.execute(sql.createStage(STAGE));
    added.load(
        plan.added(),
        new FileLoader.Target(after, STAGE, FileLoader.Kind.STAGE, shape.floor().version()));
    KeyFacts facts = new KeyFacts(session, STAGE, added.states());
    if (key.isPresent() && !acceptStaged(key.get(), facts)) {
      session.execute("DROP TABLE " + STAGE);
      return Optional.empty();
    }
    lane.bookkeeping().persistFiles(draft);
    new LayoutChange(session, layout, after).columns();
    new TableMerge(session, after)
        .files(
            STAGE,
            key.isPresent() && facts.distinctInOneFile(),
            plan.leaving().stream().map(FileState::id).toList(),
            () -> record(after, plan));
    session.execute("DROP TABLE " + STAGE);
    return Optional.of(key);
  }

  /** The rows that are touched; if columns change, everything is recorded later. */
  private void record(TableLayout after, SchemaPlan plan) {
    if (before.layout().map(after::equals).orElse(false)) {
      // Not fewer than there are: what is touched are their keys.
      long rows =
          Stream.concat(plan.leaving().stream(), added.states().stream())
              .mapToLong(file -> file.load().rows())
              .sum();
      changed.rows("FROM " + MergeSql.TOUCHED, rows);
      recorded = true;
    }
  }

  /** The inferred key that the table has, if the files that stay keep it the first choice. */
  private Optional<TableKey> inferredSoFar(SchemaPlan plan) {
    List<String> candidates = KeyRule.candidates(live());
    if (candidates.isEmpty()) {
      return Optional.empty();
    }
    String first = candidates.get(0);
    boolean known = plan.remaining().stream().allMatch(f -> f.isUniqueBy(first).orElse(false));
    return known ? Optional.of(inferred(first)) : Optional.empty();
  }

  /** Whether the staged rows allow the key; reports what is left out of a key that stays. */
  private boolean acceptStaged(TableKey key, KeyFacts facts) {
    Map<Long, Counts> counts = facts.byFile(key.columns());
    if (key.origin() == TableKey.Origin.INFERRED) {
      return added.areUniqueBy(key.columns().get(0), counts);
    }
    added.reportLeftOut(key.columns(), counts, facts);
    return true;
  }

  private Optional<TableKey> rebuild(SchemaPlan plan, Optional<TableKey> fixed, boolean empty) {
    Optional<TableLayout> layout = before.layout();
    TableLayout bare = new TableLayout(before.name(), plan.columns(), List.of());
    boolean refilled = empty && layout.isPresent() && canRefill(layout.get(), plan);
    boolean unnumbered = empty && !refilled && canNumberLater(plan);
    MergeSql sql = new MergeSql(bare);
    if (refilled) {
      session.executeAll(sql.clear());
    } else if (empty) {
      layout.ifPresent(l -> session.executeAll(new MergeSql(l).drop()));
      session.executeAll(unnumbered ? sql.createUnnumbered() : sql.createRows());
    } else {
      bringTogether(layout.orElseThrow(), plan);
    }
    FileLoader.Kind kind = unnumbered ? FileLoader.Kind.UNNUMBERED : FileLoader.Kind.STORED;
    added.load(
        plan.added(), new FileLoader.Target(bare, bare.stored(), kind, shape.floor().version()));
    if (unnumbered) {
      session.executeAll(sql.number());
    }
    KeyFacts facts = new KeyFacts(session, bare.stored(), live());
    Optional<TableKey> key = fixed.isPresent() ? noneIfEmpty(fixed.get()) : infer(bare, facts);
    List<String> columns = key.map(TableKey::columns).orElse(List.of());
    TableLayout after = new TableLayout(before.name(), plan.columns(), columns);
    if (empty && !refilled) {
      session.execute(new MergeSql(after).createDeleted());
    } else if (!KeyRule.sameNames(layout.orElseThrow().key(), columns)) {
      session.execute("DROP TABLE IF EXISTS " + after.deleted());
      session.execute(new MergeSql(after).createDeleted());
    }
    lane.bookkeeping().persistFiles(draft);
    settle(after, key, facts, empty);
    return key;
  }

  /**
   * Whether a small table is better emptied than created anew, which makes everybody who reads it
   * plan again.
   */
  private static boolean canRefill(TableLayout layout, SchemaPlan plan) {
    return layout.columns().equals(plan.columns())
        && plan.leaving().stream().mapToLong(f -> f.load().rows()).sum() <= MOST_CLEARED_ROWS
        && plan.added().stream().mapToLong(f -> f.file().stamp().size()).sum()
            <= MOST_REFILLED_BYTES;
  }

  /**
   * Whether the rows of a new table are numbered once they are all there. A text reader does not
   * number rows, and to number them as they flow costs as much as to read them.
   */
  private boolean canNumberLater(SchemaPlan plan) {
    return plan.added().size() == 1
        && SourceSql.isNumberedInFlow(plan.added().get(0).probe())
        && plan.added().get(0).file().stamp().size() > MOST_REFILLED_BYTES
        && shape.floor().version() == Long.MIN_VALUE;
  }

  /** All contributions that stay are in the stored table, with the new columns. */
  private void bringTogether(TableLayout layout, SchemaPlan plan) {
    MergeSql sql = new MergeSql(layout);
    session.executeAll(sql.removeFiles(plan.leaving().stream().map(FileState::id).toList()));
    session.executeAll(sql.unshadow());
    try {
      new LayoutChange(
              session, layout, new TableLayout(before.name(), plan.columns(), layout.key()))
          .columns();
    } catch (FlashDuckException e) {
      throw blameNewFile(layout, plan, e);
    }
  }

  /** What is stored does not fit a type that a new file brings: the file is refused. */
  private static RuntimeException blameNewFile(
      TableLayout layout, SchemaPlan plan, FlashDuckException e) {
    for (ProbedFile file : plan.added()) {
      for (SourceColumn column : file.probe().columns()) {
        Optional<Column> stored =
            layout.columns().stream()
                .filter(c -> c.name().equalsIgnoreCase(column.name()))
                .findFirst();
        if (column.typed() && stored.isPresent() && !stored.get().type().equals(column.type())) {
          return new FileRefusedException(
              file.file(),
              Refused.Kind.CONFLICT,
              "column "
                  + column.name()
                  + " is "
                  + column.type()
                  + " here, but "
                  + stored.get().type()
                  + " in the table, and not all of its values can be converted: "
                  + ReaderFailure.reason(e, file.path(), file.file().path()),
              e);
        }
      }
    }
    return e;
  }

  private void settle(
      TableLayout after, Optional<TableKey> key, KeyFacts facts, boolean loadedFirst) {
    if (key.isEmpty()) {
      if (!loadedFirst) {
        new TableMerge(session, after).settleContested();
      }
      return;
    }
    Counts overall = facts.overall(after.key());
    if (overall.withoutKey() > 0
        || (overall.repeated() > 0 && key.get().origin() != TableKey.Origin.INFERRED)) {
      added.reportLeftOut(after.key(), facts.byFile(after.key()), facts);
      facts.removeWithoutKey(after.key());
    }
    if (overall.repeated() > 0 || !loadedFirst) {
      new TableMerge(session, after).settleContested();
    }
  }

  /** The first candidate that identifies the rows of every file. All rows are stored. */
  private Optional<TableKey> infer(TableLayout bare, KeyFacts facts) {
    for (String candidate : KeyRule.candidates(live())) {
      List<String> key = List.of(bare.column(candidate).name());
      boolean everywhere = facts.overall(key).identifies();
      Map<Long, Counts> counts = everywhere ? Map.of() : facts.byFile(key);
      boolean all = true;
      for (FileState file : live()) {
        boolean unique = everywhere || Counts.of(file, counts).identifies();
        added.replace(file.withUniqueBy(candidate, unique));
        all &= unique;
      }
      if (all) {
        return Optional.of(inferred(candidate));
      }
    }
    return Optional.empty();
  }

  private List<FileState> live() {
    return draft.filesOf(before.name()).stream().filter(f -> !f.load().masked()).toList();
  }

  private boolean hasNoWrites(TableLayout layout) {
    return session.number(
            "SELECT (SELECT count(*) FROM "
                + layout.stored()
                + " WHERE _fd_sequence > 0) + (SELECT count(*) FROM "
                + layout.shadow()
                + " WHERE _fd_sequence > 0) + (SELECT count(*) FROM "
                + layout.deleted()
                + ")")
        == 0;
  }

  private static Optional<TableKey> noneIfEmpty(TableKey key) {
    return key.columns().isEmpty() ? Optional.empty() : Optional.of(key);
  }

  private static TableKey inferred(String column) {
    return new TableKey(List.of(column), TableKey.Origin.INFERRED);
  }
}
