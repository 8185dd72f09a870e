package io.flashduck.server.table.merge;

import java.util.List;
import java.util.Locale;

/**
 * The hidden columns of a stored table, which name each row's origin and rank.
 *
 * <p>Threading: stateless.
 */
public final class Hidden {
  /** The schema of the stored tables and of the bookkeeping. */
  public static final String SCHEMA = "_flashduck";

  /** No column of a user's file or table may begin like this. */
  public static final String PREFIX = "_fd_";

  /** Nanoseconds since the epoch: when the row became what it is. */
  public static final String VERSION = "_fd_version";

  /**
   * The file's id if positive; minus the sequence of the write that created the row if negative.
   */
  public static final String SOURCE = "_fd_source";

  /** The row's number in that file or write, from 0. */
  public static final String ROW = "_fd_row";

  /** The sequence of the write that last wrote the row; 0 if the row is a file's own. */
  public static final String SEQUENCE = "_fd_sequence";

  /** In staged rows: true if the row is a tombstone. */
  public static final String DELETED = "_fd_deleted";

  /** The hidden columns of stored rows, in order. */
  public static final List<String> COLUMNS = List.of(VERSION, SOURCE, ROW, SEQUENCE);

  private Hidden() {}

  /** Whether a column of that name would clash with the hidden ones. */
  public static boolean isReserved(String column) {
    return column.toLowerCase(Locale.ROOT).startsWith(PREFIX);
  }
}
