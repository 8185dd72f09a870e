package io.flashduck.server.queue;

import java.time.Instant;
import java.util.Optional;

/**
 * What the queue holds at one moment.
 *
 * <p>Threading: immutable.
 *
 * @param firstSequence the oldest sequence that can still be read; {@code lastSequence + 1} if none
 * @param lastSequence the last durable sequence, 0 before the first
 * @param appliedSequence the last sequence reported as applied
 * @param pendingBytes bytes of frames waiting, in flight, or durable and not yet applied
 * @param waitingSenders senders that wait for room
 * @param segments number of segment files
 * @param bytes bytes of all segment files up to their last durable frame
 * @param syncs batches made durable since the queue was opened
 * @param oldestUnappliedAt when the oldest change that is not yet applied was accepted; after a
 *     restart and until its backlog is applied, up to 64 KiB of frames too early
 * @param poisonedReason why the queue refuses writes until it is opened again
 */
public record QueueStats(
    long firstSequence,
    long lastSequence,
    long appliedSequence,
    long pendingBytes,
    int waitingSenders,
    int segments,
    long bytes,
    long syncs,
    Optional<Instant> oldestUnappliedAt,
    Optional<String> poisonedReason) {}
