package io.flashduck.server.cli;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.flashduck.server.cli.remote.RemoteSession;
import java.util.concurrent.Callable;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/**
 * Shows a server's state as JSON.
 *
 * <p>Threading: the main thread.
 */
@Command(
    name = "status",
    description =
        "Show a server's state as JSON: versions, write queue, tables, files, how far loads are.",
    mixinStandardHelpOptions = true,
    sortOptions = false)
final class StatusCommand implements Callable<Integer> {
  private final CliContext context;

  @Mixin private RemoteOptions remote;

  StatusCommand(CliContext context) {
    this.context = context;
  }

  @Override
  public Integer call() {
    try (BufferAllocator allocator = new RootAllocator();
        RemoteSession session = remote.connect(context, allocator)) {
      session
          .action("flashduck.status", JsonNodeFactory.instance.objectNode())
          .forEach(answer -> context.out().println(answer.toPrettyString()));
    }
    return ExitCodes.OK;
  }
}
