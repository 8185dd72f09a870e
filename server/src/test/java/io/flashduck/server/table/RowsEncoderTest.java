package io.flashduck.server.table;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.List;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.ipc.ArrowReader;
import org.apache.arrow.vector.ipc.ArrowStreamWriter;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.Schema;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class RowsEncoderTest {
  private static final Schema SCHEMA =
      new Schema(
          List.of(
              Field.nullable("id", new ArrowType.Int(64, true)),
              Field.nullable("name", ArrowType.Utf8.INSTANCE)));

  private BufferAllocator allocator;
  private VectorSchemaRoot root;

  @BeforeEach
  void open() {
    allocator = new RootAllocator();
    root = VectorSchemaRoot.create(SCHEMA, allocator);
  }

  @AfterEach
  void close() {
    root.close();
    allocator.close();
  }

  private void fill(String... names) {
    root.clear();
    BigIntVector ids = (BigIntVector) root.getVector("id");
    VarCharVector texts = (VarCharVector) root.getVector("name");
    for (int row = 0; row < names.length; row++) {
      ids.setSafe(row, row);
      if (!names[row].isEmpty()) {
        texts.setSafe(row, names[row].getBytes(java.nio.charset.StandardCharsets.UTF_8));
      }
    }
    root.setRowCount(names.length);
  }

  @Test
  void finish_severalBatches_areTheBytesThatArrowWrites() throws IOException {
    ByteArrayOutputStream expected = new ByteArrayOutputStream();
    RowsEncoder encoder = new RowsEncoder(root, Long.MAX_VALUE);
    try (ArrowStreamWriter writer = new ArrowStreamWriter(root, null, expected)) {
      writer.start();
      for (String[] names : new String[][] {{"a", "", "ccc"}, {"d"}, {"e".repeat(5_000), "f"}}) {
        fill(names);
        writer.writeBatch();
        encoder.add();
      }
      writer.end();
    }

    ArrowRows rows = encoder.finish();

    byte[] bytes = new byte[rows.sizeBytes()];
    rows.encoded().get(bytes);
    assertThat(bytes).isEqualTo(expected.toByteArray());
    assertThat(rows.rowCount()).isEqualTo(6);
  }

  @Test
  void finish_again_hasOnlyWhatCameSince() throws IOException {
    RowsEncoder encoder = new RowsEncoder(root, Long.MAX_VALUE);
    fill("a", "b");
    encoder.add();
    ArrowRows first = encoder.finish();
    fill("c");
    encoder.add();
    ArrowRows second = encoder.finish();

    assertThat(first.rowCount()).isEqualTo(2);
    assertThat(second.rowCount()).isEqualTo(1);
    assertThat(second.hasSameSchemaBytes(first)).isTrue();
    try (ArrowReader reader = second.open(allocator)) {
      assertThat(reader.loadNextBatch()).isTrue();
      assertThat(reader.getVectorSchemaRoot().getVector("name").getObject(0)).hasToString("c");
      assertThat(reader.loadNextBatch()).isFalse();
    }
  }

  @Test
  void finish_nothingAdded_isAStreamWithoutBatches() throws IOException {
    ArrowRows rows = new RowsEncoder(root, Long.MAX_VALUE).finish();

    assertThat(rows.rowCount()).isZero();
    try (ArrowReader reader = rows.open(allocator)) {
      assertThat(reader.getVectorSchemaRoot().getSchema()).isEqualTo(SCHEMA);
      assertThat(reader.loadNextBatch()).isFalse();
    }
  }

  @Test
  void hasSurelyNoNulls_knowsTheColumnsWithNulls() {
    RowsEncoder encoder = new RowsEncoder(root, Long.MAX_VALUE);
    fill("a", "");
    encoder.add();
    ArrowRows rows = encoder.finish();

    assertThat(rows.hasSurelyNoNulls("id"::equals)).isTrue();
    assertThat(rows.hasSurelyNoNulls("name"::equals)).isFalse();
    fill("a");
    encoder.add();
    assertThat(encoder.finish().hasSurelyNoNulls("name"::equals)).isTrue();
  }

  @Test
  void add_tooLarge_isRefused() {
    RowsEncoder encoder = new RowsEncoder(root, 1_000);
    fill("x".repeat(2_000));

    assertThatThrownBy(encoder::add)
        .isInstanceOfSatisfying(
            FlashDuckException.class,
            e -> assertThat(e.code()).isEqualTo(ErrorCode.RESOURCE_EXHAUSTED))
        .hasMessageContaining("1000 bytes");
  }
}
