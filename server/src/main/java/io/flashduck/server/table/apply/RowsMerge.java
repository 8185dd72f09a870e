package io.flashduck.server.table.apply;

import io.flashduck.server.catalog.Column;
import io.flashduck.server.catalog.TableKey;
import io.flashduck.server.catalog.TableName;
import io.flashduck.server.config.TableOptions;
import io.flashduck.server.table.change.ChangeSection;
import io.flashduck.server.table.change.RowsKind;
import io.flashduck.server.table.change.TableAlteration;
import io.flashduck.server.table.change.TableShape;
import io.flashduck.server.table.merge.MergeSql;
import io.flashduck.server.table.merge.TableLayout;
import io.flashduck.server.table.merge.TableMerge;
import io.flashduck.server.table.source.SchemaUnion;
import io.flashduck.server.table.source.SchemaUnion.FileSchema;
import io.flashduck.server.table.state.FileState;
import io.flashduck.server.table.state.StateDraft;
import io.flashduck.server.table.state.TableState;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Brings the folded writes of one table into it.
 *
 * <p>Threading: confined to the apply lane, inside its transaction; used once.
 */
final class RowsMerge {
  private static final String STAGE = "temp._fd_stage";

  private final LaneContext lane;
  private final LaneSession session;
  private final StateDraft draft;
  private final TableName name;
  private final TableState before;
  private final TableOptions options;
  private final ChangedRows changed;
  private boolean forgotFiles;

  RowsMerge(LaneContext lane, StateDraft draft, TableName name) {
    this.lane = lane;
    this.session = lane.session();
    this.draft = draft;
    this.name = name;
    this.before = draft.table(name);
    this.options = lane.options(name);
    this.changed = new ChangedRows(lane, draft, before);
  }

  /**
   * A section of a write.
   *
   * @param firstRow the number of its first row within the write
   */
  record Entry(ChangeSection section, long sequence, long version, long firstRow) {}

  /** Whether files must be scanned again, because a floor took the rows of newer ones too. */
  boolean forgotFiles() {
    return forgotFiles;
  }

  /** Applies sections in the order of their sequences. */
  void run(List<Entry> entries) {
    TableShape shape = before.shape();
    int afterFloor = 0;
    for (int i = 0; i < entries.size(); i++) {
      Entry entry = entries.get(i);
      TableShape next =
          shape.after(
              entry.section(),
              entry.sequence(),
              entry.version(),
              lane.types().widening()::widenOrText);
      if (!next.floor().equals(shape.floor())) {
        afterFloor = i;
      }
      shape = next;
    }
    draft.put(before.withShape(shape));
    boolean ended = !shape.floor().equals(before.shape().floor());
    boolean fromNothing = ended && !keepsNewerFiles(shape);
    if (ended) {
      end(shape.floor(), fromNothing);
    }
    if (shape.pin().isEmpty() && live().isEmpty()) {
      setup().removeStorage();
      return;
    }
    TableLayout layout = define(shape, fromNothing);
    boolean alone = !ended && changed.sameDefinition();
    merge(layout, rowsOf(shape, entries.subList(afterFloor, entries.size())), alone);
    if (!alone) {
      changed.everything();
    }
  }

  private TableSetup setup() {
    return new TableSetup(lane, draft, before, options);
  }

  private List<FileState> live() {
    return draft.filesOf(name).stream().filter(f -> !f.load().masked()).toList();
  }

  /** Whether there are files newer than the floor that need not be read anew. */
  private boolean keepsNewerFiles(TableShape shape) {
    return before.layout().isPresent()
        && shape
            .pin()
            .map(pin -> KeyRule.sameNames(pin.key(), before.layout().get().key()))
            .orElse(false)
        && draft.filesOf(name).stream()
            .anyMatch(f -> f.file().stamp().modifiedNanos() > shape.floor().version());
  }

  /**
   * Everything up to the floor is gone.
   *
   * @param all whether files newer than it go too, to be scanned and read anew
   */
  private void end(TableShape.Floor floor, boolean all) {
    for (FileState file : draft.filesOf(name)) {
      FileState.Load load = file.load();
      if (file.file().stamp().modifiedNanos() > floor.version()) {
        if (all) {
          draft.removeFile(file, false);
          forgotFiles = true;
        }
      } else if (!load.masked()) {
        draft.putFile(
            new FileState(
                file.id(),
                file.file(),
                file.columns(),
                new FileState.Load(
                    0,
                    load.newestVersion(),
                    Optional.empty(),
                    true,
                    load.firstSeenNanos(),
                    load.loadedAtNanos(),
                    load.loadNanos()),
                file.uniqueBy()));
      }
    }
    before
        .layout()
        .map(MergeSql::new)
        .ifPresent(
            sql ->
                session.executeAll(
                    all ? sql.drop() : sql.floor(floor.version(), floor.sequence())));
  }

  /** Makes the stored tables fit the shape, and says how they are then. */
  private TableLayout define(TableShape shape, boolean fromNothing) {
    Optional<TableLayout> layout = fromNothing ? Optional.empty() : before.layout();
    TableShape accepted = lane.acceptedShape(name, shape);
    boolean sameShape = layout.isPresent() && shape.equals(before.shape());
    if (sameShape) {
      TableState now = draft.table(name);
      draft.put(now.withVersion(draft.version()));
      return layout.get();
    }
    List<Column> columns = columns(accepted);
    Optional<TableKey> key = KeyRule.fixed(accepted, options).filter(k -> !k.columns().isEmpty());
    TableLayout after =
        new TableLayout(name, columns, key.map(TableKey::columns).orElse(List.of()));
    if (layout.isEmpty()) {
      session.executeAll(new MergeSql(after).create());
    } else {
      change(layout.get(), after);
    }
    setup().define(columns, key);
    return after;
  }

  private List<Column> columns(TableShape shape) {
    return SchemaUnion.of(
            new SchemaUnion.Request(
                SchemaPlan.declaredTypes(lane, options),
                shape,
                live().stream().map(f -> new FileSchema(f.file().path(), f.columns())).toList(),
                false),
            lane.types().widening())
        .columns();
  }

  /** The first write of a table may pin another key than its files have led to so far. */
  private void change(TableLayout from, TableLayout to) {
    boolean sameKey = KeyRule.sameNames(from.key(), to.key());
    TableLayout widened = new TableLayout(name, to.columns(), from.key());
    if (sameKey) {
      new LayoutChange(session, from, widened).columns();
      return;
    }
    session.executeAll(new MergeSql(from).unshadow());
    session.execute("DROP TABLE " + from.deleted());
    session.execute(new MergeSql(from).createDeleted());
    new LayoutChange(session, from, widened).columns();
    session.execute("DROP TABLE " + from.deleted());
    session.execute(new MergeSql(to).createDeleted());
    if (to.keyed()) {
      KeyFacts facts = new KeyFacts(session, to.stored(), live());
      facts
          .byFile(to.key())
          .forEach(
              (id, counts) -> {
                for (FileState file : draft.filesOf(name)) {
                  if (file.id() == id && !counts.identifies()) {
                    draft.putFile(LeftOut.note(file, to.key(), counts, facts));
                  }
                }
              });
      facts.removeWithoutKey(to.key());
      new TableMerge(session, to).settleContested();
    }
  }

  /** Rows of one kind and one Arrow schema, to be read as one stream. */
  private List<StagedRows> rowsOf(TableShape shape, List<Entry> entries) {
    TableShape accepted = lane.acceptedShape(name, shape);
    List<StagedRows> groups = new ArrayList<>();
    for (Entry entry : entries) {
      if (entry.section() instanceof ChangeSection.Rows rows && rows.rows().rowCount() > 0) {
        List<TableAlteration> later = accepted.alterationsAfter(entry.sequence());
        StagedRows last = groups.isEmpty() ? null : groups.get(groups.size() - 1);
        if (last == null || !last.takes(rows, later)) {
          last = new StagedRows(rows, later);
          groups.add(last);
        }
        last.add(rows, entry);
      }
    }
    return groups;
  }

  /**
   * @param alone whether only these rows change, so that they are recorded
   */
  private void merge(TableLayout layout, List<StagedRows> groups, boolean alone) {
    if (groups.isEmpty()) {
      if (alone) {
        changed.rows("", 0);
      }
      return;
    }
    if (groups.stream().allMatch(g -> g.kind() == RowsKind.APPEND)) {
      groups.forEach(g -> g.insert(lane, draft, layout, layout.stored()));
      if (alone) {
        recordAppended(layout, groups);
      }
      return;
    }
    MergeSql sql = new MergeSql(layout);
    session.execute(sql.createStage(STAGE));
    groups.forEach(g -> g.insert(lane, draft, layout, STAGE));
    long oldest = groups.stream().mapToLong(StagedRows::oldestVersion).min().orElse(0);
    boolean newest = oldest >= draft.table(name).newestFileVersion();
    long rows = groups.stream().mapToLong(StagedRows::rows).sum();
    boolean upserts = groups.stream().allMatch(g -> g.kind() == RowsKind.UPSERT);
    new TableMerge(session, layout).writes(new TableMerge.Staged(STAGE, rows, upserts), newest);
    if (alone) {
      changed.rows("SELECT " + layout.identityList("") + " FROM " + STAGE, rows);
    }
    session.execute("DROP TABLE " + STAGE);
  }

  private void recordAppended(TableLayout layout, List<StagedRows> groups) {
    if (layout.keyed()) {
      changed.everything();
    } else {
      String ends = StagedRows.ends(groups);
      changed.rows("FROM (" + ends + ") AS t(_fd_source, _fd_row)", 2);
    }
  }
}
