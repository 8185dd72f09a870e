package io.flashduck.server.queue;

import java.util.List;

/**
 * What recovery found and made ready to append to.
 *
 * <p>Threading: immutable, but for the writer, which belongs to the receiver.
 *
 * @param segments all segments with their ends, oldest first; the last one is the writer's
 * @param lastSequence 0 if there never was a change
 * @param lastAcceptedAtNanos 0 if there never was a change
 * @param backlog the stored changes in runs of about 64 KiB, oldest first
 */
record RecoveredLog(
    SegmentWriter active,
    List<Segment> segments,
    long lastSequence,
    long lastAcceptedAtNanos,
    List<PendingMark> backlog) {
  RecoveredLog {
    segments = List.copyOf(segments);
    backlog = List.copyOf(backlog);
  }
}
