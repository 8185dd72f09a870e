package io.flashduck.server.queue;

import io.flashduck.server.queue.FileLayer.OpenFile;
import io.flashduck.server.queue.FileLayer.OpenMode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Reads and checks the frames of one segment file through a window of bounded size.
 *
 * <p>Every method takes the offset up to which the file may be looked at, so that a live segment is
 * never read beyond what is durable, and no stale byte stays in the window.
 *
 * <p>Threading: confined to the thread that uses it.
 */
final class SegmentScanner implements AutoCloseable {
  static final int WINDOW_BYTES = 256 * 1024;

  private final OpenFile file;
  private final @Nullable SegmentHeader header;
  private final ByteBuffer window;
  private long windowStart;
  private long windowEnd;

  private SegmentScanner(OpenFile file, @Nullable SegmentHeader header, ByteBuffer window) {
    this.file = file;
    this.header = header;
    this.window = window;
  }

  /**
   * Opens a segment and checks its header; the caller closes.
   *
   * @throws DamagedSegmentException if the header is not good
   */
  static SegmentScanner open(FileLayer files, Path path)
      throws IOException, DamagedSegmentException {
    OpenFile file = files.open(path, OpenMode.READ);
    try {
      return of(file);
    } catch (IOException | DamagedSegmentException | RuntimeException e) {
      file.close();
      throw e;
    }
  }

  /** A scanner over a file that the scanner closes with itself. */
  static SegmentScanner of(OpenFile file) throws IOException, DamagedSegmentException {
    ByteBuffer window = ByteBuffer.allocateDirect(WINDOW_BYTES).limit(SegmentHeader.BYTES);
    readFully(file, window, 0);
    SegmentHeader header = SegmentHeader.decode(window.flip());
    return new SegmentScanner(file, header, window);
  }

  /** A scanner over a segment whose header is damaged: it takes frames of any salt. */
  static SegmentScanner openWithoutHeader(FileLayer files, Path path) throws IOException {
    ByteBuffer window = ByteBuffer.allocateDirect(WINDOW_BYTES);
    return new SegmentScanner(files.open(path, OpenMode.READ), null, window);
  }

  SegmentHeader header() {
    return Objects.requireNonNull(header, "opened without header");
  }

  /** The present size of the file. */
  long size() throws IOException {
    return file.size();
  }

  /**
   * The header of the frame at {@code offset}.
   *
   * @throws DamagedSegmentException if there is no good header, or the frame goes beyond {@code
   *     end}
   */
  FrameFormat.Header frameHeader(long offset, long end)
      throws IOException, DamagedSegmentException {
    if (end - offset < FrameFormat.HEADER_BYTES) {
      throw new DamagedSegmentException(offset, "the file ends inside a frame header");
    }
    FrameFormat.Header frame = headerAt(offset, end);
    if (frame == null) {
      throw new DamagedSegmentException(offset, "there is no frame header with a right checksum");
    }
    if (frame.frameBytes() > end - offset) {
      throw new DamagedSegmentException(
          offset,
          "the frame of sequence "
              + frame.sequence()
              + " needs "
              + frame.frameBytes()
              + " bytes, but only "
              + (end - offset)
              + " are left in the file");
    }
    return frame;
  }

  private FrameFormat.@Nullable Header headerAt(long offset, long end)
      throws IOException, DamagedSegmentException {
    FrameFormat.Header frame = FrameFormat.header(bytes(offset, FrameFormat.HEADER_BYTES, end));
    boolean ofThisSegment = frame != null && (header == null || header.salt() == frame.salt());
    return ofThisSegment ? frame : null;
  }

  /** Checks the payload's checksum without keeping the payload. */
  void verifyPayload(FrameFormat.Header frame, long offset, long end)
      throws IOException, DamagedSegmentException {
    transferPayload(frame, offset, end, null);
  }

  /** The payload of a frame, checked, as an array-backed buffer of its own. */
  ByteBuffer payload(FrameFormat.Header frame, long offset, long end)
      throws IOException, DamagedSegmentException {
    byte[] payload = new byte[frame.payloadBytes()];
    transferPayload(frame, offset, end, payload);
    return ByteBuffer.wrap(payload);
  }

  private void transferPayload(
      FrameFormat.Header frame, long offset, long end, byte @Nullable [] target)
      throws IOException, DamagedSegmentException {
    CRC32C crc = new CRC32C();
    long from = offset + FrameFormat.HEADER_BYTES;
    int copied = 0;
    long left = frame.frameBytes() - FrameFormat.HEADER_BYTES;
    while (left > 0) {
      int length = (int) Math.min(left, WINDOW_BYTES);
      ByteBuffer chunk = bytes(from, length, end);
      crc.update(chunk.duplicate());
      if (target != null) {
        int useful = Math.min(length, target.length - copied);
        chunk.get(target, copied, useful);
        copied += useful;
      }
      from += length;
      left -= length;
    }
    if ((int) crc.getValue() != frame.payloadCrc()) {
      throw new DamagedSegmentException(
          offset, "the checksum of the payload of sequence " + frame.sequence() + " is wrong");
    }
  }

  /** Whether there are only zeros from {@code from} to {@code end}. */
  boolean isZero(long from, long end) throws IOException, DamagedSegmentException {
    for (long offset = from; offset < end; ) {
      ByteBuffer chunk = bytes(offset, (int) Math.min(end - offset, WINDOW_BYTES), end);
      offset += chunk.remaining();
      while (chunk.remaining() >= Long.BYTES) {
        if (chunk.getLong() != 0) {
          return false;
        }
      }
      while (chunk.hasRemaining()) {
        if (chunk.get() != 0) {
          return false;
        }
      }
    }
    return true;
  }

  /** A frame header with a right checksum, and where it stands. */
  record Found(long offset, FrameFormat.Header frame) {}

  /** The first good frame header from {@code from} on; frames always stand at multiples of 8. */
  Optional<Found> findFrame(long from, long end) throws IOException, DamagedSegmentException {
    long aligned = (from + FrameFormat.ALIGNMENT - 1) / FrameFormat.ALIGNMENT;
    for (long offset = aligned * FrameFormat.ALIGNMENT;
        end - offset >= FrameFormat.HEADER_BYTES;
        offset += FrameFormat.ALIGNMENT) {
      FrameFormat.Header frame = headerAt(offset, end);
      if (frame != null) {
        return Optional.of(new Found(offset, frame));
      }
    }
    return Optional.empty();
  }

  /** A view of {@code length} bytes at {@code offset}, valid until the next call. */
  private ByteBuffer bytes(long offset, int length, long end)
      throws IOException, DamagedSegmentException {
    if (offset < windowStart || offset + length > windowEnd) {
      windowStart = offset;
      windowEnd = offset; // stays so if the read fails
      window.clear().limit((int) Math.min(WINDOW_BYTES, end - offset));
      readFully(file, window, offset);
      windowEnd = offset + window.position();
      if (windowEnd < offset + length) {
        throw new DamagedSegmentException(
            offset, "the file ends at " + windowEnd + ", before its known end at " + end);
      }
    }
    return window.clear().slice((int) (offset - windowStart), length);
  }

  /** Reads until the buffer or the file is exhausted. */
  private static void readFully(OpenFile file, ByteBuffer target, long position)
      throws IOException {
    long offset = position;
    while (target.hasRemaining()) {
      int read = file.read(target, offset);
      if (read <= 0) {
        return;
      }
      offset += read;
    }
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
