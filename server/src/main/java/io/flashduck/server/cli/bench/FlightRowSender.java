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
  private int unanswered;

  /**
   * Connects.
   *
   * @param ack {@code durable} or {@code applied}
   * @param allocator borrowed
   */
  FlightRowSender(RemoteSettings server, String table, String ack, BufferAllocator allocator) {
    session = RemoteSession.open(server, allocator);
    root = VectorSchemaRoot.create(EightNumbers.schema(), allocator);
    PutStream.Target target =
        new PutStream.Target("upsert", "main", table, ack, Optional.empty(), OptionalLong.empty());
    stream = PutStream.open(session, target, root, answer -> acknowledged.release());
  }

  @Override
  public void send(long key) throws InterruptedException {
    batch(key, 1, row -> row, 0);
    await();
  }

  /** Sends a batch without waiting for its acknowledgement. */
  void batch(long first, int rows, LongUnaryOperator key, long round) {
    EightNumbers.fill(root, first, rows, key, round);
    stream.send();
    unanswered++;
  }

  /** Waits until everything sent is acknowledged. */
  void await() throws InterruptedException {
    if (!acknowledged.tryAcquire(unanswered, LIMIT_SECONDS, TimeUnit.SECONDS)) {
      stream.finish(); // throws the server's reason
      throw new FlashDuckException(
          ErrorCode.TIMEOUT, "The server acknowledged nothing for " + LIMIT_SECONDS + " s");
    }
    unanswered = 0;
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
