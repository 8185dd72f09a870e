package io.flashduck.server.flight;

import io.flashduck.server.engine.sql.SqlLexer;
import io.flashduck.server.engine.sql.SqlToken;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;

/**
 * Counts the parameters of a statement: every {@code ?}, the highest {@code ?n} or {@code $n}, and
 * every different {@code $name}.
 *
 * <p>Threading: stateless.
 */
final class Placeholders {
  private Placeholders() {}

  static int count(String sql) {
    if (sql.indexOf('?') < 0 && sql.indexOf('$') < 0) {
      return 0;
    }
    int anonymous = 0;
    int highest = 0;
    Set<String> names = new HashSet<>();
    for (SqlToken token : SqlLexer.tokens(sql)) {
      if (token.kind() == SqlToken.Kind.PARAMETER) {
        String name = token.text().substring(1);
        if (name.isEmpty()) {
          anonymous++;
        } else if (Character.isDigit(name.charAt(0))) {
          highest = Math.max(highest, Integer.parseInt(name));
        } else {
          names.add(name.toLowerCase(Locale.ROOT));
        }
      }
    }
    return Math.max(anonymous + names.size(), highest);
  }
}
