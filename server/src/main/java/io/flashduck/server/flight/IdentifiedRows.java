package io.flashduck.server.flight;

/**
 * Rows, and what is known of the stream that they become.
 *
 * <p>Threading: immutable; the rows are confined to their stream.
 *
 * @param queryId names the stream for cancel
 * @param user who fetches
 * @param sql the statement; empty for metadata
 */
record IdentifiedRows(String queryId, String user, String sql, Rows rows) {}
