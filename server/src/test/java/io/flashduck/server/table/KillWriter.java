package io.flashduck.server.table;

import static org.assertj.core.api.Assertions.assertThat;

import io.flashduck.server.catalog.TableName;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.IntVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.VectorSchemaRoot;

/**
 * One writer: sends its changes in order, a few at a time, and notes each answer before it sends
 * more. After a start it sends what had no answer once more, under the same positions.
 */
final class KillWriter {
  /** Changes without an answer at any time. */
  static final int OUTSTANDING = 4;

  private final int writer;
  private final TestFolder folder;
  private final KillLedger ledger;
  private final KillPoints points;
  private final Deque<Sent> outstanding = new ArrayDeque<>();

  private record Sent(long n, CompletableFuture<WriteAck> answer) {}

  KillWriter(int writer, TestFolder folder, KillLedger ledger, KillPoints points) {
    this.writer = writer;
    this.folder = folder;
    this.ledger = ledger;
    this.points = points;
  }

  /** How many changes the tables have of this writer: those answered, and perhaps a few more. */
  long survived(List<String> rowsOfT, List<String> rowsOfLog) {
    List<String> inT = KillModel.of(writer, rowsOfT);
    List<String> inLog = KillModel.of(writer, rowsOfLog);
    long answered = ledger.last(writer);
    for (long n = answered; n <= answered + OUTSTANDING; n++) {
      if (inT.equals(KillModel.rowsOfT(writer, n))
          && inLog.equals(KillModel.rowsOfLog(writer, n))) {
        return n;
      }
    }
    assertThat(inT).as("t").isEqualTo(KillModel.rowsOfT(writer, answered));
    assertThat(inLog).as("log").isEqualTo(KillModel.rowsOfLog(writer, answered));
    throw new AssertionError("t and log of writer " + writer + " are after different changes");
  }

  /**
   * Sends again what has no answer, and some change that has one.
   *
   * @param survived what the tables have
   */
  void repeat(long survived, Random random) {
    long answered = ledger.last(writer);
    if (answered > 0) {
      long old = answered - random.nextInt((int) Math.min(answered, 500));
      repeat(old, ledger.sequence(writer, old));
      repeat(answered, ledger.sequence(writer, answered));
    }
    for (long n = answered + 1; n <= survived; n++) {
      WriteAck ack = send(n).orTimeout(60, TimeUnit.SECONDS).join();
      assertThat(ack.duplicate()).as("change %d of writer %d", n, writer).isTrue();
      ledger.note(writer, n, ack);
    }
  }

  private void repeat(long n, long sequence) {
    WriteAck ack = send(n).orTimeout(60, TimeUnit.SECONDS).join();
    assertThat(ack.duplicate()).as("change %d of writer %d", n, writer).isTrue();
    assertThat(ack.sequence()).as("change %d of writer %d", n, writer).isEqualTo(sequence);
  }

  /**
   * Writes for ever.
   *
   * @param noted told of each answer
   */
  void run(Runnable noted) {
    for (long n = ledger.last(writer) + 1; n > 0; n++) {
      boolean alone =
          KillModel.kind(n) == KillModel.Kind.STATEMENT
              || KillModel.kind(n) == KillModel.Kind.TRANSACTION;
      answered(alone ? 0 : OUTSTANDING - 1, noted);
      outstanding.add(new Sent(n, send(n)));
      if (alone) {
        answered(0, noted);
      }
    }
  }

  private void answered(int left, Runnable noted) {
    while (outstanding.size() > left) {
      Sent sent = outstanding.remove();
      WriteAck ack = sent.answer().orTimeout(60, TimeUnit.SECONDS).join();
      points.step("ack.received");
      assertThat(ack.duplicate()).as("change %d of writer %d", sent.n(), writer).isFalse();
      ledger.note(writer, sent.n(), ack);
      points.step("ack.noted");
      noted.run();
    }
  }

  private CompletableFuture<WriteAck> send(long n) {
    return switch (KillModel.kind(n)) {
      case APPEND -> submit(ChangeKind.APPEND, "log", log(n), n);
      case UPSERT -> submit(ChangeKind.UPSERT, "t", rows(n), n);
      case DELETE -> submit(ChangeKind.DELETE, "t", keys(n), n);
      case STATEMENT ->
          folder
              .db()
              .execute(
                  SqlUpdate.of("UPDATE t SET v = v + 1 WHERE id = " + KillModel.counter(writer)),
                  options(n))
              .thenApply(SqlResult::ack);
      case TRANSACTION -> CompletableFuture.completedFuture(transaction(n));
    };
  }

  private WriteAck transaction(long n) {
    long before = ledger.sequence(writer, n - 1);
    try {
      assertThat(folder.db().awaitSequence(before, TestFolder.LIMIT)).isTrue();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
    try (OpenedTransaction transaction = new OpenedTransaction(folder)) {
      transaction.run(
          "INSERT INTO log SELECT %d, %d, i, %s FROM range(%d) r(i)"
              .formatted(writer, n, KillModel.pad(n + "::BIGINT"), KillModel.PARTS));
      transaction.run("UPDATE t SET v = " + n + " WHERE id = " + KillModel.counter(writer));
      return transaction.transaction().commit(options(n));
    }
  }

  private CompletableFuture<WriteAck> submit(
      ChangeKind kind, String table, ArrowRows rows, long n) {
    return folder.db().submit(Change.of(kind, TableName.ofMain(table), rows), options(n));
  }

  private WriteOptions options(long n) {
    AckLevel level =
        n % 50 == 1 ? AckLevel.EXPORTED : n % 10 == 0 ? AckLevel.APPLIED : AckLevel.DURABLE;
    return new WriteOptions(level, Optional.of(new ProducerPosition("writer-" + writer, n)));
  }

  private ArrowRows log(long n) {
    BufferAllocator allocator = folder.allocator();
    try (IntVector w = new IntVector("w", allocator);
        BigIntVector number = new BigIntVector("n", allocator);
        BigIntVector part = new BigIntVector("part", allocator);
        VarCharVector pad = new VarCharVector("pad", allocator)) {
      for (int i = 0; i < KillModel.PARTS; i++) {
        w.setSafe(i, writer);
        number.setSafe(i, n);
        part.setSafe(i, i);
        pad.setSafe(i, KillModel.pad(n).getBytes(StandardCharsets.US_ASCII));
      }
      return copy(KillModel.PARTS, VectorSchemaRoot.of(w, number, part, pad));
    }
  }

  private ArrowRows rows(long n) {
    BufferAllocator allocator = folder.allocator();
    try (BigIntVector id = new BigIntVector("id", allocator);
        IntVector w = new IntVector("w", allocator);
        BigIntVector number = new BigIntVector("n", allocator);
        BigIntVector v = new BigIntVector("v", allocator);
        VarCharVector pad = new VarCharVector("pad", allocator)) {
      for (int i = 0; i <= KillModel.PARTS; i++) {
        boolean counts = i == KillModel.PARTS;
        id.setSafe(i, counts ? KillModel.counter(writer) : KillModel.key(writer, n, i));
        w.setSafe(i, writer);
        number.setSafe(i, n);
        v.setSafe(i, n);
        pad.setSafe(i, KillModel.pad(n).getBytes(StandardCharsets.US_ASCII));
      }
      return copy(KillModel.PARTS + 1, VectorSchemaRoot.of(id, w, number, v, pad));
    }
  }

  private ArrowRows keys(long n) {
    try (BigIntVector id = new BigIntVector("id", folder.allocator())) {
      id.setSafe(0, KillModel.key(writer, n - 1, 1));
      return copy(1, VectorSchemaRoot.of(id));
    }
  }

  private static ArrowRows copy(int count, VectorSchemaRoot root) {
    root.setRowCount(count);
    return ArrowRows.copyOf(root, 1 << 20);
  }
}
