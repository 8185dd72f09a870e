package io.flashduck.server.config;

/**
 * What a source file holds, compression aside.
 *
 * <p>Threading: immutable.
 */
public enum DataFormat {
  PARQUET,
  /** Separated values; the separator is looked for if it is not given. */
  CSV,
  /** Values separated by tabs. */
  TSV,
  /** One array of objects, or one object after the other. */
  JSON,
  /** One object per line. */
  NDJSON,
  /** Arrow IPC, the file or the stream format; the reader looks which. */
  ARROW;

  /** Whether files of this format may be compressed as a whole. */
  public boolean text() {
    return switch (this) {
      case CSV, TSV, JSON, NDJSON -> true;
      case PARQUET, ARROW -> false;
    };
  }
}
