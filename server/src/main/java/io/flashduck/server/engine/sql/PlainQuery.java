package io.flashduck.server.engine.sql;

import io.flashduck.server.engine.sql.SqlToken.Kind;
import java.util.List;
import java.util.Set;

/**
 * Recognises queries whose tokens alone prove that they can only read tables, so that DuckDB's
 * parse tree (about 0.3 ms) need not be asked for.
 *
 * <p>Nothing in such a query can name a file: no string or quoted name looks like one, no dotted
 * name ends like one, no called function opens one, and no statement but SELECT is in it.
 * Everything else goes the long way.
 *
 * <p>Threading: stateless.
 */
final class PlainQuery {
  /** Words that start something else than a plain SELECT, wherever they stand. */
  private static final Set<String> OTHER_STATEMENTS =
      Set.of(
          "WITH",
          "INSERT",
          "UPDATE",
          "DELETE",
          "MERGE",
          "TRUNCATE",
          "COPY",
          "ATTACH",
          "CREATE",
          "DROP",
          "ALTER",
          "PIVOT",
          "PIVOT_WIDER",
          "PIVOT_LONGER",
          "UNPIVOT",
          "DESCRIBE",
          "DESC",
          "SUMMARIZE",
          "SHOW",
          "EXPLAIN",
          "CALL",
          "PRAGMA",
          "TABLE",
          "INTO",
          "EXECUTE",
          "AT");

  private PlainQuery() {}

  /** Whether the tokens of one statement prove it. */
  static boolean isHarmless(List<SqlToken> tokens) {
    if (tokens.isEmpty() || !tokens.get(0).isWord("SELECT")) {
      return false;
    }
    for (int i = 0; i < tokens.size(); i++) {
      if (!isHarmless(tokens, i)) {
        return false;
      }
    }
    return true;
  }

  private static boolean isHarmless(List<SqlToken> tokens, int at) {
    SqlToken token = tokens.get(at);
    return switch (token.kind()) {
      case STRING -> token.text().startsWith("'") && !FileNames.mayBeFile(List.of(token.text()));
      case WORD, QUOTED_NAME -> isHarmlessName(tokens, at);
      case SEMICOLON -> false;
      default -> true;
    };
  }

  private static boolean isHarmlessName(List<SqlToken> tokens, int at) {
    SqlToken token = tokens.get(at);
    SqlToken next = at + 1 < tokens.size() ? tokens.get(at + 1) : null;
    if (next != null && next.isSymbol("(") && !FunctionList.allowsUnparsedCall(token.name())) {
      return false;
    }
    // DESC behind ORDER BY is the common one, and no statement starts behind an expression.
    boolean descending = token.isWord("DESC") && at > 0 && !opensStatement(tokens.get(at - 1));
    if (!descending && OTHER_STATEMENTS.contains(token.keyword())) {
      return false;
    }
    boolean continuesName = at > 0 && tokens.get(at - 1).kind() == Kind.DOT;
    if (continuesName && FunctionList.showsCatalog(token.name())) {
      return false;
    }
    return !FileNames.mayBeFile(List.of(token.name()))
        && !(continuesName && FileNames.isEnding(token.name()));
  }

  private static boolean opensStatement(SqlToken before) {
    return before.isSymbol("(") || before.isWord("FROM") || before.isWord("AS");
  }
}
