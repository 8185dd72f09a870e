package io.flashduck.server.cli;

import io.flashduck.server.cli.RunningServer.TableLine;
import io.flashduck.server.cli.output.Elapsed;
import io.flashduck.server.cli.output.TableDrawing;
import io.flashduck.server.cli.output.TableStyle;
import io.flashduck.server.config.LoadedConfig;
import io.flashduck.server.config.ServerConfig;
import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import org.jline.utils.Signals;

/**
 * Runs a server in the foreground: shows its start, how to connect and its tables, then waits until
 * a signal stops it.
 *
 * <p>Threading: the main thread; signals arrive on a thread of their own.
 */
final class Serving {
  private static final int MOST_TABLES = 50;

  private Serving() {}

  /**
   * Starts, runs and stops.
   *
   * @param meanwhile told once the server runs; must return
   */
  static int run(CliContext context, LoadedConfig loaded, Consumer<RunningServer> meanwhile)
      throws InterruptedException {
    loaded.warnings().forEach(warning -> context.err().println("Warning: " + warning));
    ServerConfig config = loaded.config();
    long start = System.nanoTime();
    ForegroundProgress progress = new ForegroundProgress(context);
    try (RunningServer server = context.starter().start(config, progress)) {
      progress.done();
      Object onTerm = Signals.register("TERM", () -> stop(context, server));
      Object onInt = Signals.register("INT", () -> stop(context, server));
      try {
        announce(context.out(), config, server, System.nanoTime() - start);
        meanwhile.accept(server);
        server.awaitClosed();
      } catch (FlashDuckException e) {
        if (e.code() != ErrorCode.SHUTTING_DOWN) {
          throw e;
        }
        server.awaitClosed(); // a signal came while it announced itself
      } finally {
        Signals.unregister("TERM", onTerm);
        Signals.unregister("INT", onInt);
      }
    } finally {
      progress.done();
    }
    return ExitCodes.OK;
  }

  private static void stop(CliContext context, RunningServer server) {
    context.err().println("Stopping; accepted writes are kept.");
    server.close();
  }

  private static void announce(
      PrintStream out, ServerConfig config, RunningServer server, long nanos) {
    List<TableLine> tables = server.tables();
    out.printf(
        Locale.ROOT,
        "FlashDuck serves %s: %s, ready in %s.%n%n",
        config.data().dataDir(),
        Elapsed.count(tables.size(), "table"),
        Elapsed.text(nanos));
    if (!tables.isEmpty()) {
      out.println(table(tables));
    }
    server.problems().forEach(problem -> out.println("Not served: " + problem));
    out.println(ConnectionHints.of(config, server.port(), server.httpPort()).text());
    out.flush();
  }

  private static String table(List<TableLine> tables) {
    List<List<String>> rows =
        tables.stream()
            .limit(MOST_TABLES)
            .map(
                table ->
                    List.of(
                        table.name(),
                        String.format(Locale.ROOT, "%,d", table.rows()),
                        String.valueOf(table.columns()),
                        table.key()))
            .toList();
    ByteArrayOutputStream drawn = new ByteArrayOutputStream();
    try {
      TableDrawing.draw(
          drawn,
          TableStyle.unlimited(),
          List.of("table", "rows", "columns", "key"),
          rows,
          new boolean[] {false, true, true, false});
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    String more =
        tables.size() > MOST_TABLES ? "and " + (tables.size() - MOST_TABLES) + " more\n" : "";
    return drawn.toString(StandardCharsets.UTF_8) + more;
  }
}
