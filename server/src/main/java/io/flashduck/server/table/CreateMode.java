package io.flashduck.server.table;

/**
 * What a change expects of its table before it.
 *
 * <p>Threading: immutable.
 */
public enum CreateMode {
  /** The table must exist: NOT_FOUND otherwise. */
  EXISTING,
  /** The table must not exist: ALREADY_EXISTS otherwise. It is created from the rows' schema. */
  CREATE,
  /** The table is created from the rows' schema if it does not exist. */
  CREATE_IF_MISSING,
  /** What the table held is gone, and it is created anew from the rows' schema. */
  REPLACE
}
