package io.flashduck.server.engine;

import java.sql.ResultSet;
import java.sql.SQLException;

/**
 * Turns the current row of a small result into a value.
 *
 * <p>Threading: called on the thread that runs the query.
 */
@FunctionalInterface
public interface RowMapper<T> {
  /**
   * Maps the current row.
   *
   * @param row positioned on the row; borrowed, never to be moved
   */
  T map(ResultSet row) throws SQLException;
}
