package io.flashduck.server.queue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * The frame on disk: a header of 40 bytes, the payload, and zeros up to the next multiple of 8; all
 * integers little-endian.
 *
 * <pre>
 *  0  4  magic: "FDQF" a change, "FDQM" a mark (no payload; ends a segment in good order)
 *  4  4  salt of the segment, so that frames of other files and copies in payloads are told apart
 *  8  8  sequence; of a mark: that of the last change before it
 * 16  8  accepted at, nanoseconds since the epoch; of a mark: that of the last change before it
 * 24  4  payload length
 * 28  4  where the frame's batch begins in the segment: all bytes before it had been synced when
 *        this frame was written
 * 32  4  CRC32C of payload and padding
 * 36  4  CRC32C of bytes 0 to 35
 * 40     payload, padding
 * </pre>
 *
 * <p>Threading: immutable.
 */
final class FrameFormat {
  static final int HEADER_BYTES = 40;
  static final int ALIGNMENT = 8;

  private static final int CHANGE_MAGIC = 0x46514446; // "FDQF" as bytes
  private static final int MARK_MAGIC = 0x4d514446; // "FDQM" as bytes
  private static final int CRC_OFFSET = 36;
  private static final byte[] ZEROS = new byte[ALIGNMENT];

  private FrameFormat() {}

  /**
   * A decoded header whose own checksum is right.
   *
   * @param isChange false for a mark
   * @param salt of the segment that the frame was written to
   * @param batchStart offset in the segment before which everything had been synced
   */
  record Header(
      boolean isChange,
      int salt,
      long sequence,
      long acceptedAtNanos,
      int payloadBytes,
      long batchStart,
      int payloadCrc) {
    long frameBytes() {
      return FrameFormat.frameBytes(payloadBytes);
    }
  }

  /** Bytes that a payload of that length takes on disk. */
  static long frameBytes(int payloadBytes) {
    return (long) HEADER_BYTES + payloadBytes + paddingBytes(payloadBytes);
  }

  static int paddingBytes(int payloadBytes) {
    return -payloadBytes & (ALIGNMENT - 1);
  }

  /** The checksum of a payload and its padding; leaves the buffer's position alone. */
  static int payloadCrc(ByteBuffer payload) {
    CRC32C crc = new CRC32C();
    crc.update(payload.duplicate());
    crc.update(ZEROS, 0, paddingBytes(payload.remaining()));
    return (int) crc.getValue();
  }

  /** Puts the 40 bytes of a header at the buffer's position. */
  static void putHeader(ByteBuffer target, Header header) {
    ByteBuffer bytes = target.slice(target.position(), HEADER_BYTES);
    bytes.order(ByteOrder.LITTLE_ENDIAN);
    bytes
        .putInt(header.isChange() ? CHANGE_MAGIC : MARK_MAGIC)
        .putInt(header.salt())
        .putLong(header.sequence())
        .putLong(header.acceptedAtNanos())
        .putInt(header.payloadBytes())
        .putInt((int) header.batchStart())
        .putInt(header.payloadCrc());
    bytes.putInt(headerCrc(bytes));
    target.position(target.position() + HEADER_BYTES);
  }

  static void putPadding(ByteBuffer target, int payloadBytes) {
    target.put(ZEROS, 0, paddingBytes(payloadBytes));
  }

  /** The header at the buffer's position, or null if there is none; moves nothing. */
  static @Nullable Header header(ByteBuffer source) {
    if (source.remaining() < HEADER_BYTES) {
      return null;
    }
    ByteBuffer bytes = source.slice(source.position(), HEADER_BYTES);
    bytes.order(ByteOrder.LITTLE_ENDIAN);
    int magic = bytes.getInt(0);
    boolean isChange = magic == CHANGE_MAGIC;
    if ((!isChange && magic != MARK_MAGIC) || bytes.getInt(CRC_OFFSET) != headerCrc(bytes)) {
      return null;
    }
    int payloadBytes = bytes.getInt(24);
    if (payloadBytes < 0 || (!isChange && payloadBytes != 0)) {
      return null;
    }
    return new Header(
        isChange,
        bytes.getInt(4),
        bytes.getLong(8),
        bytes.getLong(16),
        payloadBytes,
        Integer.toUnsignedLong(bytes.getInt(28)),
        bytes.getInt(32));
  }

  private static int headerCrc(ByteBuffer bytes) {
    CRC32C crc = new CRC32C();
    crc.update(bytes.slice(0, CRC_OFFSET));
    return (int) crc.getValue();
  }
}
