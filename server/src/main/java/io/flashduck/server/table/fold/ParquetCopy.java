package io.flashduck.server.table.fold;

import io.flashduck.server.engine.EngineConnection;
import io.flashduck.server.engine.sql.SqlIdentifiers;
import java.nio.file.Path;

/**
 * Writes the rows of a query into a Parquet file.
 *
 * <p>Threading: stateless.
 */
final class ParquetCopy {
  private ParquetCopy() {}

  /** Writes the file, which is not durable yet, and says how many rows it has. */
  static long write(EngineConnection connection, String query, Path file) {
    return connection.update(
        "COPY ("
            + query
            + ") TO "
            + SqlIdentifiers.literal(file.toString())
            + " (FORMAT parquet, COMPRESSION zstd)");
  }
}
