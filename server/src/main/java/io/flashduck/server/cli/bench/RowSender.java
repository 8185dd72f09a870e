package io.flashduck.server.cli.bench;

import java.util.function.LongSupplier;

/**
 * A connection that makes single rows durable, each on its own.
 *
 * <p>Threading: one thread at a time.
 */
interface RowSender extends AutoCloseable {
  /**
   * Sends rows of {@link EightNumbers} in order and returns once all are durable.
   *
   * @param keys each new
   * @return the nanoseconds from each row's departure until it was known to be durable
   */
  long[] send(LongSupplier keys, int count) throws InterruptedException;

  @Override
  void close();
}
