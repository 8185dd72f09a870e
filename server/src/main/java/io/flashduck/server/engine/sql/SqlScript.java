package io.flashduck.server.engine.sql;

import io.flashduck.server.engine.sql.SqlToken.Kind;
import java.util.ArrayList;
import java.util.List;

/**
 * Splits SQL text into its statements.
 *
 * <p>Needed because DuckDB's JDBC driver runs all but the last statement of a script when it
 * prepares one.
 *
 * <p>Threading: stateless.
 */
public final class SqlScript {
  private SqlScript() {}

  /**
   * The statements in order, each without its semicolon and without comments around it and with
   * JDBC's escapes as SQL; empty ones are left out.
   */
  public static List<String> split(String text) {
    List<String> statements = new ArrayList<>();
    int start = -1;
    int end = -1;
    for (SqlToken token : SqlLexer.tokens(text)) {
      if (token.kind() == Kind.SEMICOLON) {
        if (start >= 0) {
          statements.add(JdbcEscapes.plain(text.substring(start, end)));
        }
        start = -1;
      } else {
        start = start < 0 ? token.start() : start;
        end = token.end();
      }
    }
    if (start >= 0) {
      statements.add(JdbcEscapes.plain(text.substring(start, end)));
    }
    return statements;
  }
}
