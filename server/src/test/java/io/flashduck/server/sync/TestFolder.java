package io.flashduck.server.sync;

import io.flashduck.server.config.TablesConfig;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A data folder that tests write to by relative paths. */
final class TestFolder {
  private final Path root;

  TestFolder(Path root) {
    try {
      this.root = root.toRealPath();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  Path root() {
    return root;
  }

  Path path(String relative) {
    return root.resolve(relative);
  }

  /** Writes in place. */
  Path write(String relative, String text) {
    try {
      Path path = path(relative);
      Files.createDirectories(path.getParent());
      return Files.writeString(path, text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Writes under a hidden name and renames into place. */
  Path replace(String relative, String text) {
    try {
      Path hidden = write("." + Path.of(relative).getFileName() + ".new", text);
      Path path = path(relative);
      Files.createDirectories(path.getParent());
      return Files.move(hidden, path, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  void rename(String from, String to) {
    try {
      Files.createDirectories(path(to).getParent());
      Files.move(path(from), path(to), StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  void delete(String relative) {
    try (Stream<Path> all = Files.walk(path(relative))) {
      for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  void link(String relative, Path target) {
    try {
      Path path = path(relative);
      Files.createDirectories(path.getParent());
      Files.createSymbolicLink(path, target);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  void modifiedTime(String relative, long nanos) {
    try {
      Files.setLastModifiedTime(path(relative), FileTime.from(nanos, TimeUnit.NANOSECONDS));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  SourceScanner scanner(String tables) {
    return new SourceScanner(
        root, List.of(root.resolve("state")), TablesConfig.parse("tables.yaml", tables));
  }

  FolderIndex index(FolderListener listener) {
    return new FolderIndex(reader(), new SourceNaming(TablesConfig.EMPTY), listener);
  }

  FolderReader reader() {
    return SourceScanner.reader(root, List.of(root.resolve("state")));
  }
}
