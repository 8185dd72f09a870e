package io.flashduck.server.engine;

import io.flashduck.server.engine.StatementSlot.Operation;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.Map;
import org.duckdb.DuckDBConnection;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The prepared statements of a connection that are kept for reuse, least recently used dropped
 * first.
 *
 * <p>Threading: confined to its connection's lane.
 */
final class PreparedStatements {
  private static final Logger LOG = LoggerFactory.getLogger(PreparedStatements.class);

  private final DuckDBConnection connection;
  private final int limit;
  private final Map<Key, PreparedStatement> kept = new LinkedHashMap<>(16, 0.75f, true);

  /** What ran once without being prepared. */
  private final Map<Key, Boolean> ran = new LinkedHashMap<>();

  private SessionOptions options = SessionOptions.DEFAULT;

  /**
   * @param limit how many are kept; 0 for none
   */
  PreparedStatements(DuckDBConnection connection, int limit) {
    this.connection = connection;
    this.limit = limit;
  }

  /**
   * A statement and what it was prepared under: DuckDB computes constants when it plans, for
   * example the hour of a moment in the time zone of that time, and does not plan anew when the
   * time zone changes.
   */
  private record Key(String sql, SessionOptions options) {}

  /** Says what is set on the connection now: kept statements are those of their options. */
  void options(SessionOptions set) {
    options = set;
  }

  /** Whether a statement is neither kept nor was asked for lately; asking makes it known. */
  boolean isNew(String sql) {
    Key key = new Key(sql, options);
    if (limit == 0 || kept.containsKey(key) || ran.remove(key) != null) {
      return false;
    }
    ran.put(key, true);
    if (ran.size() > limit) {
      dropFirst(ran);
    }
    return true;
  }

  /** A prepared statement; not to be closed. */
  PreparedStatement borrow(Operation operation, String sql) throws SQLException {
    PreparedStatement known = kept.get(new Key(sql, options));
    // A statement that failed was closed by the driver.
    return known != null && !known.isClosed() ? known : prepareAgain(operation, sql);
  }

  /** A new statement, because the driver's description of a kept one is that of its time. */
  PreparedStatement prepareAgain(Operation operation, String sql) throws SQLException {
    if (limit == 0) {
      return operation.closeLater(connection.prepareStatement(sql));
    }
    PreparedStatement fresh = connection.prepareStatement(sql);
    PreparedStatement old = kept.put(new Key(sql, options), fresh);
    if (old != null) {
      old.close();
    }
    if (kept.size() > limit) {
      dropFirst(kept).close();
    }
    return fresh;
  }

  private static <T> T dropFirst(Map<Key, T> map) {
    var first = map.entrySet().iterator();
    T dropped = first.next().getValue();
    first.remove();
    return dropped;
  }

  void close() {
    for (PreparedStatement statement : kept.values()) {
      try {
        statement.close();
      } catch (SQLException e) {
        LOG.warn("Closing a prepared statement failed: {}", e.getMessage());
      }
    }
    kept.clear();
  }
}
