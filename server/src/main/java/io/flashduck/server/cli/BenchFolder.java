package io.flashduck.server.cli;

import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A temporary folder that a measurement writes into and that is gone afterwards.
 *
 * <p>Threading: confined to one thread.
 */
final class BenchFolder implements AutoCloseable {
  private final Path path;

  private BenchFolder(Path path) {
    this.path = path;
  }

  /** Makes one below that folder, or below the temporary one. */
  static BenchFolder in(@Nullable Path parent) {
    try {
      Path below = parent == null ? Path.of(System.getProperty("java.io.tmpdir")) : parent;
      return new BenchFolder(Files.createTempDirectory(below, "flashduck-bench-").toRealPath());
    } catch (IOException e) {
      throw new FlashDuckException(
          ErrorCode.IO_ERROR,
          "Cannot make a folder in " + parent + ": " + e + "; give another with --folder",
          e);
    }
  }

  Path path() {
    return path;
  }

  /** An empty folder of that name in it. */
  Path folder(String name) throws IOException {
    Path folder = path.resolve(name);
    delete(folder);
    return Files.createDirectories(folder);
  }

  static void delete(Path folder) throws IOException {
    if (!Files.exists(folder)) {
      return;
    }
    try (Stream<Path> paths = Files.walk(folder)) {
      for (Path each : paths.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(each);
      }
    }
  }

  @Override
  public void close() throws IOException {
    delete(path);
  }
}
