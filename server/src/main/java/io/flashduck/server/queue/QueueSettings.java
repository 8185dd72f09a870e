package io.flashduck.server.queue;

import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import java.time.Duration;

/**
 * The limits of a {@link WriteQueue}.
 *
 * <p>Threading: immutable.
 *
 * @param segmentBytes a segment that has reached this size is followed by a new one; it may exceed
 *     it by one batch
 * @param maxFrameBytes longest payload of one append
 * @param maxPendingBytes bytes of frames waiting, in flight, or durable and not yet applied; a
 *     sender beyond it waits
 * @param maxWait how long a sender waits for room before QUEUE_FULL
 * @param maxBatchBytes bytes of frames that share one write and one sync; a single larger frame is
 *     a batch by itself
 * @param maxBatchFrames frames that share one write and one sync
 * @param preallocationBytes zeros written ahead of the frames, so that a sync has no new file size
 *     to record; 0 for none
 */
public record QueueSettings(
    long segmentBytes,
    int maxFrameBytes,
    long maxPendingBytes,
    Duration maxWait,
    int maxBatchBytes,
    int maxBatchFrames,
    int preallocationBytes) {
  private static final long KIB = 1024;
  private static final long MIB = 1024 * KIB;
  private static final long GIB = 1024 * MIB;

  public QueueSettings {
    requireRange("segmentBytes", segmentBytes, 4 * KIB, GIB);
    requireRange("maxFrameBytes", maxFrameBytes, 1, GIB);
    requireRange("maxBatchBytes", maxBatchBytes, KIB, GIB);
    requireRange("maxBatchFrames", maxBatchFrames, 1, MIB);
    requireRange("preallocationBytes", preallocationBytes, 0, 64 * MIB);
    requireRange(
        "maxPendingBytes", maxPendingBytes, FrameFormat.frameBytes(maxFrameBytes), Long.MAX_VALUE);
    if (maxWait.isNegative()) {
      throw new FlashDuckException(
          ErrorCode.INVALID_REQUEST, "maxWait is " + maxWait + ", but must not be negative");
    }
  }

  /** Segments of 64 MiB, frames up to 1 GiB, 2 GiB pending, 10 s of waiting. */
  public static QueueSettings defaults() {
    return new QueueSettings(
        64 * MIB, (int) GIB, 2 * GIB, Duration.ofSeconds(10), (int) (8 * MIB), 4096, (int) MIB);
  }

  private static void requireRange(String name, long value, long least, long most) {
    if (value < least || value > most) {
      throw new FlashDuckException(
          ErrorCode.INVALID_REQUEST,
          name + " is " + value + ", but must be from " + least + " to " + most);
    }
  }
}
