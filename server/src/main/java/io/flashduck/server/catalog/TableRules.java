package io.flashduck.server.catalog;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What CREATE TABLE says about the values of a table's rows. Every write is held to it before it is
 * accepted; rows of files are not.
 *
 * <p>Threading: immutable.
 *
 * @param notNull the columns without nulls, besides those of the key
 * @param defaults by column, the expression for an INSERT that leaves the column out
 * @param checks conditions that may not be false
 */
public record TableRules(List<String> notNull, Map<String, String> defaults, List<String> checks) {
  /** Anything may be written. */
  public static final TableRules NONE = new TableRules(List.of(), Map.of(), List.of());

  public TableRules {
    notNull = List.copyOf(notNull);
    defaults = Map.copyOf(new TreeMap<>(defaults));
    checks = List.copyOf(checks);
  }

  /** Whether there is no rule. */
  public boolean isEmpty() {
    return equals(NONE);
  }

  /** Whether the column may not be null. */
  public boolean isNotNull(String column) {
    return notNull.stream().anyMatch(column::equalsIgnoreCase);
  }

  /** The expression for a column that is left out. */
  public Optional<String> defaultOf(String column) {
    String folded = column.toLowerCase(Locale.ROOT);
    return defaults.entrySet().stream()
        .filter(entry -> entry.getKey().toLowerCase(Locale.ROOT).equals(folded))
        .map(Map.Entry::getValue)
        .findFirst();
  }
}
