package io.flashduck.server.flight;

import java.util.ArrayDeque;
import java.util.Deque;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.VectorLoader;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.VectorUnloader;
import org.apache.arrow.vector.ipc.message.ArrowRecordBatch;
import org.apache.arrow.vector.types.pojo.Schema;
import org.jspecify.annotations.Nullable;

/**
 * Cuts a batch into parts that fit the message limit of gRPC Go, 16 MiB, with room for the header.
 * A single row above that is sent as it is.
 *
 * <p>Threading: confined to the worker of its stream.
 */
final class BatchSplitter implements AutoCloseable {
  static final long MAX_PART_BYTES = 12L * 1024 * 1024;

  private final Schema schema;
  private final BufferAllocator memory;
  private final Deque<Range> ranges = new ArrayDeque<>();
  private @Nullable ArrowRecordBatch small;
  private @Nullable VectorSchemaRoot large;

  private record Range(int from, int rows) {}

  /**
   * @param schema of the vectors in memory
   * @param memory where a batch is while it is cut
   */
  BatchSplitter(Schema schema, BufferAllocator memory) {
    this.schema = schema;
    this.memory = memory;
  }

  /**
   * Takes the next batch, after all parts of the one before.
   *
   * @param next owned
   */
  void split(ArrowRecordBatch next) {
    close();
    if (next.getLength() == 0) {
      next.close();
    } else if (next.getLength() == 1 || next.computeBodyLength() <= MAX_PART_BYTES) {
      small = next;
    } else {
      try (next) {
        VectorSchemaRoot root = VectorSchemaRoot.create(schema, memory);
        large = root;
        new VectorLoader(root).load(next);
        pushHalves(new Range(0, next.getLength()));
      }
    }
  }

  boolean hasMore() {
    return small != null || !ranges.isEmpty();
  }

  /** The next part in order; the caller closes it. */
  ArrowRecordBatch next() {
    ArrowRecordBatch whole = small;
    if (whole != null) {
      small = null;
      return whole;
    }
    VectorSchemaRoot cut = large;
    if (cut == null) {
      throw new IllegalStateException("No batch to split");
    }
    while (true) {
      Range range = ranges.pop();
      ArrowRecordBatch part = part(cut, range);
      if (range.rows() == 1 || part.computeBodyLength() <= MAX_PART_BYTES) {
        return part;
      }
      part.close();
      pushHalves(range);
    }
  }

  private void pushHalves(Range range) {
    int first = range.rows() / 2;
    ranges.push(new Range(range.from() + first, range.rows() - first));
    ranges.push(new Range(range.from(), first));
  }

  @Override
  public void close() {
    ranges.clear();
    if (small != null) {
      small.close();
      small = null;
    }
    if (large != null) {
      large.close();
      large = null;
    }
  }

  private static ArrowRecordBatch part(VectorSchemaRoot whole, Range range) {
    try (VectorSchemaRoot slice = whole.slice(range.from(), range.rows())) {
      return new VectorUnloader(slice).getRecordBatch();
    }
  }
}
