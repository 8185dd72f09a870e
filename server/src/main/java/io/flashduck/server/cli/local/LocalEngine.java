package io.flashduck.server.cli.local;

import io.flashduck.server.engine.Engine;
import io.flashduck.server.engine.EngineSettings;
import io.flashduck.server.engine.ReadPoolSettings;
import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * A DuckDB instance of the command line's own, in a temporary folder that is gone afterwards.
 *
 * <p>Threading: as {@link Engine}.
 */
public final class LocalEngine implements AutoCloseable {
  private final Engine engine;
  private final Path folder;

  private LocalEngine(Engine engine, Path folder) {
    this.engine = engine;
    this.folder = folder;
  }

  /**
   * Opens an instance.
   *
   * @param folders what it may read and write, besides its own folder
   */
  public static LocalEngine open(List<Path> folders) {
    return open(Path.of(System.getProperty("java.io.tmpdir")), folders, "1GB");
  }

  /**
   * Opens an instance.
   *
   * @param parent where its own folder is made
   * @param folders what it may read and write, besides its own folder
   * @param memory DuckDB's memory limit
   */
  public static LocalEngine open(Path parent, List<Path> folders, String memory) {
    try {
      Path folder = Files.createTempDirectory(parent, "flashduck-").toRealPath();
      try {
        EngineSettings settings =
            new EngineSettings(
                folder.resolve("local.duckdb"),
                folder.resolve("tmp"),
                folders,
                memory,
                Math.max(1, Runtime.getRuntime().availableProcessors()),
                new ReadPoolSettings(1, Duration.ZERO));
        return new LocalEngine(Engine.open(settings), folder);
      } catch (RuntimeException e) {
        delete(folder);
        throw e;
      }
    } catch (IOException e) {
      throw new FlashDuckException(
          ErrorCode.IO_ERROR, "Cannot make a temporary folder: " + e.getMessage(), e);
    }
  }

  /** The instance; borrowed. */
  public Engine engine() {
    return engine;
  }

  /** A file name in the instance's own folder. */
  public Path temporary(String name) {
    return folder.resolve("tmp").resolve(name);
  }

  @Override
  public void close() {
    engine.close();
    delete(folder);
  }

  private static void delete(Path folder) {
    try (Stream<Path> paths = Files.walk(folder)) {
      for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(path);
      }
    } catch (IOException leftBehind) {
      // the operating system cleans its temporary folder
    }
  }
}
