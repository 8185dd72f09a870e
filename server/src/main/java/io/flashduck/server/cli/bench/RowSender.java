package io.flashduck.server.cli.bench;

/**
 * A connection that makes single rows durable, one after another.
 *
 * <p>Threading: one thread at a time.
 */
interface RowSender extends AutoCloseable {
  /** Returns once the row of {@link EightNumbers} with that new key is durable. */
  void send(long key) throws InterruptedException;

  @Override
  void close();
}
