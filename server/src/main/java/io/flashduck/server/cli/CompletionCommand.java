package io.flashduck.server.cli;

import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.AutoComplete;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/**
 * Prints the script with which a shell completes this program's commands and options.
 *
 * <p>Threading: the main thread.
 */
@Command(
    name = "completion",
    description = "Print the completion script of a shell.",
    mixinStandardHelpOptions = true,
    footer = {
      "",
      "Examples:",
      "  source <(flashduck completion bash)",
      "  source <(flashduck completion zsh)"
    })
final class CompletionCommand implements Callable<Integer> {
  private final CliContext context;

  @Spec private CommandSpec spec;

  @Parameters(paramLabel = "SHELL", description = "bash or zsh")
  private String shell;

  CompletionCommand(CliContext context) {
    this.context = context;
  }

  @Override
  public Integer call() {
    String name = shell.toLowerCase(Locale.ROOT);
    if (!name.equals("bash") && !name.equals("zsh")) {
      throw CommandFailure.usage("There is no completion for '" + shell + "'; name bash or zsh.");
    }
    // One script for both: it switches bash's completion on when it is sourced by zsh.
    context.out().print(AutoComplete.bash("flashduck", spec.root().commandLine()));
    return ExitCodes.OK;
  }
}
