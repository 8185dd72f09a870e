package io.flashduck.server.engine;

import java.nio.file.Path;
import java.util.List;

/**
 * What the engine needs to know before it opens.
 *
 * <p>Threading: immutable.
 *
 * @param databaseFile the cache file; created if missing
 * @param tempDirectory where DuckDB spills and where statements may write temporary files; created
 *     if missing
 * @param allowedDirectories the only other directories that any statement can read or write, links
 *     resolved
 * @param memoryLimit DuckDB's own memory limit as it writes it, for example {@code 4GB}
 * @param threads DuckDB's worker threads, at least 1
 * @param readPool the bounds of the pool for session-less reads
 */
public record EngineSettings(
    Path databaseFile,
    Path tempDirectory,
    List<Path> allowedDirectories,
    String memoryLimit,
    int threads,
    ReadPoolSettings readPool) {
  public EngineSettings {
    allowedDirectories = List.copyOf(allowedDirectories);
    if (threads < 1) {
      throw new IllegalArgumentException("threads must be at least 1, got " + threads);
    }
  }
}
