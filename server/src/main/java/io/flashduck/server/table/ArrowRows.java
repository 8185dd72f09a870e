package io.flashduck.server.table;

import io.flashduck.server.engine.ArrowResult;
import io.flashduck.server.engine.WireDictionaries;
import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.Channels;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.BooleanSupplier;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.dictionary.DictionaryProvider;
import org.apache.arrow.vector.ipc.ArrowReader;
import org.apache.arrow.vector.ipc.ArrowStreamReader;
import org.apache.arrow.vector.ipc.ArrowStreamWriter;
import org.apache.arrow.vector.types.pojo.Schema;
import org.jspecify.annotations.Nullable;

/**
 * Rows held on the heap as one Arrow IPC stream without dictionaries: what a change carries, and
 * what the write queue stores.
 *
 * <p>Threading: immutable.
 */
public final class ArrowRows {
  /** A continuation marker and a length of 0: see the IPC streaming format of Arrow. */
  private static final byte[] END_OF_STREAM = {-1, -1, -1, -1, 0, 0, 0, 0};

  private final byte[] bytes;
  private final int offset;
  private final int length;
  private final long rowCount;

  private ArrowRows(byte[] bytes, int offset, int length, long rowCount) {
    this.bytes = bytes;
    this.offset = offset;
    this.length = length;
    this.rowCount = rowCount;
  }

  /**
   * Encodes all remaining batches of a reader.
   *
   * @param reader borrowed; read to its end
   * @param maxBytes the encoded size above which the rows are refused
   * @throws FlashDuckException RESOURCE_EXHAUSTED if the rows are larger than {@code maxBytes};
   *     INVALID_REQUEST if a column is of a type that cannot be stored, or the stream is broken
   */
  public static ArrowRows readAll(ArrowReader reader, long maxBytes) {
    try (Encoder encoder = new Encoder(reader.getVectorSchemaRoot(), maxBytes)) {
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
   * Encodes the batches that show up in a root one after the other.
   *
   * @param root borrowed
   * @param next loads the next batch into the root, false at the end
   * @param maxBytes the encoded size above which the rows are refused
   */
  public static ArrowRows collect(VectorSchemaRoot root, BooleanSupplier next, long maxBytes) {
    try (Encoder encoder = new Encoder(root, maxBytes)) {
      while (next.getAsBoolean()) {
        encoder.add();
      }
      return encoder.finish();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Encodes what is left of a result, for the client that it is meant for: it may have
   * dictionaries, which no change has.
   *
   * @param result borrowed
   * @param maxBytes the encoded size above which the rows are refused
   */
  public static ArrowRows answer(ArrowResult result, long maxBytes) {
    try (Encoder encoder = new Encoder(result.root(), result.dictionaries(), maxBytes)) {
      while (result.loadNext()) {
        encoder.write();
      }
      return encoder.finish();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Encodes one batch.
   *
   * @param batch borrowed
   * @param maxBytes the encoded size above which the rows are refused
   */
  public static ArrowRows copyOf(VectorSchemaRoot batch, long maxBytes) {
    try (Encoder encoder = new Encoder(batch, maxBytes)) {
      encoder.add();
      return encoder.finish();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Takes an encoded stream inside a larger array, without copying: nobody may change it.
   *
   * @param rowCount the number of rows in the stream
   */
  public static ArrowRows within(byte[] bytes, int offset, int length, long rowCount) {
    Objects.checkFromIndexSize(offset, length, bytes.length);
    return new ArrowRows(bytes, offset, length, rowCount);
  }

  /**
   * Refuses columns that cannot be stored, before their rows are read; those with dictionaries are
   * left to the one who decodes them.
   */
  public static void refuseUnstorable(Schema schema) {
    StorableTypes.check(
        new Schema(
            schema.getFields().stream()
                .filter(field -> !WireDictionaries.any(List.of(field)))
                .toList()));
  }

  /**
   * The rows of several streams, one behind the other.
   *
   * @param parts not empty
   * @throws FlashDuckException INVALID_REQUEST if they have not the same columns
   */
  public static ArrowRows concat(List<ArrowRows> parts) {
    ArrowRows first = parts.get(0);
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    all.write(first.bytes, first.offset, first.schemaBytes());
    long rows = 0;
    for (ArrowRows part : parts) {
      if (!part.hasSameSchemaBytes(first)) {
        throw new FlashDuckException(
            ErrorCode.INVALID_REQUEST,
            "The results of the rows of parameters have different types; CAST what has none of its"
                + " own");
      }
      int begin = part.schemaBytes();
      int end = part.length - (part.isEnded() ? END_OF_STREAM.length : 0);
      all.write(part.bytes, part.offset + begin, end - begin);
      rows += part.rowCount;
    }
    all.writeBytes(END_OF_STREAM);
    return new ArrowRows(all.toByteArray(), 0, all.size(), rows);
  }

  private boolean isEnded() {
    int end = offset + length;
    return length >= END_OF_STREAM.length
        && Arrays.equals(
            bytes, end - END_OF_STREAM.length, end, END_OF_STREAM, 0, END_OF_STREAM.length);
  }

  /** The number of rows. */
  public long rowCount() {
    return rowCount;
  }

  /** The size of the encoded stream. */
  public int sizeBytes() {
    return length;
  }

  /** The encoded stream, read-only. */
  public ByteBuffer encoded() {
    return ByteBuffer.wrap(bytes, offset, length).slice().asReadOnlyBuffer();
  }

  /**
   * Opens the rows for reading; the caller closes the reader.
   *
   * @param allocator where the batches are loaded; one batch at a time
   */
  public ArrowReader open(BufferAllocator allocator) {
    return new ArrowStreamReader(new ByteArrayInputStream(bytes, offset, length), allocator);
  }

  /** Whether the streams begin with the same encoded schema, byte for byte. */
  public boolean hasSameSchemaBytes(ArrowRows other) {
    int mine = schemaBytes();
    return mine == other.schemaBytes()
        && Arrays.equals(
            bytes, offset, offset + mine, other.bytes, other.offset, other.offset + mine);
  }

  /** The length of the first message: a continuation marker, its length, its metadata. */
  private int schemaBytes() {
    int prefix = 2 * Integer.BYTES;
    int metadata =
        ByteBuffer.wrap(bytes, offset + Integer.BYTES, Integer.BYTES)
            .order(ByteOrder.LITTLE_ENDIAN)
            .getInt();
    return Math.min(length, prefix + metadata);
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
  private static final class Encoder implements AutoCloseable {
    private final VectorSchemaRoot root;
    private final long maxBytes;
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final ArrowStreamWriter writer;
    private long rows;

    /** For rows that are checked before they are stored. */
    Encoder(VectorSchemaRoot root, long maxBytes) throws IOException {
      this(storable(root), null, maxBytes);
    }

    Encoder(VectorSchemaRoot root, @Nullable DictionaryProvider dictionaries, long maxBytes)
        throws IOException {
      this.root = root;
      this.maxBytes = maxBytes;
      this.writer = new ArrowStreamWriter(root, dictionaries, Channels.newChannel(bytes));
      writer.start();
    }

    private static VectorSchemaRoot storable(VectorSchemaRoot root) {
      StorableTypes.check(root.getSchema());
      return root;
    }

    void add() throws IOException {
      if (root.getRowCount() > 0) {
        ArrowBatchCheck.check(root);
        write();
      }
    }

    void write() throws IOException {
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
      byte[] encoded = bytes.toByteArray();
      return new ArrowRows(encoded, 0, encoded.length, rows);
    }

    /** Frees the dictionaries that the writer remembers. */
    @Override
    public void close() {
      writer.close();
    }
  }
}
