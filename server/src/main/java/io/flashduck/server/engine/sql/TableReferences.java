package io.flashduck.server.engine.sql;

import java.util.Set;

/**
 * What a checked query reads.
 *
 * <p>Threading: immutable.
 *
 * @param tables names of tables and views as written, without those that WITH defines
 * @param functions names of the functions that it calls, in lower case
 * @param complete whether the two are known to be everything; false for what DuckDB cannot turn
 *     into a tree
 */
public record TableReferences(Set<QualifiedName> tables, Set<String> functions, boolean complete) {
  /** Nothing is known. */
  public static final TableReferences UNKNOWN = new TableReferences(Set.of(), Set.of(), false);

  public TableReferences {
    tables = Set.copyOf(tables);
    functions = Set.copyOf(functions);
  }
}
