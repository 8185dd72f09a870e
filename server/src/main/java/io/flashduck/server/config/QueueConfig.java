package io.flashduck.server.config;

import java.time.Duration;

/**
 * The durable write queue.
 *
 * <p>Threading: immutable.
 *
 * @param segmentBytes a segment file is closed once it is at least this large
 * @param maxPendingBytes accepted but not yet applied bytes beyond which senders wait
 * @param maxFrameBytes the largest single change
 * @param appendWait how long a sender waits for room before it is refused
 * @param folding what becomes of applied changes
 */
public record QueueConfig(
    long segmentBytes,
    long maxPendingBytes,
    long maxFrameBytes,
    Duration appendWait,
    Folding folding) {
  /**
   * When applied changes are folded into Parquet, and how long they can be asked for.
   *
   * @param bytes the size of the queue's files from which it is done
   * @param historyBytes beyond this the oldest changes are forgotten; 0 keeps none
   * @param historyTime changes older than this are forgotten
   */
  public record Folding(long bytes, long historyBytes, Duration historyTime) {}
}
