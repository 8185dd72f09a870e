package io.flashduck.server.config;

import java.util.List;
import java.util.Optional;

/**
 * Which files of the data folder are a table's.
 *
 * <p>Threading: immutable.
 *
 * @param path the folder, relative to the data folder and with {@code /}; {@code ""} is the data
 *     folder itself; empty for the folder and files that have the table's name
 * @param include patterns relative to {@code path}, or to the data folder; none is every data file
 * @param exclude patterns relative to the same folder
 * @param recursive whether files in sub-folders count
 * @param hivePartitioning whether {@code name=value} folders are columns
 */
public record FileSelection(
    Optional<String> path,
    List<Glob> include,
    List<Glob> exclude,
    boolean recursive,
    boolean hivePartitioning) {
  /** The folder and the files that have the table's name. */
  public static final FileSelection DEFAULT =
      new FileSelection(Optional.empty(), List.of(), List.of(), true, true);

  public FileSelection {
    include = List.copyOf(include);
    exclude = List.copyOf(exclude);
  }

  /** Whether the file says where the table's files are, rather than their names. */
  public boolean explicit() {
    return path.isPresent() || !include.isEmpty();
  }
}
