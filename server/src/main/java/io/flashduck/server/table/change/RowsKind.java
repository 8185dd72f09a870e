package io.flashduck.server.table.change;

/**
 * What the rows of a section do and which columns they have.
 *
 * <p>Threading: immutable.
 */
public enum RowsKind {
  /** Whole rows that replace the rows with their keys. */
  UPSERT,
  /** Keys to delete. */
  DELETE,
  /** Whole rows to add to a table without a key. */
  APPEND,
  /**
   * Whole rows with a first column {@code _fd_op}: 0 upsert, 1 delete (only the key counts). Of the
   * rows with one key the last one counts.
   */
  MIXED,
  /**
   * Rows of a table without a key, named by their origin, with first columns {@code _fd_op} (0
   * replace, 1 delete), {@code _fd_path} (the file, or null), {@code _fd_origin} (the sequence of
   * the write, or null) and {@code _fd_origin_row}. A write names a row at most once.
   */
  REWRITE;

  /** Whether whole rows may be among them. */
  public boolean hasRows() {
    return this != DELETE;
  }
}
