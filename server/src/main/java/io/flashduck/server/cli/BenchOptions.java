package io.flashduck.server.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/**
 * What the measurements that start their own server, or none, have in common: where files go, and
 * the JSON.
 *
 * <p>Threading: filled by picocli, then read by the command.
 */
final class BenchOptions {
  @Option(
      names = "--folder",
      paramLabel = "DIR",
      description = "Write below this folder; default the temporary one.")
  private @Nullable Path folder;

  @Option(names = "--json", paramLabel = "FILE", description = "Also write the results there.")
  private @Nullable Path json;

  /** The folder below which files are written. */
  Path parent() {
    return folder == null ? Path.of(System.getProperty("java.io.tmpdir")) : folder;
  }

  /** A folder below it that is gone when it is closed. */
  BenchFolder work() {
    return BenchFolder.in(folder);
  }

  /** Writes the results, with what they were measured on, if a file is wanted. */
  void writeJson(ObjectNode results, int rounds) throws IOException {
    if (json != null) {
      results.put("rounds", rounds);
      results.put("processors", Runtime.getRuntime().availableProcessors());
      Files.writeString(json, results.toPrettyString() + "\n");
    }
  }
}
