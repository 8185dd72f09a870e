package io.flashduck.server.table.apply;

import io.flashduck.server.engine.EngineConnection;
import io.flashduck.server.table.merge.SqlSession;

/**
 * The apply lane's connection as the merge uses it.
 *
 * <p>Threading: confined to the apply lane.
 */
public record LaneSession(EngineConnection connection) implements SqlSession {
  @Override
  public void execute(String sql) {
    connection.execute(sql);
  }

  @Override
  public long number(String sql) {
    return connection.query(sql, row -> row.getLong(1)).get(0);
  }

  /** Runs a statement that changes rows and says how many. */
  public long update(String sql) {
    return connection.update(sql);
  }
}
