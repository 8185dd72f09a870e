package io.flashduck.server.cli.bench;

import io.flashduck.server.cli.remote.PutStream;
import io.flashduck.server.cli.remote.RemoteSession;
import io.flashduck.server.cli.remote.RemoteSettings;
import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.function.LongSupplier;
import java.util.function.LongUnaryOperator;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.VectorSchemaRoot;

/**
 * Rows over one DoPut stream of FlashDuck; each batch is a change with its own acknowledgement.
 *
 * <p>Threading: one sender; acknowledgements arrive on a gRPC thread.
 */
final class FlightRowSender implements RowSender {
  private static final long LIMIT_SECONDS = 600;

  private final RemoteSession session;
  private final VectorSchemaRoot root;
  private final PutStream stream;
  private final Semaphore acknowledged = new Semaphore(0);
  private final AtomicLongArray times;
  private int sent;
  private int answered;
  private int unanswered;

  /**
   * Connects.
   *
   * @param ack {@code durable} or {@code applied}
   * @param inFlight how many single rows may be on their way
   * @param allocator borrowed
   */
  FlightRowSender(
      RemoteSettings server, String table, String ack, int inFlight, BufferAllocator allocator) {
    times = new AtomicLongArray(inFlight);
    session = RemoteSession.open(server, allocator);
    root = VectorSchemaRoot.create(EightNumbers.schema(), allocator);
    PutStream.Target target =
        new PutStream.Target("upsert", "main", table, ack, Optional.empty(), OptionalLong.empty());
    stream = PutStream.open(session, target, root, answer -> acknowledged());
  }

  /** Answers come in the order of the batches: the oldest row's departure becomes its duration. */
  private void acknowledged() {
    times.accumulateAndGet(
        answered++ % times.length(), System.nanoTime(), (begun, now) -> now - begun);
    acknowledged.release();
  }

  @Override
  public long[] send(LongSupplier keys, int count) throws InterruptedException {
    long[] nanos = new long[count];
    int done = 0;
    for (int i = 0; i < count; i++) {
      long key = keys.getAsLong();
      if (unanswered == times.length()) {
        nanos[done] = awaitOldest();
        done++;
      }
      times.set(sent % times.length(), System.nanoTime());
      batch(key, 1, row -> row, 0);
    }
    for (; done < count; done++) {
      nanos[done] = awaitOldest();
    }
    return nanos;
  }

  private long awaitOldest() throws InterruptedException {
    int oldest = (sent - unanswered) % times.length();
    await(1);
    return times.get(oldest);
  }

  /** Sends a batch without waiting for its acknowledgement. */
  void batch(long first, int rows, LongUnaryOperator key, long round) {
    EightNumbers.fill(root, first, rows, key, round);
    stream.send();
    sent++;
    unanswered++;
  }

  /** Waits until everything sent is acknowledged. */
  void await() throws InterruptedException {
    await(unanswered);
  }

  private void await(int answers) throws InterruptedException {
    if (!acknowledged.tryAcquire(answers, LIMIT_SECONDS, TimeUnit.SECONDS)) {
      stream.finish(); // throws the server's reason
      throw new FlashDuckException(
          ErrorCode.TIMEOUT, "The server acknowledged nothing for " + LIMIT_SECONDS + " s");
    }
    unanswered -= answers;
  }

  @Override
  public void close() {
    try {
      stream.finish();
    } finally {
      root.close();
      session.close();
    }
  }
}
