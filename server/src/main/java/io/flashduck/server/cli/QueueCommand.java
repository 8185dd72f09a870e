package io.flashduck.server.cli;

import io.flashduck.server.cli.output.Elapsed;
import io.flashduck.server.queue.ChannelFileLayer;
import io.flashduck.server.queue.QueueInspector;
import io.flashduck.server.queue.QueueReport;
import io.flashduck.server.table.fold.FoldReport;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/**
 * Looks into the write queue of a state folder, without a server and without changing anything.
 *
 * <p>Threading: the main thread.
 */
@Command(
    name = "queue",
    description = "Look into the write queue of a state folder; it may be in use.",
    mixinStandardHelpOptions = true,
    footer = {
      "",
      "Examples:",
      "  flashduck queue inspect ~/tables/.flashduck",
      "  flashduck queue verify ~/tables/.flashduck || echo damaged"
    })
final class QueueCommand implements Callable<Integer> {
  private final CliContext context;

  @Spec private CommandSpec spec;

  QueueCommand(CliContext context) {
    this.context = context;
  }

  @Override
  public Integer call() {
    spec.commandLine().usage(spec.commandLine().getOut());
    return ExitCodes.OK;
  }

  @Command(
      name = "inspect",
      description =
          "Show the segments and folded changes, what is damaged, and with --changes every change.",
      mixinStandardHelpOptions = true)
  int inspect(
      @Parameters(paramLabel = "FOLDER", description = "The state folder, or its queue folder.")
          Path folder,
      @Option(names = "--changes", description = "Also one line per change.") boolean changes) {
    QueueReport report =
        QueueInspector.inspect(
            queueFolder(folder),
            new ChannelFileLayer(),
            entry -> {
              if (changes) {
                context
                    .out()
                    .println(
                        "change "
                            + entry.sequence()
                            + "  "
                            + entry.acceptedAt()
                            + "  "
                            + Elapsed.bytes(entry.payloadBytes())
                            + "  "
                            + entry.segment().getFileName()
                            + " at "
                            + entry.offset());
              }
            });
    report.print(context.out());
    changes(folder).ifPresent(folded -> folded.print(context.out()));
    return ExitCodes.OK;
  }

  @Command(
      name = "verify",
      description = "Check every checksum; exit code 5 if anything is damaged.",
      mixinStandardHelpOptions = true)
  int verify(
      @Parameters(paramLabel = "FOLDER", description = "The state folder, or its queue folder.")
          Path folder) {
    QueueReport report =
        QueueInspector.inspect(queueFolder(folder), new ChannelFileLayer(), entry -> {});
    if (!report.intact()) {
      report.print(context.err());
      return ExitCodes.VERIFICATION_FAILED;
    }
    Optional<FoldReport> folded = changes(folder);
    if (folded.isPresent() && !folded.get().intact()) {
      folded.get().print(context.err());
      return ExitCodes.VERIFICATION_FAILED;
    }
    context
        .out()
        .println(
            "intact: "
                + Elapsed.count(report.changes(), "change")
                + folded
                    .map(f -> ", " + Elapsed.count(f.files(), "file") + " of folded changes")
                    .orElse(""));
    return ExitCodes.OK;
  }

  /** What is folded, if the folder is a state folder, or the queue's inside of one. */
  private static Optional<FoldReport> changes(Path folder) {
    Path state = Files.isDirectory(folder.resolve("writes")) ? folder : folder.resolve("..");
    Path changes = state.resolve("changes").normalize();
    return Files.isDirectory(changes)
        ? Optional.of(FoldReport.of(changes, new ChannelFileLayer()))
        : Optional.empty();
  }

  private static Path queueFolder(Path folder) {
    Path inState = folder.resolve("writes");
    Path found = Files.isDirectory(inState) ? inState : folder;
    if (!Files.isDirectory(found)) {
      throw CommandFailure.usage("There is no folder " + folder + ".");
    }
    return found;
  }
}
