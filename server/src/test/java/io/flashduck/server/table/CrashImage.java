package io.flashduck.server.table;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * The state folder as it is at some moment, while the server works: what a process that is killed
 * then leaves behind. Copied in an order in which a later part may be ahead of an earlier one, as
 * between the steps of the server: consolidated files, cache, write queue.
 */
final class CrashImage {
  private final Path state;
  private final Path image;

  private CrashImage(Path state, Path image) {
    this.state = state;
    this.image = image;
  }

  /** Copies the state now; {@code image} must not exist. */
  static CrashImage take(Path state, Path image) {
    CrashImage taken = new CrashImage(state, image);
    try {
      Files.createDirectories(image);
      taken.exports();
      while (!taken.cache()) {
        Thread.onSpinWait(); // a checkpoint came between
      }
      taken.rest();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return taken;
  }

  /** Puts the image in the place of the state; nobody may use either. */
  void restore() {
    try {
      delete(state);
      Files.move(image, state);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void exports() throws IOException {
    Path folder = state.resolve("export");
    if (Files.exists(folder)) {
      copy(folder.resolve("latest.json")); // written after the files that it names
      for (Path file : filesBelow(folder)) {
        if (!Files.exists(target(file))) {
          copy(file);
        }
      }
    }
  }

  /** The log only grows, unless a checkpoint moves it into the file. */
  private boolean cache() throws IOException {
    Path file = state.resolve("cache.duckdb");
    FileTime before = Files.getLastModifiedTime(file);
    long size = Files.size(file);
    copy(file);
    copy(state.resolve("cache.duckdb.wal"));
    return before.equals(Files.getLastModifiedTime(file)) && size == Files.size(file);
  }

  private void rest() throws IOException {
    for (Path file : filesBelow(state)) {
      if (!Files.exists(target(file)) && !file.startsWith(state.resolve("export"))) {
        copy(file);
      }
    }
  }

  private static List<Path> filesBelow(Path folder) throws IOException {
    try (Stream<Path> paths = Files.walk(folder)) {
      return paths.filter(Files::isRegularFile).sorted().toList();
    } catch (UncheckedIOException e) {
      return filesBelow(folder); // something went away meanwhile
    }
  }

  private Path target(Path file) {
    return image.resolve(state.relativize(file));
  }

  private void copy(Path file) throws IOException {
    Path target = target(file);
    Files.deleteIfExists(target);
    Files.createDirectories(target.getParent());
    try {
      Files.copy(file, target);
    } catch (NoSuchFileException e) {
      Files.deleteIfExists(target); // gone meanwhile
    }
  }

  static void delete(Path folder) throws IOException {
    try (Stream<Path> paths = Files.walk(folder)) {
      for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(path);
      }
    }
  }
}
