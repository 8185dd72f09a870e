package io.flashduck.server.engine.sql;

import io.flashduck.server.engine.sql.SqlToken.Kind;
import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/**
 * A position in the tokens of one statement, with the steps that the statement parsers share.
 *
 * <p>Threading: confined to its parser.
 */
final class TokenCursor {
  private final String sql;
  private final List<SqlToken> tokens;
  private int index;

  TokenCursor(String sql, List<SqlToken> tokens) {
    this.sql = sql;
    this.tokens = tokens;
  }

  boolean atEnd() {
    return index >= tokens.size();
  }

  int index() {
    return index;
  }

  void moveTo(int newIndex) {
    index = newIndex;
  }

  @Nullable SqlToken peek(int ahead) {
    int at = index + ahead;
    return at < tokens.size() ? tokens.get(at) : null;
  }

  /** Whether the next tokens are these keywords. */
  boolean looksAt(String... keywords) {
    return wordsAt(index, keywords);
  }

  boolean wordsAt(int from, String... keywords) {
    for (int i = 0; i < keywords.length; i++) {
      if (from + i >= tokens.size() || !tokens.get(from + i).isWord(keywords[i])) {
        return false;
      }
    }
    return true;
  }

  boolean symbolAt(int at, String symbol) {
    return at < tokens.size() && tokens.get(at).isSymbol(symbol);
  }

  boolean looksAtSymbol(String symbol) {
    return symbolAt(index, symbol);
  }

  /** Steps over these keywords if they come next. */
  boolean accept(String... keywords) {
    if (!looksAt(keywords)) {
      return false;
    }
    index += keywords.length;
    return true;
  }

  boolean acceptSymbol(String symbol) {
    if (!looksAtSymbol(symbol)) {
      return false;
    }
    index++;
    return true;
  }

  void expect(String... keywords) {
    if (!accept(keywords)) {
      throw error("expected " + String.join(" ", keywords));
    }
  }

  void expectSymbol(String symbol) {
    if (!acceptSymbol(symbol)) {
      throw error("expected " + symbol);
    }
  }

  void expectEnd() {
    if (!atEnd()) {
      throw error("expected the end of the statement");
    }
  }

  /** One name, quoted or not. */
  String name() {
    SqlToken token = peek(0);
    if (token == null || !token.isName()) {
      throw error("expected a name");
    }
    index++;
    return token.name();
  }

  QualifiedName qualifiedName() {
    List<String> parts = new ArrayList<>();
    parts.add(name());
    while (acceptSymbol(".")) {
      parts.add(name());
    }
    if (parts.size() > 3) {
      throw error("a table's name has at most three parts (catalog.schema.name)");
    }
    return new QualifiedName(parts);
  }

  /** {@code [AS] alias}, unless the next word is one of those that start a clause. */
  Optional<String> alias(String... clauseWords) {
    if (accept("AS")) {
      return Optional.of(name());
    }
    SqlToken token = peek(0);
    if (token == null || !token.isName()) {
      return Optional.empty();
    }
    for (String word : clauseWords) {
      if (token.isWord(word)) {
        return Optional.empty();
      }
    }
    index++;
    return Optional.of(token.name());
  }

  /** {@code (name, name, …)}. */
  List<String> nameList() {
    expectSymbol("(");
    List<String> names = new ArrayList<>();
    do {
      names.add(name());
    } while (acceptSymbol(","));
    expectSymbol(")");
    return names;
  }

  /**
   * Steps to the first token outside of parentheses and CASE … END for which {@code stop} holds, or
   * to the end.
   *
   * @return the text stepped over
   */
  String textUntil(IntPredicate stop) {
    int from = index;
    int depth = 0;
    int caseDepth = 0;
    while (index < tokens.size()) {
      SqlToken token = tokens.get(index);
      boolean statementEnds = depth == 0 && symbolAt(index, ";");
      if (statementEnds || (depth == 0 && caseDepth == 0 && stop.test(index))) {
        break;
      }
      if (token.kind() == Kind.OPEN) {
        depth++;
      } else if (token.kind() == Kind.CLOSE) {
        if (depth == 0) {
          break;
        }
        depth--;
      } else if (token.isWord("CASE") && !afterDot()) {
        caseDepth++;
      } else if (token.isWord("END") && caseDepth > 0 && !afterDot()) {
        caseDepth--;
      }
      index++;
    }
    return text(from, index);
  }

  private boolean afterDot() {
    return index > 0 && tokens.get(index - 1).kind() == Kind.DOT;
  }

  /** As {@link #textUntil}, but there must be text. */
  String clause(String what, IntPredicate stop) {
    String text = textUntil(stop);
    if (text.isEmpty()) {
      throw error("expected " + what);
    }
    return text;
  }

  /** The text of the tokens from one index up to, not including, another. */
  String text(int from, int to) {
    return from >= to ? "" : sql.substring(tokens.get(from).start(), tokens.get(to - 1).end());
  }

  /** Steps over a parenthesised group and returns the text inside. */
  String parenthesised() {
    expectSymbol("(");
    int from = index;
    textUntil(i -> false);
    String inside = text(from, index);
    expectSymbol(")");
    return inside;
  }

  /** {@code (a, b, …)} split at its own commas. */
  List<String> parenthesisedList() {
    expectSymbol("(");
    List<String> items = new ArrayList<>();
    do {
      items.add(clause("an expression", this::isComma));
    } while (acceptSymbol(","));
    expectSymbol(")");
    return items;
  }

  boolean isComma(int at) {
    return tokens.get(at).kind() == Kind.COMMA;
  }

  FlashDuckException error(String expectation) {
    SqlToken token = peek(0);
    String near = token == null ? "the end" : "\"" + token.text() + "\"";
    int at = token == null ? sql.length() : token.start();
    return new FlashDuckException(
        ErrorCode.INVALID_REQUEST,
        "Parser Error: syntax error at or near "
            + near
            + " (character "
            + (at + 1)
            + "): "
            + expectation);
  }
}
