package io.flashduck.server.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.flashduck.server.cli.output.Elapsed;
import io.flashduck.server.cli.remote.RemoteSession;
import java.util.concurrent.Callable;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/**
 * Makes the server write its consolidated Parquet files now.
 *
 * <p>Threading: the main thread.
 */
@Command(
    name = "export",
    description = "Wait until a table's one Parquet file holds its present state, and name it.",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    footer = {"", "Examples:", "  flashduck export", "  flashduck export orders"})
final class ExportCommand implements Callable<Integer> {
  private final CliContext context;

  @Parameters(
      arity = "0..1",
      paramLabel = "TABLE",
      description = "name or schema.name; all tables without it.")
  private @Nullable String table;

  @Mixin private RemoteOptions remote;

  ExportCommand(CliContext context) {
    this.context = context;
  }

  @Override
  public Integer call() {
    try (BufferAllocator allocator = new RootAllocator();
        RemoteSession session = remote.connect(context, allocator)) {
      for (JsonNode file : TableAction.call(session, "flashduck.export", table)) {
        context
            .out()
            .println(
                file.path("table").asText()
                    + ": "
                    + file.path("file").asText()
                    + ", "
                    + Elapsed.count(file.path("rows").asLong(), "row")
                    + ", "
                    + Elapsed.bytes(file.path("bytes").asLong())
                    + ", version "
                    + file.path("version").asLong()
                    + ", sequence "
                    + file.path("sequence").asLong());
      }
    }
    return ExitCodes.OK;
  }
}
