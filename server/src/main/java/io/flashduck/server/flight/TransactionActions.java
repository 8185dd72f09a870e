package io.flashduck.server.flight;

/**
 * Transactions and savepoints of Flight SQL: refused for now, and {@link SqlInfoTable} says so, so
 * that clients which look there never ask.
 *
 * <p>Threading: stateless.
 */
final class TransactionActions {
  /** Why a transaction is refused. */
  static final String REASON =
      "Transactions over several statements are not offered yet: every statement commits by"
          + " itself; turn autocommit on";

  /** Why a savepoint is refused. */
  static final String SAVEPOINT_REASON = "Savepoints are not offered: DuckDB has none";

  private TransactionActions() {}
}
