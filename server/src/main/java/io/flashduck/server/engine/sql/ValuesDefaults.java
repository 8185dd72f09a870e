package io.flashduck.server.engine.sql;

import java.util.List;
import java.util.function.IntFunction;

/**
 * The word DEFAULT as a value of {@code VALUES (…), (…)}, which DuckDB knows only in an INSERT.
 *
 * <p>Threading: stateless.
 */
public final class ValuesDefaults {
  private ValuesDefaults() {}

  /**
   * The source of an INSERT without the word.
   *
   * @param value the expression for a column, by its place in the list
   */
  public static String replaced(String source, IntFunction<String> value) {
    List<SqlToken> tokens = SqlLexer.tokens(source);
    if (tokens.isEmpty() || !tokens.get(0).isWord("VALUES")) {
      return source;
    }
    StringBuilder text = new StringBuilder();
    int done = 0;
    int depth = 0;
    int item = 0;
    for (int i = 0; i < tokens.size(); i++) {
      SqlToken token = tokens.get(i);
      if (token.kind() == SqlToken.Kind.OPEN) {
        item = ++depth == 1 ? 0 : item;
      } else if (token.kind() == SqlToken.Kind.CLOSE) {
        depth--;
      } else if (token.kind() == SqlToken.Kind.COMMA && depth == 1) {
        item++;
      } else if (token.isWord("DEFAULT") && depth == 1 && isWhole(tokens, i)) {
        text.append(source, done, token.start()).append(value.apply(item));
        done = token.end();
      }
    }
    return text.append(source, done, source.length()).toString();
  }

  private static boolean isWhole(List<SqlToken> tokens, int at) {
    SqlToken.Kind before = tokens.get(at - 1).kind();
    SqlToken.Kind behind = at + 1 < tokens.size() ? tokens.get(at + 1).kind() : SqlToken.Kind.WORD;
    return (before == SqlToken.Kind.OPEN || before == SqlToken.Kind.COMMA)
        && (behind == SqlToken.Kind.CLOSE || behind == SqlToken.Kind.COMMA);
  }
}
