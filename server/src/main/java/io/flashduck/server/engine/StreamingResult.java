package io.flashduck.server.engine;

import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.dictionary.DictionaryProvider;
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
  private final Schema schema;
  private final List<StrictColumn> converted = new ArrayList<>();

  /** A result whose columns are as exported, after the casts of its statement. */
  StreamingResult(StatementSlot.Operation operation, ArrowReader reader) throws IOException {
    this.operation = operation;
    this.reader = reader;
    this.loaded = reader.getVectorSchemaRoot();
    Schema plain = loaded.getSchema();
    if (WireDictionaries.any(plain.getFields())) {
      throw changed(); // an ENUM that was not there when the statement was described
    }
    this.schema = WireTypes.onWire(plain);
    // The same vectors under a schema that also carries the decimals' metadata.
    this.root =
        schema.equals(plain) ? loaded : new VectorSchemaRoot(schema, loaded.getFieldVectors(), 0);
  }

  /**
   * A result in strict types.
   *
   * @param strict the schema on the wire
   * @param allocator pays for the converted columns
   */
  StreamingResult(
      StatementSlot.Operation operation,
      ArrowReader reader,
      Schema strict,
      BufferAllocator allocator)
      throws IOException {
    this.operation = operation;
    this.reader = reader;
    this.loaded = reader.getVectorSchemaRoot();
    this.schema = strict;
    if (loaded.getFieldVectors().size() != strict.getFields().size()) {
      throw changed();
    }
    List<FieldVector> vectors = new ArrayList<>();
    for (int i = 0; i < strict.getFields().size(); i++) {
      FieldVector vector = loaded.getVector(i);
      Field exported = loaded.getSchema().getFields().get(i);
      Field wire = strict.getFields().get(i);
      if (!StrictColumn.fits(exported, wire)) {
        throw changed();
      }
      if (!StrictColumn.isSame(exported, wire)) {
        StrictColumn column =
            operation.closeLater(new StrictColumn(vector, exported, wire, allocator));
        converted.add(column);
        vector = column.vector();
      }
      vectors.add(vector);
    }
    this.root = new VectorSchemaRoot(WireDictionaries.inMemory(strict), vectors, 0);
  }

  private static FlashDuckException changed() {
    return new FlashDuckException(
        ErrorCode.CONFLICT, "A table changed while the query was prepared; run it again.");
  }

  @Override
  public Schema schema() {
    return schema;
  }

  @Override
  public DictionaryProvider dictionaries() {
    return reader;
  }

  @Override
  public boolean loadNext() {
    return operation.call(
        () -> {
          boolean more = reader.loadNextBatch();
          if (root != loaded) {
            int rows = loaded.getRowCount();
            converted.forEach(column -> column.convert(rows));
            root.setRowCount(rows);
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
    operation.cancel(reason, false);
  }

  @Override
  public void close() {
    operation.release();
  }
}
