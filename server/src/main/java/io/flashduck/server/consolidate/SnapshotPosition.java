package io.flashduck.server.consolidate;

/**
 * What a snapshot sees: every commit up to {@code version} and no later one.
 *
 * <p>Threading: immutable.
 *
 * @param version the table version
 * @param sequence the last applied write sequence
 */
public record SnapshotPosition(long version, long sequence) {}
