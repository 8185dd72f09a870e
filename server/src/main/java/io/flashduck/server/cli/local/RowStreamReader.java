package io.flashduck.server.cli.local;

import io.flashduck.server.cli.output.RowStream;
import java.io.IOException;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.VectorLoader;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.VectorUnloader;
import org.apache.arrow.vector.ipc.ArrowReader;
import org.apache.arrow.vector.ipc.message.ArrowRecordBatch;
import org.apache.arrow.vector.types.pojo.Schema;

/**
 * A {@link RowStream} as the reader that DuckDB takes; the buffers are shared, not copied.
 *
 * <p>Threading: confined to whoever reads it.
 */
final class RowStreamReader extends ArrowReader {
  private final RowStream rows;

  /**
   * @param rows borrowed
   */
  RowStreamReader(RowStream rows, BufferAllocator allocator) {
    super(allocator);
    this.rows = rows;
  }

  @Override
  public boolean loadNextBatch() throws IOException {
    VectorSchemaRoot target = getVectorSchemaRoot();
    if (!rows.next()) {
      target.clear();
      return false;
    }
    try (ArrowRecordBatch batch = new VectorUnloader(rows.root()).getRecordBatch()) {
      new VectorLoader(target).load(batch);
    }
    return true;
  }

  @Override
  public long bytesRead() {
    return 0;
  }

  @Override
  protected void closeReadSource() {}

  @Override
  protected Schema readSchema() {
    return rows.schema();
  }
}
