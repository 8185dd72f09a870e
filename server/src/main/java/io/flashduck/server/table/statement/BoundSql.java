package io.flashduck.server.table.statement;

import io.flashduck.server.engine.Parameters;
import io.flashduck.server.engine.sql.NumberedParameters;
import io.flashduck.server.engine.sql.SqlLexer;
import io.flashduck.server.engine.sql.SqlToken;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A statement with numbered parameters, and the values of those that are in it.
 *
 * <p>The clauses of a statement are put together in another order than they were written, so every
 * {@code ?} gets its number first; a query that has only some of them is numbered anew, because
 * DuckDB wants values for exactly the parameters it has.
 *
 * <p>Threading: immutable.
 *
 * @param sql the text, parameters {@code $1} to {@code $n}
 * @param values their values
 */
record BoundSql(String sql, Parameters values) {
  /** The text with every parameter numbered; {@code ?} in the order of writing. */
  static String numbered(String text) {
    String sql = NumberedParameters.of(text).sql();
    StringBuilder out = new StringBuilder();
    int copied = 0;
    int next = 1;
    for (SqlToken token : SqlLexer.tokens(sql)) {
      if (token.kind() == SqlToken.Kind.PARAMETER && token.text().startsWith("?")) {
        String given = token.text().substring(1);
        out.append(sql, copied, token.start())
            .append('$')
            .append(given.isEmpty() ? String.valueOf(next++) : given);
        copied = token.end();
      }
    }
    return copied == 0 ? sql : out.append(sql, copied, sql.length()).toString();
  }

  /** The numbers of the parameters in a text, in order. */
  static List<Integer> parameters(String sql) {
    SortedMap<Integer, Boolean> numbers = new TreeMap<>();
    for (SqlToken token : SqlLexer.tokens(sql)) {
      if (token.kind() == SqlToken.Kind.PARAMETER) {
        numbers.put(number(token), true);
      }
    }
    return List.copyOf(numbers.keySet());
  }

  /** A text with the values of its parameters out of those of the whole statement. */
  static BoundSql of(String sql, Parameters all) {
    List<Integer> numbers = parameters(sql);
    if (numbers.isEmpty()) {
      return new BoundSql(sql, Parameters.NONE);
    }
    List<@Nullable Object> values = new ArrayList<>();
    for (int number : numbers) {
      values.add(number <= all.size() ? all.values().get(number - 1) : null);
    }
    return new BoundSql(
        replaced(sql, n -> "$" + (numbers.indexOf(n) + 1)), Parameters.ofList(values));
  }

  /** The text with something else in the place of each parameter. */
  static String replaced(String sql, java.util.function.IntFunction<String> replacement) {
    StringBuilder out = new StringBuilder();
    int copied = 0;
    for (SqlToken token : SqlLexer.tokens(sql)) {
      if (token.kind() == SqlToken.Kind.PARAMETER) {
        out.append(sql, copied, token.start()).append(replacement.apply(number(token)));
        copied = token.end();
      }
    }
    return out.append(sql, copied, sql.length()).toString();
  }

  private static int number(SqlToken token) {
    return Integer.parseInt(token.text().substring(1));
  }
}
