package io.flashduck.server.cli.output;

import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.types.pojo.Schema;

/**
 * A result that is read batch by batch.
 *
 * <p>Threading: one reader; {@link #cancel()} may come from any thread.
 */
public interface RowStream extends AutoCloseable {
  /** The columns. */
  Schema schema();

  /** Loads the next batch into {@link #root()}; false at the end. */
  boolean next();

  /** The current batch; borrowed until the next call of {@link #next()}. */
  VectorSchemaRoot root();

  /** Stops the query; the next read fails with CANCELLED. */
  void cancel();

  @Override
  void close();
}
