package io.flashduck.server.config;

/**
 * How the pages of a consolidated Parquet file are compressed.
 *
 * <p>Threading: immutable.
 */
public enum ParquetCompression {
  ZSTD,
  SNAPPY,
  LZ4,
  NONE
}
