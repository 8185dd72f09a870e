package io.flashduck.server.queue;

import java.nio.ByteBuffer;

/**
 * One durable change as it was appended.
 *
 * <p>Threading: as the payload buffer, which belongs to the receiver; the queue keeps no reference.
 *
 * @param sequence 1-based, without gaps
 * @param acceptedAtNanos nanoseconds since the epoch, strictly increasing with the sequence
 * @param payload the bytes given to {@code append}, from position to limit
 */
public record Frame(long sequence, long acceptedAtNanos, ByteBuffer payload) {}
