package io.flashduck.server.queue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.CRC32C;

/**
 * The first 64 bytes of a segment file, written and synced under a temporary name before the file
 * gets its own, so that a segment without a good header is damaged, never half made.
 *
 * <pre>
 *  0  8  magic "FDQUEUE\n"
 *  8  4  format version, 1
 * 12  4  length of this header, 64
 * 16  8  first sequence, equal to the file's name
 * 24  8  accepted-at of the last change before this segment, 0 if there is none
 * 32  4  salt: random, repeated in every frame of this file
 * 36 24  zero
 * 60  4  CRC32C of bytes 0 to 59
 * </pre>
 *
 * <p>Threading: immutable.
 *
 * @param firstSequence of the first change in this segment
 * @param previousAcceptedAtNanos so that times keep increasing after older segments are released
 * @param salt tells this file's frames from those of other files and from bytes inside payloads
 */
record SegmentHeader(long firstSequence, long previousAcceptedAtNanos, int salt) {
  static final int BYTES = 64;
  static final int FORMAT_VERSION = 1;
  static final String TEMPORARY_SUFFIX = ".tmp";

  private static final byte[] MAGIC = "FDQUEUE\n".getBytes(StandardCharsets.US_ASCII);
  private static final int CRC_OFFSET = 60;
  private static final Pattern FILE_NAME = Pattern.compile("(\\d{20})\\.log");

  /** The name of the segment that starts with that sequence. */
  static String fileName(long firstSequence) {
    return String.format(Locale.ROOT, "%020d.log", firstSequence);
  }

  /** The first sequence that a file name stands for; empty for other files. */
  static OptionalLong firstSequence(String fileName) {
    Matcher matcher = FILE_NAME.matcher(fileName);
    if (!matcher.matches()) {
      return OptionalLong.empty();
    }
    try {
      return OptionalLong.of(Long.parseLong(matcher.group(1)));
    } catch (NumberFormatException tooLarge) {
      return OptionalLong.empty();
    }
  }

  ByteBuffer encode() {
    ByteBuffer bytes = ByteBuffer.allocate(BYTES).order(ByteOrder.LITTLE_ENDIAN);
    bytes
        .put(MAGIC)
        .putInt(FORMAT_VERSION)
        .putInt(BYTES)
        .putLong(firstSequence)
        .putLong(previousAcceptedAtNanos)
        .putInt(salt);
    bytes.putInt(CRC_OFFSET, crc(bytes));
    return bytes.rewind();
  }

  /**
   * Decodes and checks a header.
   *
   * @throws DamagedSegmentException if it is short, of another format or damaged
   */
  static SegmentHeader decode(ByteBuffer source) throws DamagedSegmentException {
    if (source.remaining() < BYTES) {
      throw new DamagedSegmentException(0, "the file ends inside the segment header");
    }
    ByteBuffer bytes = source.slice(source.position(), BYTES).order(ByteOrder.LITTLE_ENDIAN);
    if (bytes.slice(0, MAGIC.length).mismatch(ByteBuffer.wrap(MAGIC)) != -1) {
      throw new DamagedSegmentException(0, "this is not the header of a queue segment");
    }
    if (bytes.getInt(CRC_OFFSET) != crc(bytes)) {
      throw new DamagedSegmentException(0, "the checksum of the segment header is wrong");
    }
    if (bytes.getInt(8) != FORMAT_VERSION || bytes.getInt(12) != BYTES) {
      throw new DamagedSegmentException(
          0,
          "the segment has format version "
              + bytes.getInt(8)
              + ", this program reads version "
              + FORMAT_VERSION);
    }
    return new SegmentHeader(bytes.getLong(16), bytes.getLong(24), bytes.getInt(32));
  }

  private static int crc(ByteBuffer bytes) {
    CRC32C crc = new CRC32C();
    crc.update(bytes.slice(0, CRC_OFFSET));
    return (int) crc.getValue();
  }
}
