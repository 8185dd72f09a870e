package io.flashduck.server.flight;

import java.util.function.Consumer;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.types.pojo.Schema;
import org.jspecify.annotations.Nullable;

/**
 * Rows that are made in memory in one batch, such as metadata.
 *
 * <p>Threading: confined to its stream.
 */
final class MemoryRows implements LoadedRows {
  private final Schema schema;
  private final Consumer<VectorSchemaRoot> fill;
  private @Nullable VectorSchemaRoot batch;
  private boolean taken;

  private MemoryRows(Schema schema, Consumer<VectorSchemaRoot> fill) {
    this.schema = schema;
    this.fill = fill;
  }

  /**
   * @param fill writes the rows into an empty root of that schema, on the worker
   */
  static MemoryRows of(Schema schema, Consumer<VectorSchemaRoot> fill) {
    return new MemoryRows(schema, fill);
  }

  /** No rows. */
  static MemoryRows empty(Schema schema) {
    return new MemoryRows(schema, root -> {});
  }

  @Override
  public Schema schema() {
    return schema;
  }

  @Override
  public void open(BufferAllocator allocator) {
    VectorSchemaRoot root = VectorSchemaRoot.create(schema, allocator);
    batch = root;
    fill.accept(root);
  }

  @Override
  public boolean loadNext() {
    boolean first = !taken;
    taken = true;
    return first;
  }

  @Override
  public VectorSchemaRoot root() {
    if (batch == null) {
      throw new IllegalStateException("open first");
    }
    return batch;
  }

  @Override
  public void close() {
    if (batch != null) {
      batch.close();
      batch = null;
    }
  }
}
