package io.flashduck.server.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/**
 * What the measurements without a given server have in common: how often, where the files go, and
 * the JSON.
 *
 * <p>Threading: filled by picocli, then read by the command.
 */
final class BenchOptions {
  @Option(
      names = "--rounds",
      paramLabel = "N",
      defaultValue = "5",
      description = "Measure each case N times. Default ${DEFAULT-VALUE}.")
  private int rounds;

  @Option(
      names = "--folder",
      paramLabel = "DIR",
      description = "Write below this folder; default the temporary one.")
  private @Nullable Path folder;

  @Option(names = "--json", paramLabel = "FILE", description = "Also write the results there.")
  private @Nullable Path json;

  /** Refuses what makes no sense. */
  void check() {
    BenchServerOptions.atLeast("--rounds", rounds, 1);
  }

  int rounds() {
    return rounds;
  }

  /** A folder that is gone when it is closed. */
  BenchFolder work() {
    return BenchFolder.in(folder);
  }

  void writeJson(ObjectNode results) throws IOException {
    if (json != null) {
      results.put("rounds", rounds);
      results.put("processors", Runtime.getRuntime().availableProcessors());
      Files.writeString(json, results.toPrettyString() + "\n");
    }
  }
}
