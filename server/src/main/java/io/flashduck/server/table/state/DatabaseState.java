package io.flashduck.server.table.state;

import io.flashduck.server.catalog.TableName;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What is committed: the counters, the tables, the loaded files, the views and the schemas.
 *
 * <p>Threading: confined to the apply lane.
 */
public final class DatabaseState {
  Counters counters;
  long filesVersion;
  final SortedMap<TableName, TableState> tables = new TreeMap<>();
  final Map<TableName, SortedMap<String, FileState>> files = new HashMap<>();
  final Map<FileKey, Long> retiredIds = new HashMap<>();
  final SortedMap<TableName, ViewState> views = new TreeMap<>();
  final SortedSet<String> schemas = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);

  /**
   * Numbers that only grow.
   *
   * @param sequence the last applied write
   * @param version counts committed transactions
   * @param schemaVersion counts transactions that changed a definition
   * @param nextFileId the next file's id
   */
  public record Counters(long sequence, long version, long schemaVersion, long nextFileId) {}

  /** A path of one table; a file that moves to another table is another one there. */
  public record FileKey(TableName table, String path) {}

  public DatabaseState(Counters counters) {
    this.counters = counters;
  }

  public Counters counters() {
    return counters;
  }

  /** All tables by name, invisible ones too. */
  public Collection<TableState> tables() {
    return tables.values();
  }

  /** The table of that name, if files or writes named it. */
  public Optional<TableState> table(TableName name) {
    return Optional.ofNullable(tables.get(name));
  }

  /** The loaded files of a table in the order of their paths. */
  public List<FileState> filesOf(TableName table) {
    SortedMap<String, FileState> byPath = files.get(table);
    return byPath == null ? List.of() : List.copyOf(byPath.values());
  }

  /** All loaded files. */
  public List<FileState> files() {
    List<FileState> all = new ArrayList<>();
    files.values().forEach(byPath -> all.addAll(byPath.values()));
    return all;
  }

  /** Grows whenever a loaded file comes, changes or goes. */
  public long filesVersion() {
    return filesVersion;
  }

  /** The views in the order of their creation. */
  public List<ViewState> viewsByAge() {
    return views.values().stream()
        .sorted(Comparator.comparingLong(ViewState::sequence).thenComparing(ViewState::name))
        .toList();
  }

  /** The view of that name. */
  public Optional<ViewState> view(TableName name) {
    return Optional.ofNullable(views.get(name));
  }

  /** Schemas that exist also without tables. */
  public SortedSet<String> schemas() {
    return new TreeSet<>(schemas);
  }
}
