package io.flashduck.server.cli.local;

import io.flashduck.server.cli.output.ResultWriter;
import io.flashduck.server.cli.output.RowStream;
import io.flashduck.server.engine.EngineConnection;
import io.flashduck.server.engine.RegisteredStream;
import io.flashduck.server.engine.sql.SqlIdentifiers;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.arrow.memory.BufferAllocator;

/**
 * Parquet with zstd, written by DuckDB into a temporary file that is then copied out.
 *
 * <p>Threading: confined to the caller.
 */
public final class ParquetResultWriter implements ResultWriter {
  private final OutputStream out;
  private final BufferAllocator allocator;

  public ParquetResultWriter(OutputStream out, BufferAllocator allocator) {
    this.out = out;
    this.allocator = allocator;
  }

  @Override
  public Written write(RowStream rows) throws IOException {
    try (LocalEngine local = LocalEngine.open(List.of());
        EngineConnection connection = local.engine().openInternal()) {
      Path file = local.temporary("result.parquet");
      long written = copy(connection, rows, file);
      Files.copy(file, out);
      out.flush();
      return new Written(written, true);
    }
  }

  private long copy(EngineConnection connection, RowStream rows, Path file) {
    RegisteredStream stream =
        connection.register("result", new RowStreamReader(rows, allocator), allocator);
    try {
      return connection.update(
          "COPY (FROM result) TO "
              + SqlIdentifiers.literal(file.toString())
              + " (FORMAT parquet, COMPRESSION zstd)");
    } finally {
      stream.close();
    }
  }
}
