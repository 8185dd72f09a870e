package io.flashduck.server.flight;

import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.WireFormat;
import io.grpc.Drainable;
import io.grpc.MethodDescriptor.Marshaller;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufInputStream;
import io.netty.buffer.CompositeByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.arrow.flight.grpc.AddWritableBuffer;
import org.apache.arrow.flight.impl.Flight.FlightData;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.vector.ipc.message.ArrowDictionaryBatch;
import org.apache.arrow.vector.ipc.message.ArrowMessage;
import org.apache.arrow.vector.ipc.message.ArrowRecordBatch;
import org.apache.arrow.vector.ipc.message.IpcOption;
import org.apache.arrow.vector.ipc.message.MessageSerializer;
import org.apache.arrow.vector.types.pojo.Schema;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One FlightData message of a result, as the bytes of the wire: the header in direct memory, the
 * body the batch's own buffers. With a header on the heap, as Arrow's own message has it, Netty
 * copies every frame once more.
 *
 * <p>Threading: made, handed to gRPC and closed by one thread; freed by Netty's.
 */
final class ResultMessage implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(ResultMessage.class);
  private static final int ALIGNMENT = 8;

  /** Never freed: pads each buffer to eight bytes. */
  private static final ByteBuf ZEROS =
      Unpooled.unreleasableBuffer(Unpooled.directBuffer(ALIGNMENT).writeZero(ALIGNMENT));

  private final ByteBuf bytes;

  private ResultMessage(ByteBuf bytes) {
    this.bytes = bytes;
  }

  /** The first message of a result. */
  static ResultMessage of(Schema schema) {
    ByteBuffer header = MessageSerializer.serializeMetadata(schema, IpcOption.DEFAULT).slice();
    return new ResultMessage(head(header, 0));
  }

  /**
   * Shares the batch's buffers.
   *
   * @param batch borrowed
   */
  static ResultMessage of(ArrowRecordBatch batch) {
    return of(batch, batch.getBuffers());
  }

  /**
   * Shares the dictionary's buffers.
   *
   * @param dictionary borrowed
   */
  static ResultMessage of(ArrowDictionaryBatch dictionary) {
    return of(dictionary, dictionary.getDictionary().getBuffers());
  }

  private static ResultMessage of(ArrowMessage message, List<ArrowBuf> buffers) {
    ByteBuffer header = MessageSerializer.serializeMetadata(message, IpcOption.DEFAULT).slice();
    long size = 0;
    for (ArrowBuf buffer : buffers) {
      size += buffer.readableBytes() + padding(buffer);
    }
    Batch body = new Batch(buffers);
    body.addComponent(true, head(header, Math.toIntExact(size)));
    for (ArrowBuf buffer : buffers) {
      if (buffer.readableBytes() > 0) {
        body.addComponent(true, Unpooled.wrappedBuffer(buffer.nioBuffer()));
      }
      if (padding(buffer) > 0) {
        body.addComponent(true, ZEROS.slice(0, padding(buffer)));
      }
    }
    return new ResultMessage(body);
  }

  private static int padding(ArrowBuf buffer) {
    return (int) (-buffer.readableBytes() & (ALIGNMENT - 1));
  }

  /** The header field, and the tag and length of a body that follows. */
  private static ByteBuf head(ByteBuffer header, int bodyBytes) {
    int headerBytes = header.remaining();
    int capacity =
        headerBytes
            + CodedOutputStream.computeTagSize(FlightData.DATA_HEADER_FIELD_NUMBER)
            + CodedOutputStream.computeTagSize(FlightData.DATA_BODY_FIELD_NUMBER)
            + CodedOutputStream.computeUInt32SizeNoTag(headerBytes)
            + CodedOutputStream.computeUInt32SizeNoTag(bodyBytes);
    ByteBuf head = PooledByteBufAllocator.DEFAULT.directBuffer(capacity);
    try {
      ByteBuffer target = head.nioBuffer(0, capacity);
      CodedOutputStream out = CodedOutputStream.newInstance(target);
      out.writeTag(FlightData.DATA_HEADER_FIELD_NUMBER, WireFormat.WIRETYPE_LENGTH_DELIMITED);
      out.writeUInt32NoTag(headerBytes);
      out.writeRawBytes(header);
      if (bodyBytes > 0) {
        out.writeTag(FlightData.DATA_BODY_FIELD_NUMBER, WireFormat.WIRETYPE_LENGTH_DELIMITED);
        out.writeUInt32NoTag(bodyBytes);
      }
      out.flush();
      return head.writerIndex(out.getTotalBytesWritten());
    } catch (IOException e) {
      head.release();
      throw new UncheckedIOException(e); // written in memory
    }
  }

  /** What is sent, borrowed. */
  ByteBuf bytes() {
    return bytes;
  }

  /** Gives up the maker's hold; gRPC keeps what it has not sent yet. */
  @Override
  public void close() {
    bytes.release();
  }

  /** Holds the batch's buffers until the last frame was sent. */
  private static final class Batch extends CompositeByteBuf {
    private final List<ArrowBuf> buffers;

    Batch(List<ArrowBuf> buffers) {
      // No bound on the components: above one, Netty would join them by copying.
      super(UnpooledByteBufAllocator.DEFAULT, true, Integer.MAX_VALUE);
      this.buffers = buffers;
      buffers.forEach(buffer -> buffer.getReferenceManager().retain());
    }

    @Override
    protected void deallocate() {
      super.deallocate();
      buffers.forEach(buffer -> buffer.getReferenceManager().release());
    }
  }

  /**
   * Writes messages; a server reads none.
   *
   * <p>Threading: thread-safe.
   */
  static final class Writer implements Marshaller<ResultMessage> {
    private final AtomicBoolean copied = new AtomicBoolean();

    @Override
    public InputStream stream(ResultMessage message) {
      return new Bytes(message.bytes.retain(), this::copied);
    }

    private void copied() {
      if (!copied.getAndSet(true)) {
        log.warn("gRPC's buffers cannot be reached in this version: results are copied once more");
      }
    }

    @Override
    public ResultMessage parse(InputStream stream) {
      throw new UnsupportedOperationException("A server sends results");
    }
  }

  /** Gives gRPC the bytes without a copy. */
  private static final class Bytes extends ByteBufInputStream implements Drainable {
    private final ByteBuf bytes;
    private final Runnable copied;

    Bytes(ByteBuf bytes, Runnable copied) {
      super(bytes, bytes.readableBytes(), true); // released when gRPC closes the stream
      this.bytes = bytes;
      this.copied = copied;
    }

    @Override
    public int drainTo(OutputStream target) throws IOException {
      int size = bytes.readableBytes();
      if (!AddWritableBuffer.add(bytes, target, true)) {
        copied.run();
      }
      return size;
    }
  }
}
