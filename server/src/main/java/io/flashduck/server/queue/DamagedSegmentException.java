package io.flashduck.server.queue;

/**
 * Bytes of a segment that are not what was written; turned into CORRUPT_STATE or cut as a torn tail
 * by whoever knows which of the two it is.
 *
 * <p>Threading: immutable.
 */
final class DamagedSegmentException extends Exception {
  private static final long serialVersionUID = 1L;

  private final long offset;

  DamagedSegmentException(long offset, String reason) {
    super(reason);
    this.offset = offset;
  }

  /** Where in the file the first unreadable byte's frame or header begins. */
  long offset() {
    return offset;
  }

  /** What is wrong there, as part of a sentence. */
  String reason() {
    return String.valueOf(getMessage());
  }
}
