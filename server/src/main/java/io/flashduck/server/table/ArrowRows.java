package io.flashduck.server.table;

import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.ipc.ArrowReader;
import org.apache.arrow.vector.ipc.ArrowStreamReader;
import org.apache.arrow.vector.ipc.ArrowStreamWriter;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.Schema;

/**
 * Rows held on the heap as one Arrow IPC stream without dictionaries: what a change carries, and
 * what the write queue stores.
 *
 * <p>Threading: immutable.
 */
public final class ArrowRows {
  private final byte[] stream;
  private final int offset;
  private final long rowCount;

  private ArrowRows(byte[] stream, int offset, long rowCount) {
    this.stream = stream;
    this.offset = offset;
    this.rowCount = rowCount;
  }

  /**
   * Encodes all remaining batches of a reader.
   *
   * @param reader borrowed; read to its end
   * @param maxBytes the encoded size above which the rows are refused
   * @throws FlashDuckException RESOURCE_EXHAUSTED if the rows are larger than {@code maxBytes};
   *     INVALID_REQUEST if a column is dictionary-encoded (decode it first) or the stream is broken
   */
  public static ArrowRows readAll(ArrowReader reader, long maxBytes) {
    try {
      VectorSchemaRoot root = reader.getVectorSchemaRoot();
      Encoder encoder = new Encoder(root, maxBytes);
      while (reader.loadNextBatch()) {
        encoder.add();
      }
      return encoder.finish();
    } catch (IOException e) {
      throw new FlashDuckException(
          ErrorCode.INVALID_REQUEST, "The Arrow stream cannot be read: " + e.getMessage(), e);
    }
  }

  /**
   * Encodes one batch.
   *
   * @param batch borrowed
   * @param maxBytes the encoded size above which the rows are refused
   */
  public static ArrowRows copyOf(VectorSchemaRoot batch, long maxBytes) {
    try {
      Encoder encoder = new Encoder(batch, maxBytes);
      encoder.add();
      return encoder.finish();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Takes an encoded stream that ends with the buffer, as the codec cut it out of a frame. */
  static ArrowRows wrap(byte[] bytes, int offset, long rowCount) {
    return new ArrowRows(bytes, offset, rowCount);
  }

  /** The number of rows. */
  public long rowCount() {
    return rowCount;
  }

  /** The size of the encoded stream. */
  public int sizeBytes() {
    return stream.length - offset;
  }

  /** The encoded stream, read-only. */
  public ByteBuffer encoded() {
    return ByteBuffer.wrap(stream, offset, stream.length - offset).slice().asReadOnlyBuffer();
  }

  /**
   * Opens the rows for reading; the caller closes the reader.
   *
   * @param allocator where the batches are loaded; one batch at a time
   */
  public ArrowReader open(BufferAllocator allocator) {
    return new ArrowStreamReader(
        new ByteArrayInputStream(stream, offset, stream.length - offset), allocator);
  }

  /** The schema of the rows. */
  public Schema schema(BufferAllocator allocator) {
    try (ArrowReader reader = open(allocator)) {
      return reader.getVectorSchemaRoot().getSchema();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Writes batches into one stream and counts. */
  private static final class Encoder {
    private final VectorSchemaRoot root;
    private final long maxBytes;
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final ArrowStreamWriter writer;
    private long rows;

    Encoder(VectorSchemaRoot root, long maxBytes) throws IOException {
      for (Field field : root.getSchema().getFields()) {
        refuseDictionary(field, field.getName());
      }
      this.root = root;
      this.maxBytes = maxBytes;
      this.writer = new ArrowStreamWriter(root, null, Channels.newChannel(bytes));
      writer.start();
    }

    private static void refuseDictionary(Field field, String column) {
      if (field.getDictionary() != null) {
        throw new FlashDuckException(
            ErrorCode.INVALID_REQUEST,
            "Column " + column + " is dictionary-encoded; send its values instead");
      }
      field.getChildren().forEach(child -> refuseDictionary(child, column));
    }

    void add() throws IOException {
      if (root.getRowCount() == 0) {
        return;
      }
      writer.writeBatch();
      rows += root.getRowCount();
      if (bytes.size() > maxBytes) {
        throw new FlashDuckException(
            ErrorCode.RESOURCE_EXHAUSTED,
            "The change is larger than the limit of " + maxBytes + " bytes; send it in parts");
      }
    }

    ArrowRows finish() throws IOException {
      writer.end();
      return new ArrowRows(bytes.toByteArray(), 0, rows);
    }
  }
}
