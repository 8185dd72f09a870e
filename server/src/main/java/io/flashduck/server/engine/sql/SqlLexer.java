package io.flashduck.server.engine.sql;

import io.flashduck.server.engine.sql.SqlToken.Kind;
import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import java.util.ArrayList;
import java.util.List;

/**
 * Splits SQL text into tokens as DuckDB's scanner does, leaving out white space and comments.
 *
 * <p>Source: DuckDB documentation, "Lexical structure"; PostgreSQL documentation, section 4.1.
 *
 * <p>Threading: confined to its caller.
 */
public final class SqlLexer {
  private static final List<String> OPERATORS =
      List.of(
          "->>", "!~~*", "!~~", "~~*", "~~~", "::", ":=", "=>", "->", "<=", ">=", "<>", "!=", "==",
          "||", "&&", "<<", ">>", "@>", "<@", "^@", "**", "//", "~~", "!~");

  /**
   * Deeper brackets are no statement that anybody wrote: DuckDB's parser takes minutes for some,
   * cannot be interrupted there, and overflows its stack at others.
   */
  static final int MAX_DEPTH = 500;

  private final String sql;
  private int position;

  private SqlLexer(String sql) {
    this.sql = sql;
  }

  /**
   * The tokens of the text in order.
   *
   * @throws FlashDuckException INVALID_REQUEST if a string, quoted name or comment does not end, or
   *     brackets are nested too deep
   */
  public static List<SqlToken> tokens(String sql) {
    SqlLexer lexer = new SqlLexer(sql);
    List<SqlToken> tokens = new ArrayList<>();
    int depth = 0;
    while (lexer.skipBlanks()) {
      SqlToken token = lexer.next();
      tokens.add(token);
      int change = token.kind() == Kind.OPEN ? 1 : token.kind() == Kind.CLOSE ? -1 : 0;
      depth = Math.max(0, depth + change);
      if (depth > MAX_DEPTH) {
        throw new FlashDuckException(
            ErrorCode.INVALID_REQUEST,
            "Parser Error: brackets are nested more than "
                + MAX_DEPTH
                + " deep at character "
                + (token.start() + 1));
      }
    }
    return tokens;
  }

  private boolean skipBlanks() {
    while (position < sql.length()) {
      char c = sql.charAt(position);
      if (isBlank(c)) {
        position++;
      } else if (sql.startsWith("--", position)) {
        skipLineComment();
      } else if (sql.startsWith("/*", position)) {
        skipBlockComment();
      } else {
        return true;
      }
    }
    return false;
  }

  /** A carriage return ends it too. */
  private void skipLineComment() {
    while (position < sql.length()) {
      char c = sql.charAt(position++);
      if (c == '\n' || c == '\r') {
        return;
      }
    }
  }

  private void skipBlockComment() {
    int start = position;
    int depth = 0;
    do {
      if (sql.startsWith("/*", position)) {
        depth++;
        position += 2;
      } else if (sql.startsWith("*/", position)) {
        depth--;
        position += 2;
      } else if (position < sql.length()) {
        position++;
      } else {
        throw unterminated("comment", start);
      }
    } while (depth > 0);
  }

  private SqlToken next() {
    int start = position;
    char c = sql.charAt(position);
    if ((c == 'e' || c == 'E') && peek(1) == '\'') {
      position++;
      return quoted(Kind.STRING, '\'', true, start);
    }
    if ("xXbBnN".indexOf(c) >= 0 && peek(1) == '\'') {
      position++;
      return quoted(Kind.STRING, '\'', false, start);
    }
    if (isNameStart(c)) {
      while (position < sql.length() && isNamePart(sql.charAt(position))) {
        position++;
      }
      return token(Kind.WORD, start);
    }
    if (Character.isDigit(c) || (c == '.' && Character.isDigit(peek(1)))) {
      return number(start);
    }
    return switch (c) {
      case '\'' -> quoted(Kind.STRING, '\'', false, start);
      case '"' -> quoted(Kind.QUOTED_NAME, '"', false, start);
      case '`' -> quoted(Kind.QUOTED_NAME, '`', false, start);
      case '$' -> dollar(start);
      case '?' -> {
        position++;
        skipDigits();
        yield token(Kind.PARAMETER, start);
      }
      case '(', '[', '{' -> single(Kind.OPEN, start);
      case ')', ']', '}' -> single(Kind.CLOSE, start);
      case ',' -> single(Kind.COMMA, start);
      case '.' -> single(Kind.DOT, start);
      case ';' -> single(Kind.SEMICOLON, start);
      default -> operator(start);
    };
  }

  private SqlToken quoted(Kind kind, char quote, boolean backslash, int start) {
    position++;
    while (position < sql.length()) {
      char c = sql.charAt(position);
      if (backslash && c == '\\') {
        position += 2;
      } else if (c == quote && peek(1) == quote) {
        position += 2;
      } else if (c == quote) {
        position++;
        return token(kind, start);
      } else {
        position++;
      }
    }
    throw unterminated(kind == Kind.STRING ? "string" : "quoted name", start);
  }

  private SqlToken dollar(int start) {
    int tagEnd = start + 1;
    while (tagEnd < sql.length() && isTagPart(sql.charAt(tagEnd))) {
      tagEnd++;
    }
    boolean startsWithDigit = Character.isDigit(peek(1));
    if (!startsWithDigit && tagEnd < sql.length() && sql.charAt(tagEnd) == '$') {
      String tag = sql.substring(start, tagEnd + 1);
      int close = sql.indexOf(tag, tagEnd + 1);
      if (close < 0) {
        throw unterminated("string " + tag, start);
      }
      position = close + tag.length();
      return token(Kind.STRING, start);
    }
    position = Math.max(tagEnd, start + 1);
    return token(tagEnd == start + 1 ? Kind.OPERATOR : Kind.PARAMETER, start);
  }

  private SqlToken number(int start) {
    boolean radix = sql.charAt(position) == '0' && "xXbBoO".indexOf(peek(1)) >= 0;
    if (radix) {
      position += 2;
    }
    while (position < sql.length()) {
      char c = sql.charAt(position);
      boolean exponentSign =
          !radix && (c == '+' || c == '-') && "eE".indexOf(sql.charAt(position - 1)) >= 0;
      boolean digits = Character.isDigit(c) || c == '_';
      boolean letters = radix ? Character.isLetter(c) : startsExponent();
      if (digits || letters || exponentSign || (c == '.' && !radix)) {
        position++;
      } else {
        break;
      }
    }
    return token(Kind.NUMBER, start);
  }

  /** Whether an exponent is here: {@code 1e5}, {@code 1e-5}, but not the start of ELSE. */
  private boolean startsExponent() {
    if ("eE".indexOf(sql.charAt(position)) < 0) {
      return false;
    }
    char next = peek(1);
    return Character.isDigit(next) || ((next == '+' || next == '-') && Character.isDigit(peek(2)));
  }

  private SqlToken operator(int start) {
    for (String candidate : OPERATORS) {
      if (sql.startsWith(candidate, position)) {
        position += candidate.length();
        return token(Kind.OPERATOR, start);
      }
    }
    return single(Kind.OPERATOR, start);
  }

  private SqlToken single(Kind kind, int start) {
    position++;
    return token(kind, start);
  }

  private SqlToken token(Kind kind, int start) {
    position = Math.min(position, sql.length());
    return new SqlToken(kind, sql.substring(start, position), start, position);
  }

  private void skipDigits() {
    while (position < sql.length() && Character.isDigit(sql.charAt(position))) {
      position++;
    }
  }

  private char peek(int ahead) {
    return position + ahead < sql.length() ? sql.charAt(position + ahead) : '\0';
  }

  /** Exactly what DuckDB 2.0 takes for white space, found by trying every character. */
  private static boolean isBlank(char c) {
    return switch (c) {
      case '\t', '\n', '\u000b', '\f', '\r', ' ', '\u00a0' -> true;
      case '\u202f', '\u205f', '\u2060', '\u3000', '\ufeff' -> true;
      default -> c >= '\u2000' && c <= '\u200b';
    };
  }

  private static boolean isNameStart(char c) {
    return (Character.isLetter(c) || c == '_' || c >= 0x80) && !isBlank(c);
  }

  private static boolean isNamePart(char c) {
    return isNameStart(c) || Character.isDigit(c) || c == '$';
  }

  private static boolean isTagPart(char c) {
    return isNameStart(c) || Character.isDigit(c);
  }

  private static FlashDuckException unterminated(String what, int start) {
    return new FlashDuckException(
        ErrorCode.INVALID_REQUEST,
        "Parser Error: the " + what + " that starts at character " + (start + 1) + " has no end");
  }
}
