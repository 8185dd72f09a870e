package io.flashduck.server.queue;

import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import java.io.IOException;
import java.nio.file.Path;

/**
 * The messages of the queue's failures, in one place.
 *
 * <p>Threading: immutable.
 */
final class QueueErrors {
  private QueueErrors() {}

  static FlashDuckException corrupt(Path directory, Path path, long offset, String reason) {
    return new FlashDuckException(
        ErrorCode.CORRUPT_STATE,
        "The write queue is damaged: "
            + path
            + " at offset "
            + offset
            + ": "
            + reason
            + ". Accepted writes may be lost, so the server does not go on. Run 'flashduck queue"
            + " inspect "
            + directory
            + "' to see what is readable, and restore the file from a copy.");
  }

  static FlashDuckException notOpened(Path directory, IOException cause) {
    return new FlashDuckException(
        codeOf(cause),
        "The write queue in " + directory + " cannot be opened: " + text(cause),
        cause);
  }

  static FlashDuckException notRead(Path path, IOException cause) {
    return new FlashDuckException(
        codeOf(cause), "The write queue cannot read " + path + ": " + text(cause), cause);
  }

  static FlashDuckException notReleased(Path path, IOException cause) {
    return new FlashDuckException(
        codeOf(cause), "The write queue cannot delete " + path + ": " + text(cause), cause);
  }

  static FlashDuckException behindCache(Path directory, long last, long applied) {
    return new FlashDuckException(
        ErrorCode.CORRUPT_STATE,
        "The write queue in "
            + directory
            + " ends with sequence "
            + last
            + ", but the cache has applied sequence "
            + applied
            + ". Accepted writes are missing: restore the folder from a copy. If the cache is from"
            + " another place, delete cache.duckdb; it is built again.");
  }

  static FlashDuckException notWritten(IOException cause) {
    String advice =
        codeOf(cause) == ErrorCode.RESOURCE_EXHAUSTED
            ? ". Make room on the disk and send it again."
            : ". Send it again.";
    return new FlashDuckException(
        codeOf(cause),
        "The change was not accepted, and nothing of it is stored: " + text(cause) + advice,
        cause);
  }

  static FlashDuckException unknown(Throwable cause) {
    return new FlashDuckException(
        ErrorCode.COMMIT_UNKNOWN,
        "Whether the change is stored is unknown: "
            + text(cause)
            + ". Restart the server; after that the change is either visible or lost.",
        cause);
  }

  static FlashDuckException poisoned(String reason) {
    return new FlashDuckException(
        ErrorCode.COMMIT_UNKNOWN,
        "The change was not accepted: an earlier sync of the write queue failed ("
            + reason
            + "), so writes are refused until the server is restarted.");
  }

  static FlashDuckException full(
      long frameBytes, long heldBytes, long waitedNanos, QueueSettings settings) {
    return new FlashDuckException(
        ErrorCode.QUEUE_FULL,
        "The write queue is full: a change of "
            + frameBytes
            + " bytes found no room in "
            + waitedNanos / 1_000_000
            + " ms, "
            + heldBytes
            + " of "
            + settings.maxPendingBytes()
            + " bytes wait to be applied. Nothing was written; send it again later or more slowly.");
  }

  static FlashDuckException tooLarge(int payloadBytes, QueueSettings settings) {
    return new FlashDuckException(
        ErrorCode.RESOURCE_EXHAUSTED,
        "A change of "
            + payloadBytes
            + " bytes is over the limit of "
            + settings.maxFrameBytes()
            + " bytes; send it in smaller parts.");
  }

  static FlashDuckException closed() {
    return new FlashDuckException(
        ErrorCode.SHUTTING_DOWN, "The write queue is closed; the change was not accepted.");
  }

  static FlashDuckException interrupted() {
    return new FlashDuckException(
        ErrorCode.CANCELLED,
        "The sender was interrupted while it waited for room; the change was not accepted.");
  }

  /** The system's error behind an outcome that is not done or unknown. */
  static IOException cause(Outcome outcome) {
    if (outcome instanceof Outcome.NotDone notDone) {
      return notDone.cause();
    }
    if (outcome instanceof Outcome.Unknown unknown) {
      return unknown.cause();
    }
    throw new IllegalArgumentException("A step that is done has no cause");
  }

  private static ErrorCode codeOf(IOException cause) {
    return cause instanceof NoSpaceException ? ErrorCode.RESOURCE_EXHAUSTED : ErrorCode.IO_ERROR;
  }

  private static String text(Throwable cause) {
    return cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage();
  }
}
