package io.flashduck.server.cli.shell;

import io.flashduck.server.engine.sql.SqlLexer;
import io.flashduck.server.engine.sql.SqlToken;
import io.flashduck.server.error.FlashDuckException;
import java.util.ArrayList;
import java.util.List;
import org.jline.reader.CompletingParsedLine;
import org.jline.reader.EOFError;
import org.jline.reader.ParsedLine;
import org.jline.reader.Parser;

/**
 * Tells JLine when a statement is complete, and which word the cursor is in.
 *
 * <p>Threading: immutable.
 */
final class SqlParser implements Parser {
  @Override
  public ParsedLine parse(String line, int cursor, ParseContext context) {
    boolean command = line.stripLeading().startsWith("\\");
    if (context == ParseContext.ACCEPT_LINE && !command && !ShellCommand.isBareWord(line)) {
      requireEnd(line);
    }
    return Words.of(line, cursor, command);
  }

  /** Makes JLine ask for another line unless the last statement has its semicolon. */
  private static void requireEnd(String text) {
    List<SqlToken> tokens;
    try {
      tokens = SqlLexer.tokens(text);
    } catch (FlashDuckException openQuoteOrComment) {
      throw new EOFError(-1, -1, "open quote or comment", "'");
    }
    if (!tokens.isEmpty() && tokens.get(tokens.size() - 1).kind() != SqlToken.Kind.SEMICOLON) {
      throw new EOFError(-1, -1, "incomplete statement", ";");
    }
  }

  @Override
  public boolean isEscapeChar(char c) {
    return false;
  }

  /**
   * The words of a line, in the sense of completion: identifiers with dots, or, in a backslash
   * command, whatever spaces separate.
   */
  private record Words(String line, int cursor, List<String> words, int wordIndex, int wordCursor)
      implements CompletingParsedLine {
    static Words of(String line, int cursor, boolean command) {
      List<String> words = new ArrayList<>();
      int index = -1;
      int within = 0;
      int at = 0;
      while (at < line.length()) {
        int start = at;
        while (at < line.length() && part(line.charAt(at), command)) {
          at++;
        }
        if (at > start) {
          if (cursor >= start && cursor <= at) {
            index = words.size();
            within = cursor - start;
          }
          words.add(line.substring(start, at));
        }
        at++;
      }
      if (index < 0) {
        index = words.size();
        words.add("");
      }
      return new Words(line, cursor, List.copyOf(words), index, within);
    }

    private static boolean part(char c, boolean command) {
      return command
          ? !Character.isWhitespace(c)
          : Character.isLetterOrDigit(c) || c == '_' || c == '.' || c == '"' || c == '\\';
    }

    @Override
    public String word() {
      return words.get(wordIndex);
    }

    /** Candidates are quoted already where they must be. */
    @Override
    public CharSequence escape(CharSequence candidate, boolean complete) {
      return candidate;
    }

    @Override
    public int rawWordCursor() {
      return wordCursor;
    }

    @Override
    public int rawWordLength() {
      return word().length();
    }
  }
}
