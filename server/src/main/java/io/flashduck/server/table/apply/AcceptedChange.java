package io.flashduck.server.table.apply;

import io.flashduck.server.table.change.LoggedChange;

/**
 * A change with its place in the write queue.
 *
 * <p>Threading: immutable.
 *
 * @param sequence its place
 * @param acceptedAtNanos its version: when it was accepted, since the epoch
 * @param change what it does
 */
public record AcceptedChange(long sequence, long acceptedAtNanos, LoggedChange change) {}
