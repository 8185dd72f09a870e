package io.flashduck.server.table;

import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.WritableByteChannel;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.VectorUnloader;
import org.apache.arrow.vector.ipc.WriteChannel;
import org.apache.arrow.vector.ipc.message.ArrowRecordBatch;
import org.apache.arrow.vector.ipc.message.MessageSerializer;
import org.apache.arrow.vector.types.pojo.Schema;

/**
 * Encodes the batches that show up in one root, again and again: the schema is checked and encoded
 * once, and each batch is copied once.
 *
 * <p>Threading: confined to its user.
 */
public final class RowsEncoder {
  /** More than the metadata of most batches. */
  private static final int METADATA_BYTES = 1_024;

  private final VectorSchemaRoot root;
  private final Schema schema;
  private final long maxBytes;
  private final byte[] schemaMessage;
  private final VectorUnloader unloader;
  private Sink sink;
  private long rows;
  private final Set<String> withNulls = new HashSet<>();

  /**
   * @param root borrowed
   * @param maxBytes the encoded size above which rows are refused
   * @throws FlashDuckException INVALID_REQUEST if a column is of a type that cannot be stored
   */
  public RowsEncoder(VectorSchemaRoot root, long maxBytes) {
    StorableTypes.check(root.getSchema());
    this.root = root;
    this.schema = root.getSchema();
    this.maxBytes = maxBytes;
    this.schemaMessage = message(schema);
    this.unloader = new VectorUnloader(root);
    this.sink = new Sink();
  }

  private static byte[] message(Schema schema) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try {
      MessageSerializer.serialize(new WriteChannel(Channels.newChannel(bytes)), schema);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  /**
   * Adds the root's present batch to the rows.
   *
   * @throws FlashDuckException RESOURCE_EXHAUSTED if they are too large now; INVALID_REQUEST if the
   *     batch is damaged
   */
  public void add() {
    if (root.getRowCount() == 0) {
      return;
    }
    ArrowBatchCheck.check(root);
    try (ArrowRecordBatch batch = unloader.getRecordBatch()) {
      long body = batch.computeBodyLength();
      if (sink.length + body > maxBytes) {
        throw new FlashDuckException(
            ErrorCode.RESOURCE_EXHAUSTED,
            "The change is larger than the limit of " + maxBytes + " bytes; send it in parts");
      }
      begin(body);
      MessageSerializer.serialize(new WriteChannel(sink), batch);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    rows += root.getRowCount();
    for (FieldVector vector : root.getFieldVectors()) {
      if (vector.getNullCount() > 0) {
        withNulls.add(vector.getName());
      }
    }
  }

  private void begin(long moreBytes) {
    sink.reserve(moreBytes + METADATA_BYTES + (sink.length == 0 ? schemaMessage.length : 0));
    if (sink.length == 0) {
      sink.write(ByteBuffer.wrap(schemaMessage));
    }
  }

  /** The rows that were added since the last call. */
  public ArrowRows finish() {
    begin(0);
    sink.write(ByteBuffer.wrap(ArrowRows.END_OF_STREAM));
    ArrowRows encoded =
        ArrowRows.encoded(sink.bytes, sink.length, rows, new ArrowRows.Known(schema, withNulls));
    sink = new Sink();
    rows = 0;
    withNulls.clear();
    return encoded;
  }

  /** Bytes on the heap, in an array that is mostly made in its final size. */
  private static final class Sink implements WritableByteChannel {
    private byte[] bytes = {};
    private int length;

    void reserve(long more) {
      long needed = length + more;
      if (needed > bytes.length) {
        long grown = bytes.length == 0 ? needed : Math.max(needed, bytes.length * 3L / 2);
        long most = Integer.MAX_VALUE - 64L;
        if (needed > most) {
          throw new FlashDuckException(
              ErrorCode.RESOURCE_EXHAUSTED,
              "The change is larger than 2 GiB, more than one change can hold; send it in parts");
        }
        bytes = Arrays.copyOf(bytes, (int) Math.min(most, grown));
      }
    }

    @Override
    public int write(ByteBuffer source) {
      int count = source.remaining();
      reserve(count);
      source.get(bytes, length, count);
      length += count;
      return count;
    }

    @Override
    public boolean isOpen() {
      return true;
    }

    @Override
    public void close() {}
  }
}
