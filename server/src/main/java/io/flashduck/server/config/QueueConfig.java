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
 */
public record QueueConfig(
    long segmentBytes, long maxPendingBytes, long maxFrameBytes, Duration appendWait) {}
