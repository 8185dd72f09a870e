package io.flashduck;

import io.flashduck.server.engine.ArrowResult;
import io.flashduck.server.engine.ReadPool;
import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.types.pojo.Schema;

/**
 * The rows of a query, batch by batch.
 *
 * <p>Threading: one reader; {@link #cancel()} from any thread.
 */
public final class QueryRows implements AutoCloseable {
  private final ArrowResult result;
  private final ReadPool.Lease lease;
  private final BufferAllocator allocator;
  private boolean closed;

  QueryRows(ArrowResult result, ReadPool.Lease lease, BufferAllocator allocator) {
    this.result = result;
    this.lease = lease;
    this.allocator = allocator;
  }

  /** The columns. */
  public Schema schema() {
    return result.schema();
  }

  /** Loads the next batch; false at the end. */
  public boolean next() {
    return result.loadNext();
  }

  /** The present batch; valid until the next one. */
  public VectorSchemaRoot batch() {
    return result.root();
  }

  /** Stops the query; its reader fails with CANCELLED. */
  public void cancel() {
    result.cancel(new FlashDuckException(ErrorCode.CANCELLED, "The query was cancelled"));
  }

  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    try {
      result.close();
    } finally {
      lease.close();
      allocator.close();
    }
  }
}
