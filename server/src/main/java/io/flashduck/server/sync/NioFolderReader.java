package io.flashduck.server.sync;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * The real file system. Inode and change time are read where there are any.
 *
 * <p>Threading: immutable.
 */
final class NioFolderReader implements FolderReader {
  private static final String UNIX_ATTRIBUTES = "unix:mode,size,ino,ctime,lastModifiedTime";
  private static final int TYPE_MASK = 0170000;
  private static final int FILE = 0100000;
  private static final int FOLDER = 0040000;
  private static final int LINK = 0120000;

  private final Path root;
  private final List<Path> excluded;
  private final boolean unix;
  private final boolean inodes;

  private NioFolderReader(Path root, List<Path> excluded, boolean unix, boolean inodes) {
    this.root = root;
    this.excluded = excluded;
    this.unix = unix;
    this.inodes = inodes;
  }

  /**
   * A reader of that folder.
   *
   * @param root the data folder without links
   * @param excluded FlashDuck's own folders without links
   * @param inodes whether a file keeps its inode while nothing happens to it
   */
  static NioFolderReader of(Path root, List<Path> excluded, boolean inodes) {
    boolean unix = root.getFileSystem().supportedFileAttributeViews().contains("unix");
    return new NioFolderReader(root, List.copyOf(excluded), unix, inodes);
  }

  @Override
  public List<Entry> list(String folder) throws IOException {
    List<Entry> entries = new ArrayList<>();
    try (DirectoryStream<Path> paths = Files.newDirectoryStream(absolute(folder))) {
      for (Path path : paths) {
        addTo(entries, path);
      }
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
    return entries;
  }

  private void addTo(List<Entry> entries, Path path) throws IOException {
    String name = name(path);
    if (FileNames.hiddenOrTemporary(name) && !FileNames.looksLikeData(name)) {
      return;
    }
    try {
      entries.add(entry(name, path, LinkOption.NOFOLLOW_LINKS));
    } catch (NoSuchFileException e) {
      // Gone since it was listed, which is as if it had gone before.
      return;
    }
  }

  @Override
  public Entry entry(String path) throws IOException {
    Path absolute = absolute(path);
    return entry(name(absolute), absolute, LinkOption.NOFOLLOW_LINKS);
  }

  @Override
  public Target follow(String link) throws IOException {
    Path real = absolute(link).toRealPath();
    Entry end = entry(name(real), real);
    boolean inside = real.startsWith(root) && !isExcluded(real); // a file may be in one of them
    return new Target(end.kind(), end.stamp(), relative(real), inside);
  }

  @Override
  public boolean readable(String path) {
    return Files.isReadable(absolute(path));
  }

  private Entry entry(String name, Path path, LinkOption... options) throws IOException {
    if (!unix) {
      return basicEntry(name, path, options);
    }
    Map<String, Object> attributes = Files.readAttributes(path, UNIX_ATTRIBUTES, options);
    Kind kind =
        switch ((Integer) value(attributes, "mode") & TYPE_MASK) {
          case FILE -> Kind.FILE;
          case FOLDER -> Kind.FOLDER;
          case LINK -> Kind.LINK;
          default -> Kind.OTHER;
        };
    FileStamp stamp =
        new FileStamp(
            (Long) value(attributes, "size"),
            nanos((FileTime) value(attributes, "lastModifiedTime")),
            nanos((FileTime) value(attributes, "ctime")),
            inodes ? (Long) value(attributes, "ino") : 0);
    return checked(path, new Entry(name, kind, stamp));
  }

  private Entry basicEntry(String name, Path path, LinkOption... options) throws IOException {
    BasicFileAttributes attributes = Files.readAttributes(path, BasicFileAttributes.class, options);
    Kind kind = Kind.OTHER;
    if (attributes.isSymbolicLink()) {
      kind = Kind.LINK;
    } else if (attributes.isDirectory()) {
      kind = Kind.FOLDER;
    } else if (attributes.isRegularFile()) {
      kind = Kind.FILE;
    }
    // Without a change time the creation time at least shows most replaced files.
    FileStamp stamp =
        new FileStamp(
            attributes.size(),
            nanos(attributes.lastModifiedTime()),
            0,
            nanos(attributes.creationTime()));
    return checked(path, new Entry(name, kind, stamp));
  }

  /** FlashDuck's own folders are as if they were not there. */
  private Entry checked(Path path, Entry entry) throws NoSuchFileException {
    if (entry.kind() == Kind.FOLDER && isExcluded(path)) {
      throw new NoSuchFileException(path.toString());
    }
    return entry;
  }

  private static Object value(Map<String, Object> attributes, String name) throws IOException {
    Object value = attributes.get(name);
    if (value == null) {
      throw new IOException("the file system has no attribute " + name);
    }
    return value;
  }

  private boolean isExcluded(Path path) {
    for (Path folder : excluded) {
      if (path.startsWith(folder)) {
        return true;
      }
    }
    return false;
  }

  private Path absolute(String relative) {
    return relative.isEmpty() ? root : root.resolve(relative);
  }

  private String relative(Path real) {
    return root.relativize(real).toString().replace(root.getFileSystem().getSeparator(), "/");
  }

  private static String name(Path path) {
    Path name = path.getFileName();
    return name == null ? "" : name.toString();
  }

  private static long nanos(FileTime time) {
    return time.to(TimeUnit.NANOSECONDS);
  }
}
