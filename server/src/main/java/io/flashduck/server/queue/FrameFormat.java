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
 *  0  4  magic "FDQF"
 *  4  4  kind: 1 a change, 2 a mark (no payload; closes a segment in good order)
 *  8  8  sequence; of a mark: that of the last change before it
 * 16  8  accepted at, nanoseconds since the epoch; of a mark: that of the last change before it
 * 24  4  payload length
 * 28  4  where the frame's batch begins in the segment: all bytes before it had been synced when
 *        this frame was written
 * 32  4  CRC32C of payload and padding
 * 36  4  CRC32C of the segment's salt and bytes 0 to 35
 * 40     payload, padding
 * </pre>
 *
 * <p>Threading: immutable.
 */
final class FrameFormat {
  static final int HEADER_BYTES = 40;
  static final int ALIGNMENT = 8;
  static final int KIND_CHANGE = 1;
  static final int KIND_MARK = 2;

  private static final int MAGIC = 0x46514446; // "FDQF" as bytes
  private static final int CRC_OFFSET = 36;
  private static final byte[] ZEROS = new byte[ALIGNMENT];

  private FrameFormat() {}

  /**
   * A decoded header whose own checksum is right.
   *
   * @param kind {@link #KIND_CHANGE} or {@link #KIND_MARK}
   * @param batchStart offset in the segment before which everything had been synced
   */
  record Header(
      int kind,
      long sequence,
      long acceptedAtNanos,
      int payloadBytes,
      long batchStart,
      int payloadCrc) {
    boolean isChange() {
      return kind == KIND_CHANGE;
    }

    long frameBytes() {
      return FrameFormat.frameBytes(payloadBytes);
    }
  }

  /** Bytes that a payload of that length takes on disk. */
  static long frameBytes(int payloadBytes) {
    return HEADER_BYTES + payloadBytes + (long) paddingBytes(payloadBytes);
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
  static void putHeader(ByteBuffer target, long salt, Header header) {
    ByteBuffer bytes = target.slice(target.position(), HEADER_BYTES);
    bytes.order(ByteOrder.LITTLE_ENDIAN);
    bytes
        .putInt(MAGIC)
        .putInt(header.kind())
        .putLong(header.sequence())
        .putLong(header.acceptedAtNanos())
        .putInt(header.payloadBytes())
        .putInt((int) header.batchStart())
        .putInt(header.payloadCrc());
    bytes.putInt(headerCrc(bytes, salt));
    target.position(target.position() + HEADER_BYTES);
  }

  static void putPadding(ByteBuffer target, int payloadBytes) {
    target.put(ZEROS, 0, paddingBytes(payloadBytes));
  }

  /** The header at the buffer's position, or null if there is none; moves nothing. */
  static @Nullable Header header(ByteBuffer source, long salt) {
    if (source.remaining() < HEADER_BYTES) {
      return null;
    }
    ByteBuffer bytes = source.slice(source.position(), HEADER_BYTES);
    bytes.order(ByteOrder.LITTLE_ENDIAN);
    if (bytes.getInt(0) != MAGIC || bytes.getInt(CRC_OFFSET) != headerCrc(bytes, salt)) {
      return null;
    }
    int kind = bytes.getInt(4);
    int payloadBytes = bytes.getInt(24);
    boolean known = kind == KIND_CHANGE || (kind == KIND_MARK && payloadBytes == 0);
    if (!known || payloadBytes < 0) {
      return null;
    }
    return new Header(
        kind,
        bytes.getLong(8),
        bytes.getLong(16),
        payloadBytes,
        Integer.toUnsignedLong(bytes.getInt(28)),
        bytes.getInt(32));
  }

  private static int headerCrc(ByteBuffer bytes, long salt) {
    CRC32C crc = new CRC32C();
    for (int shift = 0; shift < Long.SIZE; shift += Byte.SIZE) {
      crc.update((int) (salt >>> shift));
    }
    crc.update(bytes.slice(0, CRC_OFFSET));
    return (int) crc.getValue();
  }
}
