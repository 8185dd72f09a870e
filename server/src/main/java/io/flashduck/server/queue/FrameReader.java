package io.flashduck.server.queue;

import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Reads durable changes in order; at the end it can be asked again once there are more.
 *
 * <p>Checksums are verified again. A reader keeps its segment open, so it may go on with a segment
 * that is released meanwhile, but not into one.
 *
 * <p>Threading: confined to the thread that uses it; any number of readers.
 */
public final class FrameReader implements AutoCloseable {
  private final DurableLog log;
  private final SegmentFolder folder;
  private long nextSequence;
  private @Nullable SegmentScanner scanner;
  private @Nullable Segment segment;
  private long offset;

  FrameReader(DurableLog log, SegmentFolder folder, long fromSequence) {
    this.log = log;
    this.folder = folder;
    this.nextSequence = fromSequence;
  }

  /** The sequence of the change that {@link #next} looks for. */
  public long nextSequence() {
    return nextSequence;
  }

  /**
   * The next change, or empty if it is not durable yet; never waits.
   *
   * @throws FlashDuckException NOT_FOUND if it was released; CORRUPT_STATE if it is damaged;
   *     IO_ERROR
   */
  public Optional<Frame> next() {
    if (nextSequence > log.lastSequence()) {
      return Optional.empty();
    }
    while (true) {
      Segment current = locate();
      try {
        Optional<Frame> frame = readOne(current);
        if (frame.isPresent()) {
          return frame;
        }
      } catch (DamagedSegmentException e) {
        throw QueueErrors.corrupt(folder.directory(), current.path(), e.offset(), e.reason());
      } catch (IOException e) {
        throw QueueErrors.notRead(current.path(), e);
      }
    }
  }

  /** The frame at the present offset, or empty if it is a mark or an earlier change. */
  private Optional<Frame> readOne(Segment current) throws IOException, DamagedSegmentException {
    SegmentScanner source = scannerOf(current);
    long at = offset;
    FrameFormat.Header header = source.frameHeader(at, current.end());
    if (!header.isChange() || header.sequence() < nextSequence) {
      offset = at + header.frameBytes();
      return Optional.empty();
    }
    if (header.sequence() != nextSequence) {
      throw new DamagedSegmentException(
          at, "sequence " + header.sequence() + " stands where " + nextSequence + " belongs");
    }
    ByteBuffer payload = source.payload(header, at, current.end());
    offset = at + header.frameBytes();
    nextSequence++;
    return Optional.of(new Frame(header.sequence(), header.acceptedAtNanos(), payload));
  }

  /** The segment of the next change, with an end behind it. */
  private Segment locate() {
    Segment known = segment;
    if (known == null || offset >= known.end()) {
      known = log.segmentOf(nextSequence);
      segment = known;
    }
    return known;
  }

  private SegmentScanner scannerOf(Segment current) throws IOException, DamagedSegmentException {
    SegmentScanner open = scanner;
    if (open == null || open.header().firstSequence() != current.firstSequence()) {
      close();
      open = SegmentScanner.open(folder.files(), current.path());
      scanner = open;
      offset = SegmentHeader.BYTES;
    }
    return open;
  }

  @Override
  public void close() {
    SegmentScanner open = scanner;
    scanner = null;
    if (open != null) {
      try {
        open.close();
      } catch (IOException e) {
        throw new FlashDuckException(
            ErrorCode.IO_ERROR,
            "Closing a segment of the write queue failed: " + e.getMessage(),
            e);
      }
    }
  }
}
