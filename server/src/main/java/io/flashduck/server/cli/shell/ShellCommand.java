package io.flashduck.server.cli.shell;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * A backslash command of the shell, or one of the bare words that leave it.
 *
 * <p>Threading: immutable.
 *
 * @param kind which
 * @param argument the rest of the line, without surrounding space
 */
record ShellCommand(Kind kind, String argument) {
  /** All commands, in the order of the help. */
  enum Kind {
    DESCRIBE("\\d [TABLE]", "list the tables, or the columns and key of one"),
    TABLES("\\dt", "list the tables"),
    FORMAT("\\format [NAME]", "table, csv, json or ndjson; shows it without a name"),
    EXPANDED("\\x", "one line per column instead of one per row, on and off"),
    TIMING("\\timing [on|off]", "show how long each statement took"),
    MAX_ROWS("\\maxrows N", "show at most N rows of a result; 0 for all"),
    STATUS("\\status", "the server's state: versions, queue, files with problems"),
    RUN("\\i FILE", "run the statements of a file"),
    HELP("\\?", "this list"),
    QUIT("\\q", "leave (also Ctrl-D, exit or quit)");

    private final String form;
    private final String help;

    Kind(String form, String help) {
      this.form = form;
      this.help = help;
    }

    /** The command's own word, such as {@code \d}. */
    String word() {
      return form.split(" ", 2)[0];
    }

    String form() {
      return form;
    }

    String help() {
      return help;
    }
  }

  /**
   * Reads a line that begins with a backslash, or a bare word; empty if there is no such command.
   */
  static Optional<ShellCommand> parse(String line) {
    String text = line.strip();
    if (isBareWord(text)) {
      return Optional.of(new ShellCommand(text.startsWith("h") ? Kind.HELP : Kind.QUIT, ""));
    }
    String[] parts = text.split("\\s+", 2);
    String argument = parts.length == 1 ? "" : parts[1].strip();
    String plain = argument.endsWith(";") ? argument.substring(0, argument.length() - 1) : argument;
    return kind(parts[0]).map(kind -> new ShellCommand(kind, plain.strip()));
  }

  /** Whether it is a word that people type without a backslash. */
  static boolean isBareWord(String line) {
    String text = line.strip().toLowerCase(Locale.ROOT);
    String word = text.endsWith(";") ? text.substring(0, text.length() - 1) : text;
    return List.of("exit", "quit", "help").contains(word);
  }

  private static Optional<Kind> kind(String word) {
    String asked = word.endsWith(";") ? word.substring(0, word.length() - 1) : word;
    if (asked.equals("\\h")) {
      return Optional.of(Kind.HELP);
    }
    return Arrays.stream(Kind.values()).filter(kind -> kind.word().equals(asked)).findFirst();
  }
}
