package io.flashduck.server.flight;

import io.flashduck.server.engine.live.QueryLog;
import java.util.Optional;

/**
 * Rows, and what is known of the stream that they become.
 *
 * <p>Threading: immutable; the rows are confined to their stream.
 *
 * @param queryId names the stream for cancel
 * @param user who fetches
 * @param sql the statement; empty for metadata
 * @param entry the statement in the log of queries; ended by the stream
 */
record IdentifiedRows(
    String queryId, String user, String sql, Rows rows, Optional<QueryLog.Entry> entry) {
  IdentifiedRows(String queryId, String user, String sql, Rows rows) {
    this(queryId, user, sql, rows, Optional.empty());
  }
}
