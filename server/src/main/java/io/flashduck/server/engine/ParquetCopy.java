package io.flashduck.server.engine;

import io.flashduck.server.engine.sql.SqlIdentifiers;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Writes the result of a query into one Parquet file with DuckDB's COPY.
 *
 * <p>The file is written in place, without a temporary name and without a sync: both are the
 * caller's part of making it appear at once and stay.
 *
 * <p>Source: DuckDB documentation, "COPY … TO options", Parquet.
 *
 * <p>Threading: stateless.
 */
public final class ParquetCopy {
  /** The row group that DuckDB itself works in. */
  public static final int DEFAULT_ROW_GROUP_ROWS = 122_880;

  private ParquetCopy() {}

  /**
   * How the file is encoded.
   *
   * <p>Threading: immutable.
   *
   * @param zstdLevel 1 (fast) to 22 (small)
   * @param rowGroupRows most rows of a row group, at least 2,048
   * @param dataPagesV2 whether to use the encodings of Parquet version 2, smaller and faster, which
   *     old readers do not know
   */
  public record Options(int zstdLevel, int rowGroupRows, boolean dataPagesV2) {
    /** Level 3, DuckDB's row groups, version 2. */
    public static final Options DEFAULT = new Options(3, DEFAULT_ROW_GROUP_ROWS, true);

    public Options {
      if (zstdLevel < 1 || zstdLevel > 22) {
        throw new IllegalArgumentException("zstd levels are 1 to 22, got " + zstdLevel);
      }
      if (rowGroupRows < 2_048) {
        throw new IllegalArgumentException(
            "row groups have 2048 rows or more, got " + rowGroupRows);
      }
    }
  }

  /**
   * Runs the query and writes its rows.
   *
   * @param select a query, trusted
   * @param file in a directory that the engine allows; replaced if it exists
   * @param footer key-value metadata of the file
   * @return the number of rows written
   */
  public static long write(
      EngineConnection connection,
      String select,
      Path file,
      Options options,
      Map<String, String> footer) {
    String metadata =
        new TreeMap<>(footer)
            .entrySet().stream()
                .map(
                    e ->
                        SqlIdentifiers.literal(e.getKey())
                            + ": "
                            + SqlIdentifiers.literal(e.getValue()))
                .collect(Collectors.joining(", ", "{", "}"));
    return connection.update(
        "COPY ("
            + select
            + "\n) TO "
            + SqlIdentifiers.literal(file.toString())
            + " (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL "
            + options.zstdLevel()
            + ", ROW_GROUP_SIZE "
            + options.rowGroupRows()
            + ", PARQUET_VERSION "
            + (options.dataPagesV2() ? "v2" : "v1")
            + (footer.isEmpty() ? "" : ", KV_METADATA " + metadata)
            + ", USE_TMP_FILE false)");
  }
}
