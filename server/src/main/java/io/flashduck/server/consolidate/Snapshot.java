package io.flashduck.server.consolidate;

import io.flashduck.server.engine.EngineConnection;
import io.flashduck.server.error.FlashDuckException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A read transaction that ends as soon as nobody needs it: DuckDB keeps old rows as long as one can
 * see them.
 *
 * <p>Threading: confined to its user.
 */
final class Snapshot {
  private static final Logger LOG = LoggerFactory.getLogger(Snapshot.class);

  private final EngineConnection connection;
  private final boolean kept;
  private boolean open = true;

  /** A snapshot that ends at {@link #release}. */
  Snapshot(EngineConnection connection) {
    this(connection, false);
  }

  private Snapshot(EngineConnection connection, boolean kept) {
    this.connection = connection;
    this.kept = kept;
  }

  /** A snapshot that ends only at {@link #end}. */
  static Snapshot kept(EngineConnection connection) {
    return new Snapshot(connection, true);
  }

  EngineConnection connection() {
    return connection;
  }

  /** The emission needs it no more. */
  void release() {
    if (!kept) {
      end();
    }
  }

  /** Nobody needs it any more; repeated calls do nothing. */
  void end() {
    if (open) {
      open = false;
      try {
        connection.rollback();
      } catch (FlashDuckException e) {
        LOG.warn("A snapshot did not end: {}", e.getMessage());
      }
    }
  }
}
