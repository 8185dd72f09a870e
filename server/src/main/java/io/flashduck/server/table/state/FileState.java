package io.flashduck.server.table.state;

import io.flashduck.server.sync.SourceFile;
import io.flashduck.server.table.source.SourceColumn;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * One source file whose rows are loaded, in the state in which it was read.
 *
 * <p>Threading: immutable.
 *
 * @param id the file's number in {@code _fd_source}; the same for one path of one table as long as
 *     the cache lives
 * @param file the file as it was read
 * @param columns the columns it has
 * @param load what reading it gave
 * @param uniqueBy for a column, whether it identifies the rows of this file: unique and not null;
 *     nothing is said about columns that were not looked at
 */
public record FileState(
    long id,
    SourceFile file,
    List<SourceColumn> columns,
    Load load,
    Map<String, Boolean> uniqueBy) {
  /**
   * What reading a file gave.
   *
   * @param rows the rows it contributes, visible or not
   * @param newestVersion the newest version among its rows, or its modified time
   * @param note what was left out, if anything was
   * @param masked whether a floor is newer than the file, so that it contributes nothing
   * @param firstSeenNanos when a file at this path was first loaded, since the epoch
   * @param loadedAtNanos when this state of it was read, since the epoch
   * @param loadNanos how long reading took
   */
  public record Load(
      long rows,
      long newestVersion,
      Optional<String> note,
      boolean masked,
      long firstSeenNanos,
      long loadedAtNanos,
      long loadNanos) {}

  public FileState {
    columns = List.copyOf(columns);
    uniqueBy = Map.copyOf(uniqueBy);
  }

  /** Whether that column identifies the rows, if that is known. */
  public Optional<Boolean> isUniqueBy(String column) {
    return Optional.ofNullable(uniqueBy.get(column.toLowerCase(Locale.ROOT)));
  }

  /** Whether the file has a column of that name. */
  public boolean hasColumn(String name) {
    return columns.stream().anyMatch(c -> c.name().equalsIgnoreCase(name));
  }

  /** With what was found out about a column. */
  public FileState withUniqueBy(String column, boolean unique) {
    Map<String, Boolean> facts = new TreeMap<>(uniqueBy);
    facts.put(column.toLowerCase(Locale.ROOT), unique);
    return new FileState(id, file, columns, load, facts);
  }

  public FileState withLoad(Load newLoad) {
    return new FileState(id, file, columns, newLoad, uniqueBy);
  }
}
