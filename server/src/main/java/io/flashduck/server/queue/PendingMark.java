package io.flashduck.server.queue;

/**
 * A run of durable changes up to a sequence and the bytes that they hold until they are applied.
 *
 * <p>Threading: immutable.
 *
 * @param lastSequence of the run
 * @param bytes of all its frames
 * @param firstAcceptedAtNanos accepted time of its first change
 */
record PendingMark(long lastSequence, long bytes, long firstAcceptedAtNanos) {
  /** The run of this and the next one. */
  PendingMark join(PendingMark next) {
    return new PendingMark(next.lastSequence, bytes + next.bytes, firstAcceptedAtNanos);
  }
}
