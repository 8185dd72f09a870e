package io.flashduck.server.config;

/**
 * The consolidated Parquet files.
 *
 * <p>Threading: immutable.
 *
 * @param schedule when a file is replaced
 * @param compression how pages are compressed
 * @param compressionLevel the level of {@link ParquetCompression#ZSTD}; the others have none
 * @param rowGroupRows rows in one row group
 * @param encodings how values are encoded
 * @param keepVersions earlier versions of each file that are kept
 */
public record ExportConfig(
    ExportSchedule schedule,
    ParquetCompression compression,
    int compressionLevel,
    int rowGroupRows,
    ParquetEncodings encodings,
    int keepVersions) {}
