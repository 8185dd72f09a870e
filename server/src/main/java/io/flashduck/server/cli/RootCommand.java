package io.flashduck.server.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** The command {@code flashduck} itself: version, help, and the parent of all other commands. */
@Command(
    name = "flashduck",
    description = "A fast, always-fresh SQL server over a folder of files.",
    mixinStandardHelpOptions = true,
    versionProvider = BuildVersion.class)
public final class RootCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  /** Parses the arguments, runs the command that they name, and returns its exit code. */
  public static int run(String... args) {
    return new CommandLine(new RootCommand()).execute(args);
  }

  @Override
  public Integer call() {
    spec.commandLine().usage(spec.commandLine().getOut());
    return CommandLine.ExitCode.OK;
  }
}
