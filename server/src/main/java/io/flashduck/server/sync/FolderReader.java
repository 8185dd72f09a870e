package io.flashduck.server.sync;

import java.io.IOException;
import java.util.List;

/**
 * The file system calls of a scan; tests put one with faults in its place. Paths are relative to
 * the data folder, {@code ""} is the folder itself.
 *
 * <p>Threading: confined to the scan thread.
 */
interface FolderReader {
  /** What is in that folder, in no order; something that goes away meanwhile may be missing. */
  List<Entry> list(String folder) throws IOException;

  /**
   * One thing by its path, links not followed; {@link java.nio.file.NoSuchFileException} if none.
   */
  Entry entry(String path) throws IOException;

  /** Where a symbolic link leads in the end. */
  Target follow(String link) throws IOException;

  /** Whether this process may read the file. */
  boolean readable(String path);

  /** One thing in a folder. */
  record Entry(String name, Kind kind, FileStamp stamp) {}

  /**
   * The end of a link.
   *
   * @param kind what is there
   * @param realPath its path relative to the data folder without links; starts with {@code ../} if
   *     it is outside, or names an excluded folder
   * @param allowed whether it is inside of the data folder and not in FlashDuck's own folders
   */
  record Target(Kind kind, FileStamp stamp, String realPath, boolean allowed) {}

  /** What a path names. */
  enum Kind {
    FILE,
    FOLDER,
    LINK,
    OTHER
  }
}
