package io.flashduck.server.flight;

import static org.assertj.core.api.Assertions.assertThat;

import io.flashduck.server.config.QueryConfig.HeldLimits;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.VectorLoader;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.VectorUnloader;
import org.apache.arrow.vector.ipc.message.ArrowRecordBatch;
import org.apache.arrow.vector.types.Types.MinorType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.Schema;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Batches that are held come back in order, wherever they were, and the budget is given back. */
class HeldBatchesTest {
  private static final Schema SCHEMA =
      new Schema(List.of(Field.nullable("n", MinorType.BIGINT.getType())));
  private static final int ROWS = 1000;

  /** Eight bytes a row and one bit for null, padded. */
  private static final long BATCH = ROWS * 8L + 128;

  @TempDir private Path folder;
  private final BufferAllocator memory = new RootAllocator();

  @AfterEach
  void closeWithoutLeaks() {
    memory.close();
  }

  private HoldBudget budget(long inMemory, long onDisk) {
    return HoldBudget.of(new HeldLimits(inMemory * BATCH, onDisk * BATCH), folder.resolve("tmp"));
  }

  private ArrowRecordBatch batch(long first) {
    try (VectorSchemaRoot root = VectorSchemaRoot.create(SCHEMA, memory)) {
      BigIntVector numbers = (BigIntVector) root.getVector(0);
      numbers.allocateNew(ROWS);
      for (int row = 0; row < ROWS; row++) {
        numbers.set(row, first + row);
      }
      root.setRowCount(ROWS);
      return new VectorUnloader(root).getRecordBatch();
    }
  }

  private void assertTaken(HeldBatches held, long first) {
    try (VectorSchemaRoot root = VectorSchemaRoot.create(SCHEMA, memory);
        ArrowRecordBatch taken = held.take(memory)) {
      assertThat(taken).isNotNull();
      new VectorLoader(root).load(taken);
      BigIntVector numbers = (BigIntVector) root.getVector(0);
      assertThat(numbers.getValueCount()).isEqualTo(ROWS);
      assertThat(numbers.get(0)).isEqualTo(first);
      assertThat(numbers.get(ROWS - 1)).isEqualTo(first + ROWS - 1);
    }
  }

  private static void assertFree(HoldBudget budget) {
    assertThat(budget.memory().used()).isZero();
    assertThat(budget.disk().used()).isZero();
  }

  @Test
  void take_ofMemoryFileAndWhatIsBeyond_isInOrder() {
    HoldBudget budget = budget(2, 2);
    try (HeldBatches held = new HeldBatches(budget)) {
      for (int i = 0; i < 5; i++) {
        assertThat(held.isFull()).isFalse();
        held.add(batch(i));
      }
      assertThat(held.isFull()).isTrue();
      assertThat(budget.memory().used()).isPositive();
      assertThat(budget.disk().used()).isPositive();
      assertTaken(held, 0);
      held.add(batch(5)); // to memory again, behind the file
      for (int i = 1; i < 6; i++) {
        assertTaken(held, i);
      }
      assertThat(held.isFull()).isFalse();
      assertThat(held.take(memory)).isNull();
      assertFree(budget);
      for (int i = 6; i < 9; i++) {
        held.add(batch(i)); // a new file
      }
      for (int i = 6; i < 9; i++) {
        assertTaken(held, i);
      }
      assertFree(budget);
    }
  }

  @Test
  void close_beforeAllWereTaken_freesEverything() throws IOException {
    HoldBudget budget = budget(1, 2);
    try (HeldBatches held = new HeldBatches(budget)) {
      for (int i = 0; i < 4; i++) {
        held.add(batch(i));
      }
      assertTaken(held, 0);
      assertTaken(held, 1);
    }
    assertFree(budget);
    try (var files = Files.list(folder.resolve("tmp"))) {
      assertThat(files).isEmpty();
    }
  }

  @Test
  void add_folderThatCannotBeWritten_keepsTheBatchAndSaysWhy() throws IOException {
    Files.writeString(folder.resolve("tmp"), "not a folder");
    HoldBudget budget = budget(0, 10);
    try (HeldBatches held = new HeldBatches(budget)) {
      held.add(batch(7));
      assertThat(held.isFull()).isTrue();
      assertThat(held.unwritable()).isPresent();
      assertTaken(held, 7);
      assertThat(held.isFull()).isFalse();
    }
    assertFree(budget);
  }

  @Test
  void half_ofABudget_countsInTheWhole() {
    HeldBytes whole = HeldBytes.atMost(100);
    HeldBytes one = whole.half();
    HeldBytes two = whole.half();
    HeldBytes three = whole.half();
    assertThat(one.take(51)).isFalse();
    assertThat(one.take(50)).isTrue();
    assertThat(two.take(40)).isTrue();
    assertThat(three.take(11)).isFalse();
    assertThat(three.take(10)).isTrue();
    two.free(40);
    assertThat(three.take(40)).isTrue();
    assertThat(whole.used()).isEqualTo(100);
  }
}
