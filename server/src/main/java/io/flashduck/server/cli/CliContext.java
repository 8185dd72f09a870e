package io.flashduck.server.cli;

import java.io.InputStream;
import java.io.PrintStream;
import java.util.Map;

/**
 * What a command gets from the process that it runs in, so that tests can run it with their own.
 *
 * <p>Threading: immutable; the streams are shared.
 *
 * @param environment the environment variables
 * @param in standard input
 * @param out standard output, UTF-8
 * @param err standard error, UTF-8
 * @param terminals whether those are terminals
 * @param starter starts a server in this process
 */
public record CliContext(
    Map<String, String> environment,
    InputStream in,
    PrintStream out,
    PrintStream err,
    Terminals terminals,
    ServerStarter starter) {
  public CliContext {
    environment = Map.copyOf(environment);
  }
}
