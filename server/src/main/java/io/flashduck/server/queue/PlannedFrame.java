package io.flashduck.server.queue;

import java.nio.ByteBuffer;

/**
 * A change with the place that it gets if its batch becomes durable.
 *
 * <p>Threading: immutable, but for the payload, which is borrowed from the sender.
 */
record PlannedFrame(long sequence, long acceptedAtNanos, ByteBuffer payload, int payloadCrc) {
  long frameBytes() {
    return FrameFormat.frameBytes(payload.remaining());
  }

  FrameFormat.Header header(int salt, long batchStart) {
    return new FrameFormat.Header(
        true, salt, sequence, acceptedAtNanos, payload.remaining(), batchStart, payloadCrc);
  }
}
