package io.flashduck.server.engine;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;

/** An engine in a temporary folder and an allocator that fails the test if a buffer leaks. */
public final class EngineFixture implements AutoCloseable {
  public final Path folder;
  public final Engine engine;
  public final BufferAllocator allocator = new RootAllocator();

  public EngineFixture(Path folder) {
    this.folder = folder;
    this.engine = Engine.open(settings(folder));
  }

  /** Cache, temp and one readable folder {@code data} below {@code folder}. */
  public static EngineSettings settings(Path folder) {
    try {
      Files.createDirectories(folder.resolve("data"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return new EngineSettings(
        folder.resolve("state/cache.duckdb"),
        folder.resolve("state/tmp"),
        List.of(folder.resolve("data")),
        "1GB",
        2,
        new ReadPoolSettings(2, Duration.ofSeconds(2)));
  }

  @Override
  public void close() {
    engine.close();
    allocator.close();
  }
}
