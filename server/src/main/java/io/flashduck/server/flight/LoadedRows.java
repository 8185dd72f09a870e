package io.flashduck.server.flight;

import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.VectorUnloader;
import org.apache.arrow.vector.ipc.message.ArrowRecordBatch;
import org.jspecify.annotations.Nullable;

/**
 * Rows that show up in a root batch by batch, each in buffers of its own.
 *
 * <p>Threading: as {@link Rows}.
 */
interface LoadedRows extends Rows {
  /** Loads the next batch into {@link #root}; false at the end. */
  boolean loadNext();

  /** The current batch; owned by this object and overwritten by the next one. */
  VectorSchemaRoot root();

  @Override
  default @Nullable ArrowRecordBatch next() {
    return loadNext() ? new VectorUnloader(root()).getRecordBatch() : null;
  }
}
