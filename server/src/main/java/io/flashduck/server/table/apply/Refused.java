package io.flashduck.server.table.apply;

import io.flashduck.server.sync.SourceFile;

/**
 * A file that is not in its table, and why.
 *
 * <p>Threading: immutable.
 *
 * @param file the file as the scan saw it
 * @param kind what is to happen with it
 * @param reason what is wrong with it and what to do
 */
public record Refused(SourceFile file, Kind kind, String reason) {
  /** What is to happen with a refused file. */
  public enum Kind {
    /** It cannot be read: it may be incomplete, and is tried again a few times. */
    BROKEN,
    /** It does not go with the other files or the writes of its table; tried when these change. */
    CONFLICT,
    /** It changed while it was read; the next scan has its new state. */
    CHANGING,
    /** It looked different further on: it is probed again, all of it. */
    MISJUDGED
  }
}
