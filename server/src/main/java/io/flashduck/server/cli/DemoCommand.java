package io.flashduck.server.cli;

import io.flashduck.server.cli.demo.Demonstration;
import io.flashduck.server.cli.remote.RemoteSettings;
import io.flashduck.server.config.ConfigLoader;
import io.flashduck.server.config.ConfigSources;
import io.flashduck.server.config.LoadedConfig;
import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.apache.arrow.flight.FlightRuntimeException;
import org.apache.arrow.flight.FlightStatusCode;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Writes a sample folder, serves it on loopback, and keeps changing it.
 *
 * <p>Threading: the main thread; the changes are made on one of their own.
 */
@Command(
    name = "demo",
    description = {
      "Serve a sample folder on this machine and keep changing it: new files, rewritten files,",
      "upserts. Each change is shown with the time until a query sees it."
    },
    mixinStandardHelpOptions = true,
    sortOptions = false,
    footer = {
      "",
      "Examples:",
      "  flashduck demo",
      "  flashduck demo --dir ~/shop --rows 5000000      a large table, files kept"
    })
final class DemoCommand implements Callable<Integer> {
  private final CliContext context;

  @Option(
      names = "--port",
      paramLabel = "PORT",
      defaultValue = "31337",
      description = "The Flight SQL port, 31337 by default; 0 for any free one.")
  private int port;

  @Option(
      names = "--http-port",
      paramLabel = "PORT",
      defaultValue = "8080",
      description = "The port of the web page, 8080 by default; 0 for any free one, or off.")
  private String httpPort;

  @Option(
      names = "--dir",
      paramLabel = "FOLDER",
      description = "Write into this empty folder and keep it; a temporary one by default.")
  private @Nullable Path dir;

  @Option(names = "--keep", description = "Keep the temporary folder too.")
  private boolean keep;

  @Option(
      names = "--rows",
      paramLabel = "N",
      defaultValue = "100000",
      description = "Rows of the largest table, 100000 by default.")
  private long rows;

  @Option(
      names = "--every",
      paramLabel = "MILLIS",
      defaultValue = "2000",
      description = "The pause between two changes, 2000 ms by default.")
  private long everyMillis;

  @Option(
      names = "--changes",
      paramLabel = "N",
      defaultValue = "0",
      description = "Stop after so many changes; 0, the default, for never.")
  private int changes;

  @Option(
      names = "--log-level",
      paramLabel = "LEVEL",
      defaultValue = "WARN",
      description = "What goes to standard error: error, warn (the default), info or debug.")
  private LogLevel logLevel;

  DemoCommand(CliContext context) {
    this.context = context;
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    logLevel.apply();
    Path folder = dir == null ? Files.createTempDirectory("flashduck-demo-") : dir;
    try {
      context.out().println("Writing a small web shop into " + folder);
      try (Demonstration demo = Demonstration.write(folder.toAbsolutePath(), rows)) {
        return serve(demo, folder.toAbsolutePath());
      }
    } finally {
      if (dir == null && !keep) {
        delete(folder);
      } else {
        context.out().println("The files are in " + folder);
      }
    }
  }

  private int serve(Demonstration demo, Path folder) throws InterruptedException {
    LoadedConfig loaded =
        ServeFailures.asUsage(
            () ->
                ConfigLoader.load(
                    ConfigSources.ofSettings(
                        Map.of(
                            "--data", folder.toString(),
                            "--port", String.valueOf(port),
                            "--http-port", httpPort))));
    AtomicReference<RuntimeException> failure = new AtomicReference<>();
    int exitCode =
        Serving.run(
            context,
            loaded,
            server -> {
              context.out().println();
              context.out().println("Changes now come in; Ctrl-C ends the demo.");
              demo.feed(
                  RemoteSettings.plain("127.0.0.1", server.port()),
                  Duration.ofMillis(everyMillis),
                  changes,
                  context.out()::println,
                  ended -> {
                    ended.filter(e -> !isStopping(e)).ifPresent(failure::set);
                    server.close();
                  });
            });
    RuntimeException failed = failure.get();
    if (failed != null) {
      throw failed;
    }
    return exitCode;
  }

  /** The server is of this process, so a change that finds it unavailable came while it stops. */
  private static boolean isStopping(RuntimeException failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof FlightRuntimeException call
          && call.status().code() == FlightStatusCode.UNAVAILABLE) {
        return true;
      }
    }
    return false;
  }

  private static void delete(Path folder) {
    try (Stream<Path> paths = Files.walk(folder)) {
      for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(path);
      }
    } catch (IOException e) {
      throw new FlashDuckException(
          ErrorCode.IO_ERROR, "Cannot delete the folder " + folder + ": " + e.getMessage(), e);
    }
  }
}
