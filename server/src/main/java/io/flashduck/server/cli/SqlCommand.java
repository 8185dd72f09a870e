package io.flashduck.server.cli;

import io.flashduck.server.cli.local.ParquetResultWriter;
import io.flashduck.server.cli.output.Elapsed;
import io.flashduck.server.cli.output.OutputFormat;
import io.flashduck.server.cli.output.ResultWriter;
import io.flashduck.server.cli.output.ResultWriters;
import io.flashduck.server.cli.output.RowStream;
import io.flashduck.server.cli.output.TableStyle;
import io.flashduck.server.cli.remote.RemoteSession;
import io.flashduck.server.cli.remote.RemoteSettings;
import io.flashduck.server.cli.remote.StatementOutcome;
import io.flashduck.server.cli.shell.Shell;
import io.flashduck.server.engine.sql.SqlScript;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.jline.terminal.Terminal;
import org.jline.terminal.TerminalBuilder;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * Runs SQL on a server, or opens the interactive shell.
 *
 * <p>Threading: the main thread.
 */
@Command(
    name = "sql",
    description = "Run SQL on a server; without a statement, open the interactive shell.",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    footer = {
      "",
      "Examples:",
      "  flashduck sql                                    the shell",
      "  flashduck sql \"SELECT count(*) FROM orders\"",
      "  flashduck sql \"FROM orders\" --output orders.parquet",
      "  flashduck sql --format csv < report.sql > report.csv",
      "  flashduck sql --url grpc+tls://db:31337 -u ann --password-file ann.txt \"FROM t\""
    })
final class SqlCommand implements Callable<Integer> {
  private final CliContext context;

  @Parameters(
      arity = "0..1",
      paramLabel = "SQL",
      description = "One or more statements, separated by semicolons.")
  private @Nullable String sql;

  @Option(
      names = {"-f", "--file"},
      paramLabel = "FILE",
      description = "Run the statements of this file.")
  private @Nullable Path file;

  @Option(
      names = "--format",
      paramLabel = "FORMAT",
      description = "${COMPLETION-CANDIDATES}; table by default, or what --output ends with.")
  private @Nullable OutputFormat format;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FILE",
      description = "Write the result to this file; it appears once it is complete.")
  private @Nullable Path output;

  @Option(
      names = "--max-rows",
      paramLabel = "N",
      defaultValue = "0",
      description = "Show at most N rows of a table; 0, the default, for all.")
  private long maxRows;

  @Option(
      names = "--null",
      paramLabel = "TEXT",
      defaultValue = "NULL",
      description = "What a NULL looks like in a table.")
  private String nullText;

  @Mixin private RemoteOptions remote;

  SqlCommand(CliContext context) {
    this.context = context;
  }

  @Override
  public Integer call() throws IOException {
    if (sql != null && file != null) {
      throw CommandFailure.usage("Give either a statement or --file, not both.");
    }
    RemoteSettings settings = remote.settings(context.environment());
    try (BufferAllocator allocator = new RootAllocator();
        RemoteSession session = RemoteSession.open(settings, allocator)) {
      if (sql == null && file == null && context.terminals().input()) {
        shell(session, settings);
      } else {
        script(session, script(), allocator);
      }
    }
    return ExitCodes.OK;
  }

  private String script() throws IOException {
    if (sql != null) {
      return sql;
    }
    return file == null
        ? new String(context.in().readAllBytes(), StandardCharsets.UTF_8)
        : Files.readString(file);
  }

  private void shell(RemoteSession session, RemoteSettings settings) throws IOException {
    session.tables(); // fails now rather than at the first statement
    Path history =
        Path.of(
            context.environment().getOrDefault("HOME", System.getProperty("user.home")),
            ".flashduck_history");
    try (Terminal terminal = TerminalBuilder.builder().system(true).build()) {
      new Shell(
              session,
              terminal,
              history,
              failure -> String.valueOf(Failures.describe(failure).getMessage()))
          .run("Connected to " + settings.address() + ". Type \\? for help, \\q to leave.");
    }
  }

  private void script(RemoteSession session, String script, BufferAllocator allocator)
      throws IOException {
    List<String> statements = SqlScript.split(script);
    if (statements.isEmpty()) {
      throw CommandFailure.usage("There is no SQL to run.");
    }
    OutputFormat chosen = chosenFormat();
    if (chosen.binary() && output == null && context.terminals().output()) {
      throw CommandFailure.usage(
          "The format " + chosen + " is not for a terminal; add --output FILE or redirect it.");
    }
    boolean single = chosen.binary() || output != null;
    if (single && statements.size() > 1) {
      throw CommandFailure.usage(
          "One result goes into a file, but there are " + statements.size() + " statements.");
    }
    for (String statement : statements) {
      run(session, statement, chosen, allocator);
    }
  }

  private OutputFormat chosenFormat() {
    if (format != null) {
      return format;
    }
    String name = output == null ? "" : output.toString().toLowerCase(Locale.ROOT);
    String ending = name.substring(name.lastIndexOf('.') + 1);
    return switch (ending) {
      case "csv" -> OutputFormat.CSV;
      case "json" -> OutputFormat.JSON;
      case "ndjson", "jsonl" -> OutputFormat.NDJSON;
      case "arrow", "feather" -> OutputFormat.ARROW;
      case "parquet" -> OutputFormat.PARQUET;
      default -> OutputFormat.TABLE;
    };
  }

  private void run(
      RemoteSession session, String statement, OutputFormat chosen, BufferAllocator allocator)
      throws IOException {
    StatementOutcome outcome = session.run(statement);
    if (outcome instanceof StatementOutcome.Changed change) {
      String told = change.count() < 0 ? "Done" : Elapsed.count(change.count(), "row") + " changed";
      (chosen == OutputFormat.TABLE ? context.out() : context.err()).println(told);
      return;
    }
    try (RowStream rows = ((StatementOutcome.Rows) outcome).stream()) {
      if (output == null) {
        ResultWriter.Written written = writer(chosen, context.out(), false, allocator).write(rows);
        if (!written.complete()) {
          context.err().println("Only the first " + Elapsed.count(written.rows(), "row") + ".");
        }
      } else {
        ResultWriter.Written written = toFile(output, rows, chosen, allocator);
        context.err().println(Elapsed.count(written.rows(), "row") + " written to " + output);
      }
    }
  }

  private ResultWriter.Written toFile(
      Path target, RowStream rows, OutputFormat chosen, BufferAllocator allocator)
      throws IOException {
    Path part = target.resolveSibling("." + target.getFileName() + ".part");
    try {
      ResultWriter.Written written;
      try (OutputStream out = Files.newOutputStream(part)) {
        written = writer(chosen, out, true, allocator).write(rows);
      }
      Files.move(part, target, StandardCopyOption.ATOMIC_MOVE);
      return written;
    } finally {
      Files.deleteIfExists(part);
    }
  }

  private ResultWriter writer(
      OutputFormat chosen, OutputStream out, boolean toFile, BufferAllocator allocator) {
    if (chosen == OutputFormat.PARQUET) {
      return new ParquetResultWriter(out, allocator);
    }
    int width = toFile ? 0 : context.terminals().width();
    return ResultWriters.of(chosen, out, new TableStyle(width, maxRows, true, nullText), toFile);
  }
}
