package io.flashduck.server.consolidate;

import io.flashduck.server.catalog.TableName;
import io.flashduck.server.engine.EngineConnection;
import java.util.Optional;

/**
 * The bookkeeping of the one who writes the tables, as far as emission must know it.
 *
 * <p>Both methods are called inside a transaction of the given connection and must read everything
 * from it, so that what they return and the rows that are copied next belong to one version.
 *
 * <p>Threading: thread-safe.
 */
public interface TableStorage {
  /** The version and sequence that the connection's transaction sees. */
  SnapshotPosition position(EngineConnection snapshot);

  /** The table in the connection's transaction; empty if it does not exist there. */
  Optional<StoredTable> table(EngineConnection snapshot, TableName table);
}
