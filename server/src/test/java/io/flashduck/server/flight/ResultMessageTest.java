package io.flashduck.server.flight;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Drainable;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import org.apache.arrow.flight.impl.Flight.FlightData;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.VectorLoader;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.VectorUnloader;
import org.apache.arrow.vector.ipc.message.ArrowRecordBatch;
import org.apache.arrow.vector.ipc.message.MessageMetadataResult;
import org.apache.arrow.vector.ipc.message.MessageSerializer;
import org.apache.arrow.vector.types.Types.MinorType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.Schema;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class ResultMessageTest {
  private static final Schema SCHEMA =
      new Schema(List.of(Field.nullable("t", MinorType.VARCHAR.getType())));
  private final BufferAllocator allocator = new RootAllocator();

  @AfterEach
  void closeWithoutLeaks() {
    allocator.close(); // throws if a buffer leaked
  }

  @Test
  void of_schema_isFlightDataWithTheSchema() throws IOException {
    try (ResultMessage message = ResultMessage.of(SCHEMA)) {
      FlightData data = FlightData.parseFrom(ByteBufUtil.getBytes(message.bytes()));
      assertThat(data.getDataBody()).isEmpty();
      assertThat(MessageSerializer.deserializeSchema(metadata(data))).isEqualTo(SCHEMA);
    }
  }

  @Test
  void of_batch_isDirectMemoryThatReadsBackAsTheBatch() throws IOException {
    try (ResultMessage message = message("", "abc", null, "twelve bytes")) {
      assertThat(message.bytes().isDirect()).isTrue(); // else Netty copies each frame
      FlightData data = FlightData.parseFrom(ByteBufUtil.getBytes(message.bytes()));
      assertThat(texts(data)).containsExactly("", "abc", null, "twelve bytes");
    }
  }

  @Test
  void of_batchWithoutRows_readsBack() throws IOException {
    try (ResultMessage message = message()) {
      FlightData data = FlightData.parseFrom(ByteBufUtil.getBytes(message.bytes()));
      assertThat(texts(data)).isEmpty();
    }
  }

  @Test
  void close_whileSomethingIsNotSentYet_keepsTheBatchUntilItIs() {
    ResultMessage message = message("kept");
    ByteBuf unsent = message.bytes().retain();
    message.close();
    assertThat(allocator.getAllocatedMemory()).isPositive();
    unsent.release();
    assertThat(allocator.getAllocatedMemory()).isZero();
  }

  @Test
  void stream_targetIsNotGrpcs_copiesTheSameBytes() throws IOException {
    try (ResultMessage message = message("copied")) {
      byte[] expected = ByteBufUtil.getBytes(message.bytes());
      ByteArrayOutputStream target = new ByteArrayOutputStream();
      try (InputStream stream = new ResultMessage.Writer().stream(message)) {
        assertThat(((Drainable) stream).drainTo(target)).isEqualTo(expected.length);
      }
      assertThat(target.toByteArray()).isEqualTo(expected);
    }
  }

  private ResultMessage message(@Nullable String... texts) {
    try (VectorSchemaRoot root = VectorSchemaRoot.create(SCHEMA, allocator)) {
      VarCharVector vector = (VarCharVector) root.getVector(0);
      for (int row = 0; row < texts.length; row++) {
        String text = texts[row];
        if (text != null) {
          vector.setSafe(row, text.getBytes(UTF_8));
        }
      }
      root.setRowCount(texts.length);
      try (ArrowRecordBatch batch = new VectorUnloader(root, true, true).getRecordBatch()) {
        return ResultMessage.of(batch);
      }
    }
  }

  private @Nullable String[] texts(FlightData data) throws IOException {
    try (VectorSchemaRoot root = VectorSchemaRoot.create(SCHEMA, allocator);
        var body = allocator.buffer(data.getDataBody().size())) {
      body.writeBytes(data.getDataBody().toByteArray());
      body.getReferenceManager().retain(); // reading the batch gives up one hold
      try (ArrowRecordBatch batch =
          MessageSerializer.deserializeRecordBatch(metadata(data), body)) {
        new VectorLoader(root).load(batch);
      }
      VarCharVector vector = (VarCharVector) root.getVector(0);
      @Nullable String[] texts = new @Nullable String[root.getRowCount()];
      for (int row = 0; row < texts.length; row++) {
        texts[row] = vector.isNull(row) ? null : vector.getObject(row).toString();
      }
      return texts;
    }
  }

  private static MessageMetadataResult metadata(FlightData data) {
    return MessageMetadataResult.create(
        data.getDataHeader().asReadOnlyByteBuffer(), data.getDataHeader().size());
  }
}
