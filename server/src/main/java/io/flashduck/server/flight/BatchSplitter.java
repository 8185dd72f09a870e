package io.flashduck.server.flight;

import java.util.ArrayDeque;
import java.util.Deque;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.jspecify.annotations.Nullable;

/**
 * Cuts a batch into parts that fit the message limit of gRPC Go, 16 MiB, with room for the header.
 * A single row above that is sent as it is.
 *
 * <p>Threading: confined to the worker of its stream.
 */
final class BatchSplitter implements AutoCloseable {
  static final long MAX_PART_BYTES = 12L * 1024 * 1024;

  private final Deque<Range> ranges = new ArrayDeque<>();
  private @Nullable VectorSchemaRoot batch;

  private record Range(int from, int rows) {}

  /**
   * A part of the batch.
   *
   * @param root the whole batch or a slice of it
   * @param owned whether closing the part closes the root
   */
  record Part(VectorSchemaRoot root, boolean owned) implements AutoCloseable {
    @Override
    public void close() {
      if (owned) {
        root.close();
      }
    }
  }

  /** Takes the next batch, borrowed until all its parts were taken. */
  void split(VectorSchemaRoot next) {
    batch = next;
    if (next.getRowCount() > 0) {
      ranges.push(new Range(0, next.getRowCount()));
    }
  }

  boolean hasMore() {
    return !ranges.isEmpty();
  }

  /** The next part in order; the caller closes it. */
  Part next() {
    VectorSchemaRoot whole = batch;
    if (whole == null) {
      throw new IllegalStateException("No batch to split");
    }
    while (true) {
      Range range = ranges.pop();
      Part part = part(whole, range);
      if (range.rows() == 1 || bytes(part.root()) <= MAX_PART_BYTES) {
        return part;
      }
      part.close();
      int first = range.rows() / 2;
      ranges.push(new Range(range.from() + first, range.rows() - first));
      ranges.push(new Range(range.from(), first));
    }
  }

  @Override
  public void close() {
    ranges.clear();
    batch = null;
  }

  private static Part part(VectorSchemaRoot whole, Range range) {
    return range.rows() == whole.getRowCount()
        ? new Part(whole, false)
        : new Part(whole.slice(range.from(), range.rows()), true);
  }

  private static long bytes(VectorSchemaRoot root) {
    long bytes = 0;
    for (FieldVector vector : root.getFieldVectors()) {
      bytes += vector.getBufferSize();
    }
    return bytes;
  }
}
