package io.flashduck.server.error;

/**
 * What kind of failure a {@link FlashDuckException} is; each network front end maps every code to
 * its own status in exactly one place.
 *
 * <p>Threading: immutable.
 */
public enum ErrorCode {
  /** The request is malformed: SQL syntax, unknown column, bad option. */
  INVALID_REQUEST,
  /** A value does not fit the column's type. */
  TYPE_MISMATCH,
  /** A key column is missing, null or repeated where it must not be. */
  CONSTRAINT_VIOLATION,
  /** No or wrong credentials. */
  UNAUTHENTICATED,
  /** Known caller, forbidden operation. */
  PERMISSION_DENIED,
  /** The named table, schema, view or handle does not exist. */
  NOT_FOUND,
  /** The object to be created exists. */
  ALREADY_EXISTS,
  /** A concurrent change won; the caller changed nothing and may try again. */
  CONFLICT,
  /** The write queue is full; nothing was written. */
  QUEUE_FULL,
  /** A limit on memory, sessions, message size or disk space was reached. */
  RESOURCE_EXHAUSTED,
  /**
   * Whether the change survives is unknown: its sync failed. Ask again after a restart; with a
   * producer id a repeat is safe.
   */
  COMMIT_UNKNOWN,
  /** The server is stopping or not yet started. */
  SHUTTING_DOWN,
  /** The caller cancelled. */
  CANCELLED,
  /** The caller's or the server's time limit passed. */
  TIMEOUT,
  /** Deliberately not offered. */
  UNIMPLEMENTED,
  /** Another server owns the state folder. */
  ALREADY_RUNNING,
  /** A file of the state folder is damaged. */
  CORRUPT_STATE,
  /** The operating system refused a file or socket operation. */
  IO_ERROR,
  /** A defect of FlashDuck. */
  INTERNAL
}
