package io.flashduck.server.cli;

import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** The command {@code flashduck} itself: version, help, and the parent of all other commands. */
@Command(
    name = "flashduck",
    description = "A fast, always-fresh SQL server over a folder of files.",
    mixinStandardHelpOptions = true,
    versionProvider = BuildVersion.class,
    synopsisSubcommandLabel = "COMMAND",
    exitCodeListHeading = "%nExit codes:%n",
    footer = {
      "",
      "Examples:",
      "  flashduck demo                       serve a sample folder that keeps changing",
      "  flashduck serve --data ~/tables      serve a folder of your own",
      "  flashduck sql \"SELECT * FROM orders LIMIT 5\"",
      "  flashduck put orders new.parquet     upsert the rows of a file",
      "  flashduck doctor                     how clients connect, and why they do not",
      "  flashduck COMMAND --help             all options of a command"
    })
public final class RootCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  private RootCommand() {}

  /** Parses the arguments, runs the command that they name, and returns its exit code. */
  public static int run(CliContext context, String... args) {
    CommandLine root = commandLine(context);
    int exitCode;
    try {
      exitCode = root.execute(args);
    } catch (Error defect) { // picocli hands on exceptions only
      exitCode = Failures.report(defect, root, Arrays.asList(args).contains("--debug"));
    }
    root.getOut().flush();
    root.getErr().flush();
    context.out().flush();
    return exitCode;
  }

  /** The program's version, such as {@code 1.0.0}. */
  public static String version() {
    return BuildVersion.number();
  }

  static CommandLine commandLine(CliContext context) {
    CommandLine root = new CommandLine(new RootCommand());
    root.getCommandSpec()
        .addOption(
            OptionSpec.builder("--debug")
                .type(boolean.class)
                .scopeType(ScopeType.INHERIT)
                .description("Print the stack trace of a failure.")
                .build());
    root.addSubcommand(ServeCommand.commandLine(context));
    for (Object command : commands(context)) {
      root.addSubcommand(command);
    }
    Failures failures = new Failures();
    root.setExecutionExceptionHandler(failures);
    root.setParameterExceptionHandler(failures);
    root.setCaseInsensitiveEnumValuesAllowed(true);
    root.setAbbreviatedOptionsAllowed(false);
    root.setUsageHelpAutoWidth(true);
    root.setOut(new PrintWriter(context.out(), true, StandardCharsets.UTF_8));
    root.setErr(new PrintWriter(context.err(), true, StandardCharsets.UTF_8));
    root.getCommandSpec().usageMessage().exitCodeList(ExitCodes.help());
    return root;
  }

  private static List<Object> commands(CliContext context) {
    return List.of(
        new DemoCommand(context),
        new SqlCommand(context),
        new PutCommand(context),
        new TablesCommand(context),
        new StatusCommand(context),
        new DoctorCommand(context),
        new ExportCommand(context),
        new VerifyCommand(context),
        new QueueCommand(context),
        BenchCommand.commandLine(context),
        new CompletionCommand(context));
  }

  @Override
  public Integer call() {
    spec.commandLine().usage(spec.commandLine().getOut());
    return ExitCodes.OK;
  }
}
