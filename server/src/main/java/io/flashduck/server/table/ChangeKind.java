package io.flashduck.server.table;

/**
 * What the rows of a {@link Change} do.
 *
 * <p>Threading: immutable.
 */
public enum ChangeKind {
  /** Each row replaces the row with its key or is added; the table needs a key. */
  UPSERT,
  /** Each row names a key to delete; only the key columns are read. The table needs a key. */
  DELETE,
  /** Each row is added; only for a table without a key. */
  APPEND,
  /** A bulk ingest: upsert on a table with a key, append on one without. */
  INGEST
}
