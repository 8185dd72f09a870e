package io.flashduck.server.engine.sql;

import io.flashduck.server.engine.sql.SqlToken.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * A statement whose named parameters ({@code $name}) are numbered in the order of their first use,
 * because DuckDB's driver binds by number only.
 *
 * <p>Threading: immutable.
 *
 * @param sql the text to run
 * @param names the names by number, without {@code $}; empty if there were none
 */
public record NumberedParameters(String sql, List<String> names) {
  public NumberedParameters {
    names = List.copyOf(names);
  }

  /** Numbers the named parameters of a statement. */
  public static NumberedParameters of(String sql) {
    if (sql.indexOf('$') < 0) {
      return new NumberedParameters(sql, List.of());
    }
    List<String> names = new ArrayList<>();
    StringBuilder numbered = new StringBuilder();
    int copied = 0;
    for (SqlToken token : SqlLexer.tokens(sql)) {
      if (!isNamed(token)) {
        continue;
      }
      String name = token.text().substring(1).toLowerCase(Locale.ROOT);
      if (!names.contains(name)) {
        names.add(name);
      }
      numbered.append(sql, copied, token.start()).append('$').append(names.indexOf(name) + 1);
      copied = token.end();
    }
    return names.isEmpty()
        ? new NumberedParameters(sql, List.of())
        : new NumberedParameters(numbered.append(sql, copied, sql.length()).toString(), names);
  }

  private static boolean isNamed(SqlToken token) {
    return token.kind() == Kind.PARAMETER
        && token.text().startsWith("$")
        && token.text().length() > 1
        && !Character.isDigit(token.text().charAt(1));
  }
}
