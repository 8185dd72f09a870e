package io.flashduck.server.consolidate;

import io.flashduck.server.config.ExportConfig;
import io.flashduck.server.config.ParquetCompression;
import io.flashduck.server.config.ParquetEncodings;
import java.util.Locale;

/**
 * How a consolidated file is encoded.
 *
 * <p>Threading: immutable.
 *
 * @param compression of pages
 * @param level of zstd
 * @param rowGroupRows rows in one row group
 * @param encodings of values
 */
record ParquetOptions(
    ParquetCompression compression, int level, int rowGroupRows, ParquetEncodings encodings) {
  static ParquetOptions of(ExportConfig config) {
    return new ParquetOptions(
        config.compression(), config.compressionLevel(), config.rowGroupRows(), config.encodings());
  }

  /**
   * The options of DuckDB's COPY. {@code USE_TMP_FILE} is off because the file that is written is
   * already a temporary one.
   *
   * @param rows of each row group
   */
  String copyOptions(long rows) {
    String codec =
        switch (compression) {
          case ZSTD -> "ZSTD, COMPRESSION_LEVEL " + level;
          case SNAPPY -> "SNAPPY";
          case LZ4 -> "LZ4_RAW";
          case NONE -> "UNCOMPRESSED";
        };
    String encoding =
        switch (encodings) {
          case DICTIONARY -> "";
          case PLAIN -> ", DICTIONARY_SIZE_LIMIT 0";
          case COMPACT -> ", PARQUET_VERSION V2";
        };
    return "(FORMAT PARQUET, COMPRESSION "
        + codec
        + encoding
        + ", ROW_GROUP_SIZE "
        + rows
        + ", USE_TMP_FILE false)";
  }

  /** For the footer: files with the same text can share row groups. */
  String text() {
    String codec = compression.name().toLowerCase(Locale.ROOT);
    return (compression == ParquetCompression.ZSTD ? codec + level : codec)
        + " rows="
        + rowGroupRows
        + (encodings == ParquetEncodings.DICTIONARY
            ? ""
            : " " + encodings.name().toLowerCase(Locale.ROOT));
  }
}
