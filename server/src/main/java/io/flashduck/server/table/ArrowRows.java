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
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
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
  static final byte[] END_OF_STREAM = {-1, -1, -1, -1, 0, 0, 0, 0};

  private final byte[] bytes;
  private final int offset;
  private final int length;
  private final long rowCount;
  private final @Nullable Known known;

  private ArrowRows(byte[] bytes, int offset, int length, long rowCount, @Nullable Known known) {
    this.bytes = bytes;
    this.offset = offset;
    this.length = length;
    this.rowCount = rowCount;
    this.known = known;
  }

  /**
   * What was seen of the rows before they were encoded, so that they need not be decoded for it.
   *
   * @param withNulls the names of the top-level columns that have nulls
   */
  record Known(Schema schema, Set<String> withNulls) {
    Known {
      withNulls = Set.copyOf(withNulls);
    }
  }

  static ArrowRows encoded(byte[] bytes, int length, long rowCount, Known known) {
    return new ArrowRows(bytes, 0, length, rowCount, known);
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
    try {
      RowsEncoder encoder = new RowsEncoder(reader.getVectorSchemaRoot(), maxBytes);
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
    RowsEncoder encoder = new RowsEncoder(root, maxBytes);
    while (next.getAsBoolean()) {
      encoder.add();
    }
    return encoder.finish();
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
    RowsEncoder encoder = new RowsEncoder(batch, maxBytes);
    encoder.add();
    return encoder.finish();
  }

  /**
   * Takes an encoded stream inside a larger array, without copying: nobody may change it.
   *
   * @param rowCount the number of rows in the stream
   */
  public static ArrowRows within(byte[] bytes, int offset, int length, long rowCount) {
    Objects.checkFromIndexSize(offset, length, bytes.length);
    return new ArrowRows(bytes, offset, length, rowCount, null);
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
    return new ArrowRows(all.toByteArray(), 0, all.size(), rows, null);
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

  /** The encoded batches behind the schema, read-only. */
  public ByteBuffer batches() {
    ByteBuffer stream = encoded();
    return stream.position(schemaBytes());
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
    if (known != null) {
      return known.schema();
    }
    try (ArrowReader reader = open(allocator)) {
      return reader.getVectorSchemaRoot().getSchema();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Whether it is known without decoding the rows that some top-level columns have no nulls.
   *
   * @param columns chooses columns by name
   */
  boolean hasSurelyNoNulls(Predicate<String> columns) {
    return known != null && known.withNulls().stream().noneMatch(columns);
  }

  /** Writes batches of a client's answer, with dictionaries, into one stream and counts. */
  private static final class Encoder implements AutoCloseable {
    private final VectorSchemaRoot root;
    private final long maxBytes;
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final ArrowStreamWriter writer;
    private long rows;

    Encoder(VectorSchemaRoot root, DictionaryProvider dictionaries, long maxBytes)
        throws IOException {
      this.root = root;
      this.maxBytes = maxBytes;
      this.writer = new ArrowStreamWriter(root, dictionaries, Channels.newChannel(bytes));
      writer.start();
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
      return new ArrowRows(encoded, 0, encoded.length, rows, null);
    }

    /** Frees the dictionaries that the writer remembers. */
    @Override
    public void close() {
      writer.close();
    }
  }
}
