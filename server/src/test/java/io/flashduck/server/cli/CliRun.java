package io.flashduck.server.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.util.Map;

/**
 * One run of the command line in this process.
 *
 * @param exitCode what the process would exit with
 * @param out standard output
 * @param err standard error
 */
public record CliRun(int exitCode, String out, String err) {
  private static final ServerStarter NO_SERVER =
      (config, progress) -> {
        throw new AssertionError("no server is started in this test");
      };

  /** Runs without environment, input and terminal. */
  public static CliRun of(String... args) {
    return with(Map.of(), "", NO_SERVER, args);
  }

  public static CliRun with(
      Map<String, String> environment, String input, ServerStarter starter, String... args) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    CliContext context =
        new CliContext(
            environment,
            new ByteArrayInputStream(input.getBytes(UTF_8)),
            new PrintStream(out, true, UTF_8),
            new PrintStream(err, true, UTF_8),
            Terminals.NONE,
            starter);
    int exitCode = RootCommand.run(context, args);
    return new CliRun(exitCode, out.toString(UTF_8), err.toString(UTF_8));
  }
}
