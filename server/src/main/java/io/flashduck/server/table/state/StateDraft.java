package io.flashduck.server.table.state;

import io.flashduck.server.catalog.TableName;
import io.flashduck.server.table.source.Paths;
import io.flashduck.server.table.state.DatabaseState.Counters;
import io.flashduck.server.table.state.DatabaseState.FileKey;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The state that a transaction is about to commit: the committed one with changes over it.
 *
 * <p>Threading: confined to the apply lane.
 */
public final class StateDraft {
  private final DatabaseState base;
  final SortedMap<TableName, Optional<TableState>> tables = new TreeMap<>();
  final Map<FileKey, Optional<FileState>> files = new HashMap<>();
  final Map<FileKey, Long> retired = new HashMap<>();

  /** What {@link Bookkeeping} has not written yet of the files. */
  final Set<FileKey> unwritten = new LinkedHashSet<>();

  /** What it has written in this transaction: the id of the row, if there is one. */
  final Map<FileKey, Optional<Long>> written = new HashMap<>();

  final SortedMap<TableName, Optional<ViewState>> views = new TreeMap<>();
  final SortedMap<String, Boolean> schemas = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
  private long sequence;
  private long nextFileId;
  private boolean schemaChanged;

  public StateDraft(DatabaseState base) {
    this.base = base;
    this.sequence = base.counters().sequence();
    this.nextFileId = base.counters().nextFileId();
  }

  /** The number that the transaction's version will be. */
  public long version() {
    return base.counters().version() + 1;
  }

  /** The last write that the transaction applies. */
  public long sequence() {
    return sequence;
  }

  public void sequence(long newSequence) {
    sequence = newSequence;
  }

  /** Says that a definition, a view or a schema changes. */
  public void schemaChanged() {
    schemaChanged = true;
  }

  /** Whether a definition, a view or a schema changes. */
  public boolean isSchemaChanged() {
    return schemaChanged;
  }

  /** The table of that name; unknown if nothing named it yet. */
  public TableState table(TableName name) {
    Optional<TableState> changed = tables.get(name);
    return (changed != null ? changed : base.table(name)).orElseGet(() -> TableState.unknown(name));
  }

  public void put(TableState table) {
    tables.put(table.name(), Optional.of(table));
  }

  /** Forgets a table of which nothing is left. */
  public void forget(TableName name) {
    tables.put(name, Optional.empty());
  }

  /** The names of the tables that change. */
  public Collection<TableName> changedTables() {
    return List.copyOf(tables.keySet());
  }

  /** Every table, as it will be. */
  public List<TableState> allTables() {
    SortedMap<TableName, TableState> all = new TreeMap<>(base.tables);
    tables.forEach(
        (name, table) -> {
          if (table.isPresent()) {
            all.put(name, table.get());
          } else {
            all.remove(name);
          }
        });
    return List.copyOf(all.values());
  }

  /** The loaded files of a table, as they will be, in the binary order of their paths. */
  public List<FileState> filesOf(TableName table) {
    SortedMap<String, FileState> known = base.files.get(table);
    // Copied as it is ordered, without comparing: tables may have very many files.
    Map<String, FileState> byPath =
        known == null ? new TreeMap<>(Paths.BINARY_ORDER) : new TreeMap<>(known);
    files.forEach(
        (key, file) -> {
          if (key.table().equals(table)) {
            if (file.isPresent()) {
              byPath.put(key.path(), file.get());
            } else {
              byPath.remove(key.path());
            }
          }
        });
    return List.copyOf(byPath.values());
  }

  /** The id in the row of that file that the transaction sees, loaded or retired, if any. */
  Optional<Long> writtenId(FileKey key) {
    Optional<Long> here = written.get(key);
    if (here != null) {
      return here;
    }
    SortedMap<String, FileState> known = base.files.get(key.table());
    FileState loaded = known == null ? null : known.get(key.path());
    return loaded == null
        ? Optional.ofNullable(base.retiredIds.get(key))
        : Optional.of(loaded.id());
  }

  /** The table as it was before the transaction. */
  Optional<TableState> stored(TableName table) {
    return base.table(table);
  }

  /** The loaded file at that path, as it will be. */
  public Optional<FileState> file(TableName table, String path) {
    Optional<FileState> changed = files.get(new FileKey(table, path));
    if (changed != null) {
      return changed;
    }
    SortedMap<String, FileState> known = base.files.get(table);
    return Optional.ofNullable(known == null ? null : known.get(path));
  }

  /** The id of the file at that path, a new one if there was none. */
  public long fileId(TableName table, String path) {
    FileKey key = new FileKey(table, path);
    Optional<FileState> changed = files.get(key);
    if (changed != null && changed.isPresent()) {
      return changed.get().id();
    }
    SortedMap<String, FileState> known = base.files.get(table);
    FileState loaded = known == null ? null : known.get(path);
    if (loaded != null) {
      return loaded.id();
    }
    Long retiredId = retired.containsKey(key) ? retired.get(key) : base.retiredIds.get(key);
    return retiredId != null ? retiredId : nextFileId++;
  }

  public void putFile(FileState file) {
    FileKey key = new FileKey(file.file().table(), file.file().path());
    files.put(key, Optional.of(file));
    unwritten.add(key);
  }

  /**
   * Takes a file out.
   *
   * @param keepId whether writes refer to its rows by their origin, so that its id must not change
   */
  public void removeFile(FileState file, boolean keepId) {
    FileKey key = new FileKey(file.file().table(), file.file().path());
    files.put(key, Optional.empty());
    unwritten.add(key);
    if (keepId) {
      retired.put(key, file.id());
    }
  }

  /** Gives a path an id although no file is there, because a write refers to it. */
  public long retiredFileId(TableName table, String path) {
    long id = fileId(table, path);
    FileKey key = new FileKey(table, path);
    boolean live = filesOf(table).stream().anyMatch(f -> f.id() == id);
    if (!live) {
      retired.put(key, id);
      unwritten.add(key);
    }
    return id;
  }

  /** The view of that name, as it will be. */
  public Optional<ViewState> view(TableName name) {
    Optional<ViewState> changed = views.get(name);
    return changed != null ? changed : base.view(name);
  }

  public void putView(ViewState view) {
    views.put(view.name(), Optional.of(view));
    schemaChanged = true;
  }

  public void removeView(TableName name) {
    views.put(name, Optional.empty());
    schemaChanged = true;
  }

  /** The views, as they will be, in the order of their creation. */
  public List<ViewState> viewsByAge() {
    SortedMap<TableName, ViewState> all = new TreeMap<>(base.views);
    views.forEach(
        (name, view) -> {
          if (view.isPresent()) {
            all.put(name, view.get());
          } else {
            all.remove(name);
          }
        });
    List<ViewState> byAge = new ArrayList<>(all.values());
    byAge.sort(Comparator.comparingLong(ViewState::sequence).thenComparing(ViewState::name));
    return byAge;
  }

  /** Creates or ends a schema that exists also without tables. */
  public void schema(String name, boolean exists) {
    schemas.put(name, exists);
    schemaChanged = true;
  }

  /** Whether a schema of that name was created and not dropped. */
  public boolean hasSchema(String name) {
    Boolean changed = schemas.get(name);
    return changed != null ? changed : base.schemas.contains(name);
  }

  /** The counters, as they will be. */
  public Counters counters() {
    return new Counters(
        sequence, version(), base.counters().schemaVersion() + (schemaChanged ? 1 : 0), nextFileId);
  }

  /** Makes the draft the committed state; called after the transaction's commit. */
  public void committed() {
    tables.forEach(
        (name, table) -> {
          if (table.isPresent()) {
            base.tables.put(name, table.get());
          } else {
            base.tables.remove(name);
          }
        });
    retired.forEach(base.retiredIds::put);
    files.forEach(this::commitFile);
    base.filesVersion += files.isEmpty() ? 0 : 1;
    views.forEach(
        (name, view) -> {
          if (view.isPresent()) {
            base.views.put(name, view.get());
          } else {
            base.views.remove(name);
          }
        });
    schemas.forEach(
        (name, exists) -> {
          if (exists) {
            base.schemas.add(name);
          } else {
            base.schemas.remove(name);
          }
        });
    base.counters = counters();
  }

  private void commitFile(FileKey key, Optional<FileState> file) {
    SortedMap<String, FileState> byPath =
        base.files.computeIfAbsent(key.table(), t -> new TreeMap<>(Paths.BINARY_ORDER));
    if (file.isPresent()) {
      byPath.put(key.path(), file.get());
      base.retiredIds.remove(key);
    } else {
      byPath.remove(key.path());
      if (byPath.isEmpty()) {
        base.files.remove(key.table());
      }
    }
  }
}
