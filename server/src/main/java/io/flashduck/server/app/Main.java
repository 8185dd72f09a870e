package io.flashduck.server.app;

import io.flashduck.server.cli.RootCommand;

/** The entry point of the executable jar. */
public final class Main {
  private Main() {}

  /** Runs one command and exits with its code. */
  public static void main(String[] args) {
    // Before any Netty class loads: without it arrow-memory-netty fails on JDK 24 and newer.
    System.setProperty("io.netty.noUnsafe", "false");
    System.exit(RootCommand.run(args));
  }
}
