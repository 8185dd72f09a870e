package io.flashduck.server.table.merge;

/**
 * Where the merge runs its statements: the apply lane's connection, inside a transaction.
 *
 * <p>Threading: confined to the apply lane.
 */
public interface SqlSession {
  /** Runs a statement without a result. */
  void execute(String sql);

  /** Runs a statement that adds or removes rows and says how many. */
  long update(String sql);

  /** The one number that a query answers. */
  long number(String sql);

  /** As {@link #number}, for a query of tables that stay, which is asked again and again. */
  default long numberOften(String sql) {
    return number(sql);
  }

  /** Runs statements in order. */
  default void executeAll(Iterable<String> statements) {
    statements.forEach(this::execute);
  }
}
