package io.flashduck.server.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.flashduck.server.cli.output.TableDrawing;
import io.flashduck.server.cli.output.TableStyle;
import io.flashduck.server.cli.remote.RemoteSession;
import io.flashduck.server.cli.shell.Names;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.StringJoiner;
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
    description = "List the tables of a server: rows, key, files, problems.",
    mixinStandardHelpOptions = true,
    sortOptions = false)
final class TablesCommand implements Callable<Integer> {
  private final CliContext context;

  @Option(names = "--json", description = "One JSON object per table and line.")
  private boolean json;

  @Mixin private RemoteOptions remote;

  TablesCommand(CliContext context) {
    this.context = context;
  }

  @Override
  public Integer call() throws IOException {
    try (BufferAllocator allocator = new RootAllocator();
        RemoteSession session = remote.connect(context, allocator)) {
      for (JsonNode status :
          session.action("flashduck.status", JsonNodeFactory.instance.objectNode())) {
        show(status.path("tables"));
      }
    }
    return ExitCodes.OK;
  }

  private void show(JsonNode tables) throws IOException {
    if (json) {
      tables.forEach(table -> context.out().println(table));
      return;
    }
    List<List<String>> rows = new ArrayList<>();
    tables.forEach(table -> rows.add(row(table)));
    TableDrawing.draw(
        context.out(),
        new TableStyle(context.terminals().width(), 0, true, ""),
        List.of("table", "rows", "columns", "key", "files", "problem"),
        rows,
        new boolean[] {false, true, true, false, true, false});
  }

  private static List<String> row(JsonNode table) {
    StringJoiner key = new StringJoiner(", ");
    table.path("key").forEach(column -> key.add(column.asText()));
    return List.of(
        Names.shown(table.path("schema").asText(), table.path("name").asText()),
        String.format(Locale.ROOT, "%,d", table.path("rows").asLong()),
        String.valueOf(table.path("columns").size()),
        key.toString(),
        table.path("files").asText(),
        table.path("problem").asText(""));
  }
}
