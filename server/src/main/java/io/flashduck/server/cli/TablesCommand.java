package io.flashduck.server.cli;

import io.flashduck.server.cli.output.OutputFormat;
import io.flashduck.server.cli.output.ResultWriters;
import io.flashduck.server.cli.output.RowStream;
import io.flashduck.server.cli.output.TableStyle;
import io.flashduck.server.cli.remote.RemoteSession;
import io.flashduck.server.cli.remote.StatementOutcome;
import java.io.IOException;
import java.util.concurrent.Callable;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * Lists a server's tables.
 *
 * <p>Threading: the main thread.
 */
@Command(
    name = "tables",
    description = "List the tables of a server: rows, key, version.",
    mixinStandardHelpOptions = true,
    sortOptions = false)
final class TablesCommand implements Callable<Integer> {
  private static final String QUERY = "SELECT * FROM flashduck.tables ORDER BY ALL";

  private final CliContext context;

  @Option(
      names = "--format",
      defaultValue = "table",
      description = "table, csv, json or ndjson; table by default.")
  private OutputFormat format;

  @Mixin private RemoteOptions remote;

  TablesCommand(CliContext context) {
    this.context = context;
  }

  @Override
  public Integer call() throws IOException {
    try (BufferAllocator allocator = new RootAllocator();
        RemoteSession session = remote.connect(context, allocator)) {
      StatementOutcome outcome = session.run(QUERY);
      if (outcome instanceof StatementOutcome.Rows result) {
        try (RowStream rows = result.stream()) {
          TableStyle style = new TableStyle(context.terminals().width(), 0, true, "");
          ResultWriters.of(format, context.out(), style, false).write(rows);
        }
      }
    }
    return ExitCodes.OK;
  }
}
