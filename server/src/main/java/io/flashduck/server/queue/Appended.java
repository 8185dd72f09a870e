package io.flashduck.server.queue;

/**
 * The place that a change got in the queue.
 *
 * <p>Threading: immutable.
 *
 * @param sequence 1-based, without gaps
 * @param acceptedAtNanos nanoseconds since the epoch; strictly increasing with the sequence, also
 *     across restarts and when the clock is set back
 */
public record Appended(long sequence, long acceptedAtNanos) {}
