package io.flashduck.server.web;

import io.flashduck.server.engine.ArrowResult;
import java.io.IOException;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.VectorLoader;
import org.apache.arrow.vector.VectorUnloader;
import org.apache.arrow.vector.ipc.ArrowReader;
import org.apache.arrow.vector.ipc.message.ArrowRecordBatch;
import org.apache.arrow.vector.types.pojo.Schema;

/**
 * A result as Arrow's reader; the buffers are shared, not copied.
 *
 * <p>Threading: confined to whoever reads it.
 */
final class ResultReader extends ArrowReader {
  private final ArrowResult result;

  /**
   * @param result borrowed
   */
  ResultReader(ArrowResult result, BufferAllocator allocator) {
    super(allocator);
    this.result = result;
  }

  @Override
  public boolean loadNextBatch() throws IOException {
    if (!result.loadNext()) {
      getVectorSchemaRoot().clear();
      return false;
    }
    try (ArrowRecordBatch batch = new VectorUnloader(result.root()).getRecordBatch()) {
      new VectorLoader(getVectorSchemaRoot()).load(batch);
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
    return result.schema();
  }
}
