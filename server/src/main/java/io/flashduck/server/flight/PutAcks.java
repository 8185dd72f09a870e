package io.flashduck.server.flight;

import com.google.protobuf.Message;
import io.flashduck.proto.PutAck;
import io.flashduck.server.table.AckLevel;
import io.flashduck.server.table.WriteAck;
import org.apache.arrow.flight.FlightProducer.StreamListener;
import org.apache.arrow.flight.PutResult;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;

/**
 * Writes the answers of DoPut: {@link PutAck}, which clients that know only Flight SQL read as
 * {@code DoPutUpdateResult}.
 *
 * <p>Threading: stateless.
 */
final class PutAcks {
  private PutAcks() {}

  /** The message for an acknowledged change. */
  static PutAck of(WriteAck ack) {
    return PutAck.newBuilder()
        .setRecordCount(ack.recordCount())
        .setSequence(ack.sequence())
        .setState(state(ack.state()))
        .setDuplicate(ack.duplicate())
        .build();
  }

  /** The message for a statement: its count, and its place in the write queue if it has one. */
  static PutAck of(StatementRunner.Outcome outcome) {
    PutAck.Builder builder =
        outcome.ack().map(PutAcks::of).orElse(PutAck.getDefaultInstance()).toBuilder();
    return builder.setRecordCount(outcome.count()).build();
  }

  /** Sends any message as the metadata of one PutResult. */
  static void send(StreamListener<PutResult> listener, BufferAllocator allocator, Message message) {
    byte[] bytes = message.toByteArray();
    try (ArrowBuf buffer = allocator.buffer(bytes.length)) {
      buffer.writeBytes(bytes);
      listener.onNext(PutResult.metadata(buffer)); // copies
    }
  }

  private static PutAck.State state(AckLevel level) {
    return switch (level) {
      case DURABLE -> PutAck.State.DURABLE;
      case APPLIED -> PutAck.State.APPLIED;
      case EXPORTED -> PutAck.State.EXPORTED;
    };
  }
}
