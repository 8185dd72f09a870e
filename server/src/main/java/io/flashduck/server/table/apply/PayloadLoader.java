package io.flashduck.server.table.apply;

import io.flashduck.server.table.ArrowRows;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.VectorLoader;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.ipc.ReadChannel;
import org.apache.arrow.vector.ipc.message.ArrowMessage;
import org.apache.arrow.vector.ipc.message.ArrowRecordBatch;
import org.apache.arrow.vector.ipc.message.MessageSerializer;
import org.apache.arrow.vector.types.pojo.Schema;

/**
 * The batches of many encoded rows of one schema, one after the other in one root: what differs
 * from a reader for each is that the schema is not decoded again and again.
 *
 * <p>Threading: confined to its user.
 */
final class PayloadLoader implements AutoCloseable {
  private final BufferAllocator allocator;
  private final VectorSchemaRoot root;
  private final VectorLoader loader;
  private ReadChannel in = new ReadChannel(new Bytes(ByteBuffer.allocate(0)));

  PayloadLoader(BufferAllocator allocator, Schema schema) {
    this.allocator = allocator;
    this.root = VectorSchemaRoot.create(schema, allocator);
    this.loader = new VectorLoader(root);
  }

  /** Holds the present batch. */
  VectorSchemaRoot root() {
    return root;
  }

  /** Goes on with these rows. */
  void open(ArrowRows rows) {
    in = new ReadChannel(new Bytes(rows.batches()));
  }

  /** Loads their next batch; false if there is none. */
  boolean next() throws IOException {
    ArrowMessage message = MessageSerializer.deserializeMessageBatch(in, allocator);
    if (message == null) {
      return false;
    }
    try (message) {
      if (!(message instanceof ArrowRecordBatch batch)) {
        throw new IOException("A message of the rows is no record batch");
      }
      loader.load(batch);
      return true;
    } catch (IOException | RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new IOException(e);
    }
  }

  @Override
  public void close() {
    root.close();
  }

  /** A channel out of memory. */
  private record Bytes(ByteBuffer left) implements ReadableByteChannel {
    @Override
    public int read(ByteBuffer target) {
      if (!left.hasRemaining()) {
        return -1;
      }
      int count = Math.min(left.remaining(), target.remaining());
      target.put(left.slice(left.position(), count));
      left.position(left.position() + count);
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
