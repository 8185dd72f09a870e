package io.flashduck.server.engine;

import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import java.io.IOException;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.ipc.ArrowReader;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.Schema;

/**
 * An {@link ArrowResult} over DuckDB's Arrow stream.
 *
 * <p>Threading: confined to its reader's thread, except {@link #cancel}.
 */
@SuppressWarnings("ReferenceEquality") // whether the two roots are one
final class StreamingResult implements ArrowResult {
  private final StatementSlot.Operation operation;
  private final ArrowReader reader;
  private final VectorSchemaRoot loaded;
  private final VectorSchemaRoot root;

  StreamingResult(StatementSlot.Operation operation, ArrowReader reader) throws IOException {
    this.operation = operation;
    this.reader = reader;
    this.loaded = reader.getVectorSchemaRoot();
    Schema plain = loaded.getSchema();
    if (plain.getFields().stream().anyMatch(StreamingResult::hasDictionary)) {
      throw new FlashDuckException(
          ErrorCode.CONFLICT, "A table changed while the query was prepared; run it again.");
    }
    Schema wire = WireTypes.onWire(plain);
    // The same vectors under a schema that also carries the decimals' metadata.
    this.root =
        wire.equals(plain) ? loaded : new VectorSchemaRoot(wire, loaded.getFieldVectors(), 0);
  }

  /** An ENUM that was not there when the statement was described, and so was not cast. */
  private static boolean hasDictionary(Field field) {
    return field.getDictionary() != null
        || field.getChildren().stream().anyMatch(StreamingResult::hasDictionary);
  }

  @Override
  public Schema schema() {
    return root.getSchema();
  }

  @Override
  public boolean loadNext() {
    return operation.call(
        () -> {
          boolean more = reader.loadNextBatch();
          if (root != loaded) {
            root.setRowCount(loaded.getRowCount());
          }
          return more;
        });
  }

  @Override
  public VectorSchemaRoot root() {
    return root;
  }

  @Override
  public void cancel(FlashDuckException reason) {
    operation.cancel(reason);
  }

  @Override
  public void close() {
    operation.release();
  }
}
