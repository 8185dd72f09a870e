package io.flashduck.server.sync;

import io.flashduck.server.config.TablesConfig;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What the data folder holds at one moment, in the order of the paths.
 *
 * <p>Threading: immutable.
 *
 * @param files what the tables are made of
 * @param rejected what looks like data but is not used
 * @param held by path, what is there but not to be read now
 * @param tables the content of {@code tables.yaml} that the files were assigned by
 */
public record FolderSnapshot(
    List<SourceFile> files,
    List<RejectedPath> rejected,
    SortedMap<String, HeldFile> held,
    TablesConfig tables) {
  public FolderSnapshot {
    files = sorted(files);
    rejected = List.copyOf(rejected);
    held = Collections.unmodifiableSortedMap(new TreeMap<>(held));
  }

  /** A snapshot with nothing held, by the default names. */
  public static FolderSnapshot of(List<SourceFile> files) {
    return new FolderSnapshot(files, List.of(), Collections.emptySortedMap(), TablesConfig.EMPTY);
  }

  /**
   * Whether rows that were loaded from that path stay although the path is not in {@link #files}:
   * it is held, or it cannot be read, or a folder above it cannot.
   */
  public boolean keepsLoadedRows(String path) {
    if (held.containsKey(path)) {
      return true;
    }
    for (RejectedPath rejection : rejected) {
      if (rejection.keepsLoadedRows() && contains(rejection.path(), path)) {
        return true;
      }
    }
    return false;
  }

  private static List<SourceFile> sorted(List<SourceFile> files) {
    for (int i = 1; i < files.size(); i++) {
      if (files.get(i - 1).path().compareTo(files.get(i).path()) >= 0) {
        return files.stream().sorted(Comparator.comparing(SourceFile::path)).toList();
      }
    }
    return List.copyOf(files);
  }

  private static boolean contains(String folder, String path) {
    return path.startsWith(folder)
        && (path.length() == folder.length() || path.charAt(folder.length()) == '/');
  }
}
