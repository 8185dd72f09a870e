package io.flashduck.server.consolidate;

import io.flashduck.server.engine.EngineConnection;
import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.parquet.format.FileMetaData;
import org.apache.parquet.format.RowGroup;

/**
 * Writes a table's whole content: DuckDB's COPY, then a footer that declares the order of the rows
 * and says what the file holds.
 *
 * <p>Threading: stateless.
 */
final class FullEmission {
  private final EmissionContext context;

  FullEmission(EmissionContext context) {
    this.context = context;
  }

  /** Writes a file; it is the caller's, also if this fails. */
  Written write(Snapshot snapshot, Emission emission, Path part) throws IOException {
    EngineConnection connection = snapshot.connection();
    boolean sort = !emission.storedInOrder(connection);
    emission.copy(connection, "true", part, emission.options().rowGroupRows(), sort);
    ContentHash hash = emission.tableHash(connection, "true");
    try (FileChannel channel =
        context.files().open(part, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      ParquetFooter footer = ParquetFooter.read(channel);
      FileMetaData metadata = footer.metadata();
      requireRows(emission, metadata.getNum_rows(), hash.rows());
      List<Cluster> clusters = clusters(connection, emission, metadata, part, sort);
      snapshot.release();
      FileProperties properties = emission.properties(context.identity(), hash, clusters);
      for (RowGroup group : metadata.getRow_groups()) {
        emission.order().declare(group);
      }
      properties.writeTo(metadata);
      ParquetFooter.write(context.files(), channel, footer.start(), metadata);
      context.files().force(channel);
      return new Written(part, properties, metadata.getRow_groups().size(), 0);
    }
  }

  /** What the next emission must know to encode only what changed; none if it cannot. */
  private static List<Cluster> clusters(
      EngineConnection connection,
      Emission emission,
      FileMetaData metadata,
      Path part,
      boolean sort) {
    if (!emission.canSplice() || metadata.getRow_groups().isEmpty()) {
      return List.of();
    }
    List<Long> starts = new ArrayList<>();
    long rows = 0;
    for (RowGroup group : metadata.getRow_groups()) {
      if (rows > 0) {
        starts.add(rows);
      }
      rows += group.getNum_rows();
    }
    List<Cluster> clusters = new ArrayList<>();
    clusters.add(new Cluster(Optional.empty(), Optional.empty()));
    // The file has its own keys, in order; origins are only in the table.
    List<KeyBound> bounds =
        emission.order().inFile()
            ? emission.keysAt(connection, part, starts)
            : emission.rowsAt(connection, "true", starts, sort);
    for (KeyBound bound : bounds) {
      clusters.add(new Cluster(Optional.of(bound), Optional.empty()));
    }
    return clusters.size() == metadata.getRow_groups().size() ? clusters : List.of();
  }

  private static void requireRows(Emission emission, long file, long table) {
    if (file != table) {
      throw new FlashDuckException(
          ErrorCode.INTERNAL,
          "The file of "
              + emission.name()
              + " has "
              + file
              + " rows where the table has "
              + table
              + "; it was not published.");
    }
  }
}
