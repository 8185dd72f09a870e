package io.flashduck.server.table.apply;

import io.flashduck.server.table.ArrowRows;
import io.flashduck.server.table.merge.Hidden;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.ipc.ArrowReader;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.FieldType;
import org.apache.arrow.vector.types.pojo.Schema;
import org.apache.arrow.vector.util.VectorSchemaRootAppender;
import org.jspecify.annotations.Nullable;

/**
 * The rows of several writes of one schema as one stream, each row with the version and sequence of
 * its write and its number in it. Small batches are put together, because each costs DuckDB as much
 * as some thousand rows; large ones are handed on as they are.
 *
 * <p>Threading: confined to the apply lane.
 */
public final class StagedReader extends ArrowReader {
  private static final int SMALL_BATCH_ROWS = 4_096;
  private static final int FULL_BATCH_ROWS = 16_384;

  /**
   * The rows of one write.
   *
   * @param rows the rows
   * @param version when the write was accepted
   * @param sequence the write
   * @param firstRow the number of the first row
   */
  public record Part(ArrowRows rows, long version, long sequence, long firstRow) {}

  private final BufferAllocator memory;
  private final Schema payload;
  private final List<Part> parts;

  /** Arrow's appender takes members of a union that are of one type for one member. */
  private final boolean unions;

  private int next;
  private @Nullable PayloadLoader loader;
  private boolean opened;
  private boolean loaded;
  private long row;

  /**
   * @param allocator pays for two batches
   * @param payload the schema of the rows of all parts
   */
  public StagedReader(BufferAllocator allocator, Schema payload, List<Part> parts) {
    super(allocator);
    this.memory = allocator;
    this.payload = payload;
    this.parts = List.copyOf(parts);
    this.unions = hasUnion(payload.getFields());
  }

  private static boolean hasUnion(List<Field> fields) {
    return fields.stream()
        .anyMatch(
            field -> field.getType() instanceof ArrowType.Union || hasUnion(field.getChildren()));
  }

  @Override
  protected Schema readSchema() {
    List<Field> fields = new ArrayList<>(payload.getFields());
    for (String name : List.of(Hidden.VERSION, Hidden.SEQUENCE, Hidden.ROW)) {
      fields.add(new Field(name, FieldType.notNullable(new ArrowType.Int(64, true)), null));
    }
    return new Schema(fields);
  }

  @Override
  public boolean loadNextBatch() throws IOException {
    VectorSchemaRoot out = getVectorSchemaRoot();
    out.clear();
    int rows = 0;
    while (rows < FULL_BATCH_ROWS && advance()) {
      Part part = parts.get(next);
      VectorSchemaRoot batch = loader().root();
      int count = batch.getRowCount();
      if (count >= SMALL_BATCH_ROWS || unions) {
        if (rows > 0) {
          break; // the large batch is loaded and waits for the next call
        }
        transfer(batch, out);
        label(out, part, 0, count);
        rows = count;
        loaded = false;
        break;
      }
      append(batch, out, part, rows);
      rows += count;
      loaded = false;
    }
    out.setRowCount(rows);
    return rows > 0;
  }

  private PayloadLoader loader() {
    PayloadLoader made = loader;
    if (made == null) {
      made = new PayloadLoader(memory, payload);
      loader = made;
    }
    return made;
  }

  /** Loads the next batch that has rows, unless one is waiting. */
  private boolean advance() throws IOException {
    while (!loaded && next < parts.size()) {
      if (!opened) {
        loader().open(parts.get(next).rows());
        row = parts.get(next).firstRow();
        opened = true;
      }
      if (!loader().next()) {
        opened = false;
        next++;
      } else if (loader().root().getRowCount() > 0) {
        loaded = true;
      }
    }
    return loaded;
  }

  private void transfer(VectorSchemaRoot from, VectorSchemaRoot to) {
    for (int i = 0; i < payload.getFields().size(); i++) {
      from.getVector(i).makeTransferPair(to.getVector(i)).transfer();
    }
  }

  private void append(VectorSchemaRoot from, VectorSchemaRoot to, Part part, int at) {
    int columns = payload.getFields().size();
    int count = from.getRowCount();
    List<FieldVector> target = to.getFieldVectors().subList(0, columns);
    if (at == 0) {
      target.forEach(FieldVector::allocateNew); // the appender reads offsets of the target
    }
    VectorSchemaRoot view = new VectorSchemaRoot(payload.getFields(), target, at);
    VectorSchemaRootAppender.append(false, view, from);
    label(to, part, at, count);
  }

  private void label(VectorSchemaRoot out, Part part, int at, int count) {
    fill(out, Hidden.VERSION, at, count, part.version(), 0);
    fill(out, Hidden.SEQUENCE, at, count, part.sequence(), 0);
    fill(out, Hidden.ROW, at, count, row, 1);
    row += count;
  }

  private static void fill(
      VectorSchemaRoot out, String name, int at, int count, long first, long step) {
    BigIntVector vector = (BigIntVector) out.getVector(name);
    for (int i = 0; i < count; i++) {
      vector.setSafe(at + i, first + i * step);
    }
    vector.setValueCount(at + count);
  }

  @Override
  public long bytesRead() {
    return 0;
  }

  @Override
  protected void closeReadSource() {
    PayloadLoader made = loader;
    loader = null;
    if (made != null) {
      made.close();
    }
  }
}
