package io.flashduck.server.queue;

import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * A change on its way from a sender to the queue's thread.
 *
 * <p>Threading: immutable; the future is completed by the queue's thread.
 *
 * @param payload borrowed from the sender until the future is complete
 * @param condition the sequence that must be the last one, or {@link #ANY}
 * @param future empty if the condition did not hold
 */
record PendingAppend(
    ByteBuffer payload,
    int payloadCrc,
    long condition,
    CompletableFuture<Optional<Appended>> future) {
  /** The condition of an append without one. */
  static final long ANY = -1;

  static PendingAppend of(ByteBuffer payload, long condition) {
    ByteBuffer view = payload.slice();
    return new PendingAppend(
        view, FrameFormat.payloadCrc(view), condition, new CompletableFuture<>());
  }

  long frameBytes() {
    return FrameFormat.frameBytes(payload.remaining());
  }

  boolean holdsAfter(long lastSequence) {
    return condition == ANY || condition == lastSequence;
  }
}
