package io.flashduck.server.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.flashduck.server.cli.output.Elapsed;
import io.flashduck.server.cli.remote.RemoteSession;
import java.util.List;
import java.util.concurrent.Callable;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/**
 * Compares consolidated Parquet files with their tables.
 *
 * <p>Threading: the main thread.
 */
@Command(
    name = "verify",
    description = "Check that a table's Parquet file equals the table at the version it names.",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    footer = {
      "",
      "Exit code 5 if any file differs.",
      "",
      "Examples:",
      "  flashduck verify",
      "  flashduck verify sales.customers"
    })
final class VerifyCommand implements Callable<Integer> {
  private final CliContext context;

  @Parameters(
      arity = "0..1",
      paramLabel = "TABLE",
      description = "name or schema.name; all tables without it.")
  private @Nullable String table;

  @Mixin private RemoteOptions remote;

  VerifyCommand(CliContext context) {
    this.context = context;
  }

  @Override
  public Integer call() {
    boolean equal = true;
    try (BufferAllocator allocator = new RootAllocator();
        RemoteSession session = remote.connect(context, allocator)) {
      List<JsonNode> reports = TableAction.call(session, "flashduck.verify", table);
      for (JsonNode report : reports) {
        equal &= show(report);
      }
    }
    return equal ? ExitCodes.OK : ExitCodes.VERIFICATION_FAILED;
  }

  private boolean show(JsonNode report) {
    boolean equal = report.path("equal").asBoolean();
    String name = report.path("table").asText();
    if (equal) {
      context
          .out()
          .println(
              name
                  + ": equal, "
                  + Elapsed.count(report.path("fileRows").asLong(), "row")
                  + " at version "
                  + report.path("version").asLong()
                  + ", sequence "
                  + report.path("sequence").asLong()
                  + ", "
                  + report.path("file").asText());
    } else {
      context.out().println(name + ": DIFFERENT, " + report.path("file").asText());
      report.path("problems").forEach(problem -> context.out().println("  " + problem.asText()));
    }
    return equal;
  }
}
