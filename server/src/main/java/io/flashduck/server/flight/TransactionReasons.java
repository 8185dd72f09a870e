package io.flashduck.server.flight;

/**
 * Why transactions and savepoints are refused for now. {@link SqlInfoTable} says that there are
 * none, so that clients which look there never ask.
 *
 * <p>Threading: immutable.
 */
final class TransactionReasons {
  static final String TRANSACTION =
      "Transactions over several statements are not offered yet: every statement commits by"
          + " itself; turn autocommit on";
  static final String SAVEPOINT = "Savepoints are not offered: DuckDB has none";

  private TransactionReasons() {}
}
