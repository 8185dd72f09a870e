package io.flashduck.server.cli.shell;

import java.nio.file.Path;
import org.jline.reader.Completer;
import org.jline.reader.LineReader;
import org.jline.reader.LineReaderBuilder;
import org.jline.terminal.Terminal;

/**
 * JLine's line reader, set up for SQL.
 *
 * <p>Threading: stateless.
 */
final class ShellReader {
  private ShellReader() {}

  static LineReader open(Terminal terminal, Path historyFile, Completer completer) {
    return LineReaderBuilder.builder()
        .terminal(terminal)
        .appName("flashduck")
        .parser(new SqlParser())
        .completer(completer)
        .variable(LineReader.HISTORY_FILE, historyFile)
        .variable(LineReader.HISTORY_SIZE, 5_000)
        .variable(LineReader.SECONDARY_PROMPT_PATTERN, "%P -> ")
        .variable(LineReader.LIST_MAX, 200)
        .option(LineReader.Option.DISABLE_EVENT_EXPANSION, true)
        .option(LineReader.Option.CASE_INSENSITIVE, true)
        .option(LineReader.Option.HISTORY_IGNORE_DUPS, true)
        .option(LineReader.Option.BRACKETED_PASTE, true)
        .build();
  }
}
