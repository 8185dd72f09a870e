package io.flashduck.server.table.apply;

import io.flashduck.server.engine.EngineConnection;
import io.flashduck.server.table.merge.SqlSession;

/**
 * The apply lane's connection as the merge uses it.
 *
 * <p>Threading: confined to the apply lane.
 */
public final class LaneSession implements SqlSession {
  private final EngineConnection connection;
  private final EarlyRows early;
  private boolean tracked;

  LaneSession(EngineConnection connection) {
    this.connection = connection;
    this.early = new EarlyRows(connection);
  }

  /** For questions; what changes stored tables goes through this session. */
  EngineConnection connection() {
    return connection;
  }

  /** Runs the work in one transaction; if it throws, nothing of it happened. */
  void inTransaction(Runnable work) {
    if (tracked) {
      connection.trackProgress(false);
      tracked = false;
    }
    connection.inTransaction(
        () -> {
          early.begin();
          work.run();
          early.beforeCommit();
          return true;
        });
  }

  /**
   * Has DuckDB count how far statements are, up to the next transaction: after a failure nothing
   * can be set in this one.
   */
  void trackProgress() {
    if (!tracked) {
      connection.trackProgress(true);
      tracked = true;
    }
  }

  @Override
  public void execute(String sql) {
    early.update(sql);
  }

  @Override
  public long number(String sql) {
    return connection.query(sql, row -> row.getLong(1)).get(0);
  }

  @Override
  public long numberOften(String sql) {
    return connection.queryKept(sql, row -> row.getLong(1)).get(0);
  }

  @Override
  public long update(String sql) {
    return early.update(sql);
  }
}
