package io.flashduck.server.queue;

import java.io.IOException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Walks one segment from its header to its first unreadable byte and says what stands there; the
 * one place that knows which frame may follow which.
 *
 * <p>Threading: confined to the thread that uses it.
 */
final class SegmentCheck {
  private final SegmentScanner scanner;
  private final long size;
  private final Visitor visitor;
  private long offset = SegmentHeader.BYTES;
  private long lastSequence;
  private long lastAcceptedAtNanos;
  private long lastBatchStart = SegmentHeader.BYTES;
  private boolean markedLast;

  SegmentCheck(SegmentScanner scanner, Visitor visitor) throws IOException {
    this.scanner = scanner;
    this.size = scanner.size();
    this.visitor = visitor;
    this.lastSequence = scanner.header().firstSequence() - 1;
    this.lastAcceptedAtNanos = scanner.header().previousAcceptedAtNanos();
  }

  /** Sees each good change in order. */
  interface Visitor {
    void change(FrameFormat.Header frame, long offset);
  }

  /**
   * Where a segment's good frames end, and why.
   *
   * @param end offset behind the last good frame
   * @param size of the file
   * @param tail what stands from {@code end} on
   * @param reason why the bytes at {@code end} are no frame; empty for a clean end
   * @param lastSequence of the last good change; first sequence - 1 if there is none
   * @param lastBatchStart offset before which all bytes are known to have been synced
   * @param marked whether the last good frame is a mark, so that everything was synced
   */
  record Result(
      long end,
      long size,
      Tail tail,
      String reason,
      long lastSequence,
      long lastAcceptedAtNanos,
      long lastBatchStart,
      boolean marked) {}

  /** What stands behind the last good frame. */
  enum Tail {
    /** The end of the file. */
    CLEAN,
    /** Zeros written ahead. */
    PREALLOCATED,
    /** An unfinished last batch, if this is the last segment. */
    TORN,
    /** Bytes that had been synced, as a later batch proves. */
    DAMAGED
  }

  /**
   * Checks that a segment is the one that its name says and goes on where the one before it ended.
   *
   * @param previous what the check of the segment before it found, null for the oldest one
   */
  static void requireFollows(
      SegmentHeader header, long firstSequenceByName, @Nullable Result previous)
      throws DamagedSegmentException {
    if (header.firstSequence() != firstSequenceByName) {
      throw new DamagedSegmentException(
          0, "the segment's header says first sequence " + header.firstSequence());
    }
    if (previous != null
        && (header.firstSequence() != previous.lastSequence() + 1
            || header.previousAcceptedAtNanos() != previous.lastAcceptedAtNanos())) {
      throw new DamagedSegmentException(
          0,
          "the segment before it ends with sequence "
              + previous.lastSequence()
              + ", so changes between them are missing");
    }
  }

  /** Reads the segment; a read error of the system is thrown, not taken for damage. */
  Result run() throws IOException {
    try {
      while (offset < size) {
        step();
      }
      return result(Tail.CLEAN, "");
    } catch (DamagedSegmentException e) {
      return result(tail(), e.reason());
    }
  }

  private void step() throws IOException, DamagedSegmentException {
    FrameFormat.Header frame = scanner.frameHeader(offset, size);
    scanner.verifyPayload(frame, offset, size);
    long expected = frame.isChange() ? lastSequence + 1 : lastSequence;
    if (frame.sequence() != expected) {
      throw new DamagedSegmentException(
          offset, "sequence " + frame.sequence() + " stands where " + expected + " belongs");
    }
    if (frame.isChange() == (frame.acceptedAtNanos() <= lastAcceptedAtNanos)) {
      throw new DamagedSegmentException(offset, "the accepted time does not increase");
    }
    boolean newBatch = frame.batchStart() == offset;
    if (!newBatch && frame.batchStart() != lastBatchStart) {
      throw new DamagedSegmentException(offset, "the frame belongs to no batch");
    }
    if (frame.isChange()) {
      visitor.change(frame, offset);
    }
    lastSequence = frame.sequence();
    lastAcceptedAtNanos = frame.acceptedAtNanos();
    lastBatchStart = frame.batchStart();
    markedLast = !frame.isChange();
    offset += frame.frameBytes();
  }

  private Tail tail() throws IOException {
    try {
      if (scanner.isZero(offset, size)) {
        return Tail.PREALLOCATED;
      }
      return provenSyncedBehind() ? Tail.DAMAGED : Tail.TORN;
    } catch (DamagedSegmentException shrunk) {
      return Tail.TORN;
    }
  }

  /**
   * Whether a frame behind {@link #offset} was written in a later batch than the one at {@code
   * offset}: then everything before that batch had been synced. A payload cannot imitate one: the
   * salt is secret, and a copy of an earlier frame names an earlier batch.
   */
  private boolean provenSyncedBehind() throws IOException, DamagedSegmentException {
    Optional<SegmentScanner.Found> found = scanner.findFrame(offset, size);
    while (found.isPresent()) {
      if (found.get().frame().batchStart() > offset) {
        return true;
      }
      found = scanner.findFrame(found.get().offset() + FrameFormat.ALIGNMENT, size);
    }
    return false;
  }

  private Result result(Tail tail, String reason) {
    return new Result(
        offset, size, tail, reason, lastSequence, lastAcceptedAtNanos, lastBatchStart, markedLast);
  }
}
