package io.flashduck.server.config;

/**
 * How the values of a consolidated Parquet file are encoded.
 *
 * <p>Threading: immutable.
 */
public enum ParquetEncodings {
  /** Dictionaries where values repeat, else plain values: what every reader understands. */
  DICTIONARY,

  /** Plain values only. */
  PLAIN,

  /**
   * Also the encodings of Parquet version 2, differences and split bytes: smaller and faster to
   * write, but fastparquet and other old readers fail.
   */
  COMPACT
}
