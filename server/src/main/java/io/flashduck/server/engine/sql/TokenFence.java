package io.flashduck.server.engine.sql;

import io.flashduck.server.engine.sql.SqlToken.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Judges a query that DuckDB cannot turn into a tree by its tokens alone, on the safe side.
 *
 * <p>Threading: stateless.
 */
final class TokenFence {
  /** Behind these stands a table. */
  private static final Set<String> BEFORE_A_TABLE =
      Set.of(
          "FROM",
          "JOIN",
          "TABLE",
          "PIVOT",
          "PIVOT_WIDER",
          "UNPIVOT",
          "PIVOT_LONGER",
          "DESCRIBE",
          "DESC",
          "SUMMARIZE",
          "SHOW",
          "USING",
          "INTO",
          "UPDATE");

  private static final Set<String> CHANGES =
      Set.of("INSERT", "UPDATE", "DELETE", "MERGE", "TRUNCATE", "COPY", "ATTACH", "CREATE");

  private TokenFence() {}

  static void check(String sql, GuardOracle oracle) {
    List<SqlToken> tokens = SqlLexer.tokens(sql);
    for (int i = 0; i < tokens.size(); i++) {
      SqlToken token = tokens.get(i);
      SqlToken next = i + 1 < tokens.size() ? tokens.get(i + 1) : null;
      if (token.isName() && next != null && next.isSymbol("(")) {
        checkCall(token);
        if (i > 0
            && tokens.get(i - 1).kind() == Kind.DOT
            && FunctionList.showsCatalog(token.name())) {
          throw FunctionList.qualified(token.name());
        }
      }
      if (token.kind() == Kind.STRING) {
        checkString(tokens, i);
      }
      boolean startsName = i == 0 || tokens.get(i - 1).kind() != Kind.DOT;
      if (token.isName() && startsName) {
        checkName(nameFrom(tokens, i), afterTableWord(tokens, i), oracle);
      }
      boolean startsQuery = i == 0 || tokens.get(i - 1).isSymbol("(");
      if (startsQuery && CHANGES.contains(token.keyword())) {
        throw StatementGuard.denied("A query cannot change data inside of WITH.");
      }
    }
  }

  private static void checkCall(SqlToken token) {
    if (!FunctionList.allowsUnparsedCall(token.name())) {
      throw StatementGuard.denied("The function " + token.name() + " is not offered to clients.");
    }
  }

  /** A string where a table may stand is a file. */
  private static void checkString(List<SqlToken> tokens, int at) {
    SqlToken before = at == 0 ? null : tokens.get(at - 1);
    boolean opens = before == null || before.kind() == Kind.OPEN || before.kind() == Kind.COMMA;
    String content = tokens.get(at).text();
    boolean filePosition =
        afterTableWord(tokens, at) || (opens && FileNames.mayBeFile(List.of(content)));
    if (filePosition) {
      throw StatementGuard.denied("Files cannot be read by name: " + content);
    }
  }

  private static boolean afterTableWord(List<SqlToken> tokens, int at) {
    return at > 0 && BEFORE_A_TABLE.contains(tokens.get(at - 1).keyword());
  }

  private static List<String> nameFrom(List<SqlToken> tokens, int at) {
    List<String> parts = new ArrayList<>();
    parts.add(tokens.get(at).name());
    for (int i = at + 1; i + 1 < tokens.size(); i += 2) {
      if (tokens.get(i).kind() != Kind.DOT || !tokens.get(i + 1).isName()) {
        break;
      }
      parts.add(tokens.get(i + 1).name());
    }
    return parts;
  }

  /** A name with a file's look must exist; one part without a dot cannot be a file. */
  private static void checkName(List<String> parts, boolean table, GuardOracle oracle) {
    boolean oddPart = parts.stream().anyMatch(p -> FileNames.mayBeFile(List.of(p)));
    boolean suspicious = oddPart || (table && FileNames.mayBeFile(parts));
    if (!suspicious) {
      return;
    }
    if (parts.size() > 3 || !oracle.exists(new QualifiedName(parts))) {
      throw parts.size() > 3
          ? StatementGuard.denied("A table's name has one to three parts, got " + parts)
          : FileNames.refusal(new QualifiedName(parts));
    }
  }
}
