package io.flashduck.server.sync;

import io.flashduck.server.config.TablesConfig;
import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/**
 * Finds the source files of a data folder and the tables that they belong to. What was found before
 * is kept, so that a scan reads names and attributes only.
 *
 * <p>Threading: confined to one thread.
 */
public final class SourceScanner {
  private final Path root;
  private final FolderReader reader;
  private final FolderIndex index;
  private TablesConfig tables;

  /**
   * A scanner of that folder.
   *
   * @param excluded FlashDuck's own folders; they need not exist
   * @throws FlashDuckException IO_ERROR if the data folder cannot be found
   */
  public SourceScanner(Path dataDir, List<Path> excluded, TablesConfig tables) {
    this.root = realRoot(dataDir);
    this.reader = reader(root, excluded);
    this.tables = tables;
    this.index = new FolderIndex(reader, new SourceNaming(tables), FolderListener.NONE);
  }

  /** A scanner of a folder whose path has no links. */
  SourceScanner(Path root, FolderReader reader, TablesConfig tables, FolderListener listener) {
    this.root = root;
    this.reader = reader;
    this.tables = tables;
    this.index = new FolderIndex(reader, new SourceNaming(tables), listener);
  }

  /** The real file system below that folder without FlashDuck's own folders. */
  static FolderReader reader(Path root, List<Path> excluded) {
    return NioFolderReader.of(
        root,
        excluded.stream().map(SourceScanner::withoutLinks).toList(),
        FolderTraits.of(root).local());
  }

  /**
   * Everything that is there now, nothing held back.
   *
   * @throws FlashDuckException IO_ERROR if the data folder itself cannot be read
   */
  public FolderSnapshot scan() {
    try {
      index.rescan();
    } catch (IOException e) {
      throw unreadable(root, e);
    }
    return new FolderSnapshot(
        List.copyOf(index.sourceFiles()), index.rejected(), Collections.emptySortedMap(), tables);
  }

  /** From the next scan on, files belong to tables as this says. */
  public void useTables(TablesConfig newTables) {
    tables = newTables;
    index.useNaming(new SourceNaming(newTables));
  }

  FolderIndex index() {
    return index;
  }

  /** The state of one file, links followed; empty if there is none. */
  Optional<FileStamp> stamp(String path) {
    try {
      FolderReader.Entry entry = reader.entry(path);
      return Optional.of(
          entry.kind() == FolderReader.Kind.LINK ? reader.follow(path).stamp() : entry.stamp());
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  TablesConfig tables() {
    return tables;
  }

  static Path realRoot(Path dataDir) {
    try {
      return dataDir.toRealPath();
    } catch (IOException e) {
      throw unreadable(dataDir, e);
    }
  }

  static FlashDuckException unreadable(Path dataDir, IOException e) {
    return new FlashDuckException(
        ErrorCode.IO_ERROR,
        "The data folder "
            + dataDir
            + " cannot be read ("
            + e
            + "); check that it exists, is mounted, and that r and x are granted",
        e);
  }

  /** The real path of what exists of it, and the rest as it is. */
  private static Path withoutLinks(Path path) {
    Path absolute = path.toAbsolutePath().normalize();
    for (Path existing = absolute; existing != null; existing = existing.getParent()) {
      if (Files.exists(existing)) {
        try {
          return existing.toRealPath().resolve(existing.relativize(absolute));
        } catch (IOException e) {
          return absolute;
        }
      }
    }
    return absolute;
  }
}
