package io.flashduck.server.table;

/** How far the apply lane is with some writes of the queue; told, so that a test can kill there. */
enum LaneStep {
  /** Their frames are read; the transaction has not begun. */
  READ,
  /** The transaction has all of them, and is not committed. */
  WRITTEN,
  /** Committed, and nobody knows yet. */
  COMMITTED,
  /** Queries, senders and exports were told. */
  PUBLISHED
}
