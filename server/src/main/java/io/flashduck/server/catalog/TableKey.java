package io.flashduck.server.catalog;

import java.util.List;

/**
 * The columns that identify a row of a keyed table, in declared order.
 *
 * <p>Threading: immutable.
 */
public record TableKey(List<String> columns, Origin origin) {
  /**
   * Where the key comes from; an inferred key is lost when a file contradicts it, the others are
   * not.
   */
  public enum Origin {
    /** {@code tables.yaml} or {@code PRIMARY KEY} of CREATE TABLE. */
    DECLARED,
    /** An accepted write by key used it. */
    PINNED,
    /** A column named {@code id} or {@code key}, unique and not null in every file. */
    INFERRED
  }

  public TableKey {
    columns = List.copyOf(columns);
  }
}
