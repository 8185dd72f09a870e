package io.flashduck.server.cli.output;

import java.util.Locale;

/**
 * How results are written.
 *
 * <p>Threading: immutable.
 */
public enum OutputFormat {
  /** A table drawn for people. */
  TABLE,
  /**
   * Comma-separated values with a header line (RFC 4180); NULL is empty, an empty text {@code ""}.
   */
  CSV,
  /** One JSON array of objects. */
  JSON,
  /** One JSON object per line. */
  NDJSON,
  /** Arrow IPC: the stream format on standard output, the file format in a file. */
  ARROW,
  /** Parquet, zstd. */
  PARQUET;

  /** Whether it is not text, and so not for a terminal. */
  public boolean binary() {
    return this == ARROW || this == PARQUET;
  }

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
