package io.flashduck.server.app;

import io.flashduck.server.cli.CliContext;
import io.flashduck.server.cli.RootCommand;
import io.flashduck.server.cli.Terminals;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.logging.Level;
import java.util.logging.Logger;

/** The entry point of the executable jar. */
public final class Main {
  private Main() {}

  /** Runs one command and exits with its code. */
  public static void main(String[] args) {
    // Before any Netty class loads: without it arrow-memory-netty fails on JDK 24 and newer.
    System.setProperty("io.netty.noUnsafe", "false");
    // The JDK's HTTP server: answer at once, and drop clients that send a request too slowly.
    System.setProperty("sun.net.httpserver.nodelay", "true");
    System.setProperty("sun.net.httpserver.maxReqTime", "300");
    // What the JDK and JLine log themselves would only disturb the command's own output.
    Logger.getLogger("").setLevel(Level.SEVERE);
    CliContext context =
        new CliContext(
            System.getenv(),
            System.in,
            stream(FileDescriptor.out),
            stream(FileDescriptor.err),
            Terminals.ofProcess(),
            (config, progress) -> FlashDuckServer.start(config, RootCommand.version(), progress));
    System.exit(RootCommand.run(context, args));
  }

  /** Tables are drawn with characters that the platform's charset may lack. */
  private static PrintStream stream(FileDescriptor descriptor) {
    return new PrintStream(new FileOutputStream(descriptor), true, StandardCharsets.UTF_8);
  }
}
