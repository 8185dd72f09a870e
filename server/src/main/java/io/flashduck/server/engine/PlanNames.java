package io.flashduck.server.engine;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The names of tables in DuckDB's plans, in every format of EXPLAIN, as clients know them: what is
 * read from {@code flashduck_db._flashduck."sales.orders"} is {@code flashduck_db.sales.orders}.
 *
 * <p>Threading: stateless.
 */
final class PlanNames {
  private static final String CATALOG = "flashduck_db.";

  /** Behind the key "Table"; quotation marks are escaped in JSON and the like. */
  private static final Pattern STORED =
      Pattern.compile(
          "(│ )?(?<=^|[^A-Za-z]|\\\\n)(Table(?:\": \"|\",\"values\":\\[\"|: |:\\\\n))flashduck_db\\._flashduck\\."
              + "(\\\\*)\"([^\"\\\\.]+)\\.([^\"\\\\]+)\\3\"");

  private static final Pattern PLAIN = Pattern.compile("[A-Za-z_][A-Za-z0-9_]*");

  private PlanNames() {}

  /** The plan with the clients' names; a box drawn around a name keeps its width. */
  static String shown(String plan) {
    Matcher stored = STORED.matcher(plan);
    StringBuilder shown = new StringBuilder();
    while (stored.find()) {
      String quote = stored.group(3) + '"';
      String box = stored.group(1) == null ? "" : stored.group(1);
      String named =
          box
              + stored.group(2)
              + CATALOG
              + written(stored.group(4), quote)
              + "."
              + written(stored.group(5), quote);
      int removed = box.isEmpty() ? 0 : stored.group().length() - named.length();
      String padded = named + " ".repeat(Math.max(0, removed));
      stored.appendReplacement(shown, Matcher.quoteReplacement(padded));
    }
    return stored.appendTail(shown).toString();
  }

  private static String written(String name, String quote) {
    return PLAIN.matcher(name).matches() ? name : quote + name + quote;
  }
}
