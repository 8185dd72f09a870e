package io.flashduck.server.table.apply;

import java.util.OptionalDouble;
import java.util.function.Supplier;

/**
 * A statement that reads a group of files.
 *
 * <p>Threading: thread-safe.
 *
 * @param bytes of all files of the group
 * @param share how far the statement is, 0 to 1; empty while it is not known
 */
record GroupReading(long bytes, Supplier<OptionalDouble> share) {
  /** How many bytes are read by now. */
  long bytesRead() {
    return (long) (bytes * Math.min(1, share.get().orElse(0)));
  }
}
