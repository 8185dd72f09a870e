package io.flashduck.server.flight;

import io.flashduck.server.table.ArrowRows;
import java.io.IOException;
import java.io.UncheckedIOException;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.dictionary.DictionaryProvider;
import org.apache.arrow.vector.ipc.ArrowReader;
import org.apache.arrow.vector.types.pojo.Schema;
import org.jspecify.annotations.Nullable;

/**
 * Rows that a statement left behind, such as those of RETURNING.
 *
 * <p>Threading: confined to its stream.
 */
final class KeptRows implements LoadedRows {
  private final ArrowRows rows;
  private final Schema schema;
  private @Nullable ArrowReader reader;

  KeptRows(ArrowRows rows, Schema schema) {
    this.rows = rows;
    this.schema = schema;
  }

  @Override
  public Schema schema() {
    return schema;
  }

  @Override
  public void open(BufferAllocator allocator) {
    reader = rows.open(allocator);
  }

  @Override
  public boolean loadNext() {
    try {
      return opened().loadNextBatch();
    } catch (IOException e) {
      throw new UncheckedIOException(e); // encoded here, in memory
    }
  }

  @Override
  public VectorSchemaRoot root() {
    try {
      return opened().getVectorSchemaRoot();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public DictionaryProvider dictionaries() {
    return opened();
  }

  @Override
  public void close() {
    if (reader == null) {
      return;
    }
    try {
      reader.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private ArrowReader opened() {
    if (reader == null) {
      throw new IllegalStateException("open first");
    }
    return reader;
  }
}
