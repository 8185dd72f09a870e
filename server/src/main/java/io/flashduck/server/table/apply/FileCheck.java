package io.flashduck.server.table.apply;

import io.flashduck.server.sync.FileStamp;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.Instant;

/**
 * Notices files that are not what the scan saw any more.
 *
 * <p>Threading: stateless.
 */
final class FileCheck {
  private FileCheck() {}

  /** Whether size and modified time are still those. */
  static boolean unchanged(Path path, FileStamp stamp) {
    try {
      BasicFileAttributes now = Files.readAttributes(path, BasicFileAttributes.class);
      return now.size() == stamp.size() && nanos(now.lastModifiedTime()) == stamp.modifiedNanos();
    } catch (IOException e) {
      return false;
    }
  }

  /** Nanoseconds since the epoch, kept within their range. */
  static long nanos(FileTime time) {
    Instant instant = time.toInstant();
    try {
      return Math.addExact(
          Math.multiplyExact(instant.getEpochSecond(), 1_000_000_000L), instant.getNano());
    } catch (ArithmeticException e) {
      return instant.getEpochSecond() < 0 ? Long.MIN_VALUE : Long.MAX_VALUE;
    }
  }
}
