package io.flashduck.server.cli.shell;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.flashduck.server.cli.output.Elapsed;
import io.flashduck.server.cli.output.OutputFormat;
import io.flashduck.server.cli.output.RecordResultWriter;
import io.flashduck.server.cli.output.ResultWriter;
import io.flashduck.server.cli.output.ResultWriters;
import io.flashduck.server.cli.output.RowStream;
import io.flashduck.server.cli.output.TableDrawing;
import io.flashduck.server.cli.output.TableStyle;
import io.flashduck.server.cli.remote.RemoteSession;
import io.flashduck.server.cli.remote.RemoteTable;
import io.flashduck.server.cli.remote.StatementOutcome;
import io.flashduck.server.engine.sql.SqlScript;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import org.jline.reader.EndOfFileException;
import org.jline.reader.LineReader;
import org.jline.reader.UserInterruptException;
import org.jline.terminal.Terminal;
import org.jline.utils.AttributedString;
import org.jline.utils.AttributedStyle;
import org.jspecify.annotations.Nullable;

/**
 * The interactive shell: reads statements and backslash commands until it is left; a failed one is
 * reported and the shell goes on.
 *
 * <p>Threading: the main thread; Ctrl-C arrives on JLine's signal thread.
 */
public final class Shell {
  private final RemoteSession session;
  private final Terminal terminal;
  private final LineReader reader;
  private final Function<Throwable, String> describe;
  private final OutputStream out;
  private ShellSettings settings = ShellSettings.DEFAULT;
  private @Nullable List<RemoteTable> tables;
  private volatile @Nullable RunningStatement running;

  /**
   * @param session borrowed
   * @param terminal borrowed
   * @param historyFile where lines are remembered
   * @param describe a failure in a line or two
   */
  public Shell(
      RemoteSession session,
      Terminal terminal,
      Path historyFile,
      Function<Throwable, String> describe) {
    this.session = session;
    this.terminal = terminal;
    this.describe = describe;
    this.out = terminal.output();
    this.reader = ShellReader.open(terminal, historyFile, new SqlCompleter(this::knownTables));
  }

  /** Reads and runs until the user leaves. */
  public void run(String greeting) {
    terminal.writer().println(greeting);
    Terminal.SignalHandler before = terminal.handle(Terminal.Signal.INT, signal -> cancelRunning());
    try {
      while (true) {
        Optional<String> line = read();
        if (line.isEmpty() || !handle(line.get())) {
          return;
        }
      }
    } finally {
      terminal.handle(Terminal.Signal.INT, before);
      terminal.writer().flush();
    }
  }

  /** The next line; empty text after Ctrl-C, nothing after Ctrl-D. */
  private Optional<String> read() {
    try {
      return Optional.of(reader.readLine("flashduck> "));
    } catch (UserInterruptException cleared) {
      return Optional.of("");
    } catch (EndOfFileException end) {
      return Optional.empty();
    }
  }

  private void cancelRunning() {
    RunningStatement statement = running;
    if (statement != null) {
      statement.cancel();
    }
  }

  /** False to leave. */
  private boolean handle(String line) {
    String text = line.strip();
    if (text.isEmpty()) {
      return true;
    }
    if (!text.startsWith("\\") && !ShellCommand.isBareWord(text)) {
      execute(text);
      return true;
    }
    Optional<ShellCommand> command = ShellCommand.parse(text);
    if (command.isEmpty()) {
      tell("There is no command " + text.split("\\s", 2)[0] + "; \\? lists them.");
      return true;
    }
    try {
      return perform(command.get());
    } catch (IOException | RuntimeException e) {
      tellFailure(e);
      return true;
    }
  }

  private boolean perform(ShellCommand command) throws IOException {
    switch (command.kind()) {
      case QUIT -> {
        return false;
      }
      case HELP -> help();
      case DESCRIBE -> describeTable(command.argument());
      case TABLES -> describeTable("");
      case FORMAT -> format(command.argument());
      case EXPANDED -> {
        settings = settings.withExpanded(!settings.expanded());
        tell("Expanded display is " + (settings.expanded() ? "on." : "off."));
      }
      case TIMING -> {
        boolean on =
            command.argument().isEmpty()
                ? !settings.timing()
                : command.argument().equalsIgnoreCase("on");
        settings = settings.withTiming(on);
        tell("Timing is " + (on ? "on." : "off."));
      }
      case MAX_ROWS -> maxRows(command.argument());
      case STATUS ->
          session
              .action("flashduck.status", JsonNodeFactory.instance.objectNode())
              .forEach(answer -> tell(answer.toPrettyString()));
      case RUN -> execute(Files.readString(Path.of(command.argument())));
    }
    return true;
  }

  private void help() throws IOException {
    List<List<String>> rows = new ArrayList<>();
    for (ShellCommand.Kind kind : ShellCommand.Kind.values()) {
      rows.add(List.of(kind.form(), kind.help()));
    }
    TableDrawing.draw(out, style(), List.of("command", "what it does"), rows);
    tell("Everything else is SQL; end it with a semicolon. Ctrl-C cancels a running query.");
  }

  private void format(String name) {
    if (!name.isEmpty()) {
      OutputFormat chosen = OutputFormat.valueOf(name.toUpperCase(Locale.ROOT));
      if (chosen.binary()) {
        tell(chosen + " is not for a terminal; use: flashduck sql \"…\" --output FILE");
        return;
      }
      settings = settings.withFormat(chosen);
    }
    tell("Results are written as " + settings.format() + ".");
  }

  private void maxRows(String number) {
    long limit = number.isEmpty() ? settings.maxRows() : Long.parseLong(number);
    settings = settings.withMaxRows(Math.max(0, limit));
    tell(limit == 0 ? "All rows are shown." : "At most " + limit + " rows are shown.");
  }

  private void describeTable(String name) throws IOException {
    tables = session.tables();
    if (name.isEmpty()) {
      TableDescriptions.list(out, style(), knownTables());
      return;
    }
    RemoteTable table = TableDescriptions.find(knownTables(), name);
    List<String> key = session.primaryKey(table.schema(), table.name());
    TableDescriptions.columns(out, style(), table, key);
  }

  private List<RemoteTable> knownTables() {
    List<RemoteTable> known = tables;
    if (known == null) {
      try {
        known = session.tables();
      } catch (RuntimeException e) {
        return List.of(); // completion goes without; \d reports it
      }
      tables = known;
    }
    return known;
  }

  private void execute(String script) {
    for (String statement : SqlScript.split(script)) {
      long start = System.nanoTime();
      RunningStatement current = RunningStatement.here();
      running = current;
      try {
        StatementOutcome outcome = session.run(statement);
        String summary = show(outcome, current);
        tell(settings.timing() ? summary + " (" + since(start) + ")" : summary);
      } catch (IOException | RuntimeException e) {
        running = null;
        if (current.finish()) {
          tell("Cancelled (" + since(start) + ")");
        } else {
          tellFailure(e);
        }
        return;
      } finally {
        running = null;
        current.finish();
      }
    }
  }

  private String show(StatementOutcome outcome, RunningStatement current) throws IOException {
    if (outcome instanceof StatementOutcome.Changed change) {
      tables = null;
      return change.count() < 0 ? "Done" : Elapsed.count(change.count(), "row") + " changed";
    }
    try (RowStream rows = ((StatementOutcome.Rows) outcome).stream()) {
      current.streaming(rows);
      ResultWriter writer =
          settings.expanded()
              ? new RecordResultWriter(out, style())
              : ResultWriters.of(settings.format(), out, style(), false);
      ResultWriter.Written written = writer.write(rows);
      String count = Elapsed.count(written.rows(), "row");
      return written.complete() ? count : "The first " + count + "; \\maxrows 0 shows all";
    }
  }

  private TableStyle style() {
    return new TableStyle(
        Math.max(terminal.getSize().getColumns(), 0), settings.maxRows(), true, "NULL");
  }

  private static String since(long start) {
    return Elapsed.text(System.nanoTime() - start);
  }

  private void tell(String text) {
    PrintWriter writer = terminal.writer();
    writer.println(text);
    writer.flush();
  }

  private void tellFailure(Throwable failure) {
    AttributedStyle red = AttributedStyle.DEFAULT.foreground(AttributedStyle.RED);
    tell(new AttributedString(describe.apply(failure), red).toAnsi(terminal));
  }
}
