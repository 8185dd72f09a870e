package io.flashduck.server.engine.sql;

import io.flashduck.server.error.FlashDuckException;
import java.util.Optional;

/**
 * Splits one statement into its clauses by recursive descent over tokens; expressions are never
 * looked into.
 *
 * <p>Source of the grammar: DuckDB documentation, pages of the statements.
 *
 * <p>Threading: stateless.
 */
public final class StatementParser {
  private StatementParser() {}

  /**
   * Parses one statement.
   *
   * @return {@link SqlStatement.Other} for everything that does not change rows or definitions of
   *     tables, views and schemas
   * @throws FlashDuckException INVALID_REQUEST with the character where the text stops making sense
   */
  public static SqlStatement parse(String sql) {
    TokenCursor cursor = new TokenCursor(sql, SqlLexer.tokens(sql));
    SqlStatement statement = statement(cursor);
    if (!(statement instanceof SqlStatement.Other)) {
      cursor.acceptSymbol(";");
      cursor.expectEnd();
    }
    return statement;
  }

  private static SqlStatement statement(TokenCursor cursor) {
    Optional<String> with = withClause(cursor);
    SqlToken first = cursor.peek(0);
    String keyword = first == null ? "" : first.keyword();
    return switch (keyword) {
      case "INSERT" -> new DmlParser(cursor, with).insert();
      case "UPDATE" -> new DmlParser(cursor, with).update();
      case "DELETE" -> new DmlParser(cursor, with).delete();
      case "MERGE" -> new MergeParser(cursor, with).merge();
      case "TRUNCATE" -> new DmlParser(cursor, with).truncate();
      case "CREATE" -> new DdlParser(cursor).create();
      case "DROP" -> new DdlParser(cursor).drop();
      case "ALTER" -> new DdlParser(cursor).alter();
      default -> new SqlStatement.Other(keyword);
    };
  }

  private static Optional<String> withClause(TokenCursor cursor) {
    int start = cursor.index();
    if (!cursor.accept("WITH")) {
      return Optional.empty();
    }
    cursor.accept("RECURSIVE");
    do {
      cursor.name();
      if (cursor.looksAtSymbol("(")) {
        cursor.parenthesised();
      }
      if (cursor.accept("USING", "KEY")) {
        cursor.parenthesised();
      }
      cursor.expect("AS");
      if (!cursor.accept("NOT", "MATERIALIZED")) {
        cursor.accept("MATERIALIZED");
      }
      cursor.parenthesised();
    } while (cursor.acceptSymbol(","));
    return Optional.of(cursor.text(start, cursor.index()));
  }
}
