package io.flashduck.server.table;

import java.util.List;
import java.util.Optional;

/**
 * A transaction of a client: its statements read one snapshot and what the transaction itself has
 * written; what it has written becomes one change at the commit, or nothing.
 *
 * <p>A statement that DuckDB refuses ends the transaction for DuckDB, as it does there: all that is
 * left is to roll back. Refusals of FlashDuck's own, such as a key that exists already, leave it
 * open.
 *
 * <p>Threading: confined to whoever holds the transaction's connection.
 */
public interface Transaction {
  /**
   * What a statement in a transaction did.
   *
   * @param count the rows that it changed
   * @param returning the rows of RETURNING
   */
  record Result(long count, Optional<ArrowRows> returning) {}

  /** The last write that the snapshot has. */
  long sequence();

  /** Whether a commit would write anything but temporary tables. */
  boolean changed();

  /** From now on changes are refused. */
  void readOnly();

  /** A query with the relations in it that this transaction sees. */
  String reading(String query, List<String> searchPath);

  /** The text of a statement that changes temporary tables, as it is to be run. */
  String temporary(String sql, List<String> searchPath);

  /** Runs a statement that changes data or definitions. */
  Result execute(SqlUpdate update);

  /** Learns what a statement takes and returns without executing it. */
  UpdateDescription describe(SqlUpdate update);

  /**
   * Takes rows.
   *
   * @return how many
   */
  long submit(Change change);

  /**
   * Writes everything as one change; the transaction has ended then, also if this throws.
   *
   * @return sequence 0 if nothing was changed
   * @throws io.flashduck.server.error.FlashDuckException CONFLICT if another commit changed what
   *     this one has written, and then nothing is; what {@link Database#submit} throws
   */
  WriteAck commit(WriteOptions options);

  /** Ends the transaction; nothing of it is left. */
  void rollback();
}
