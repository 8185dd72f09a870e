package io.flashduck.server.table;

import io.flashduck.server.table.ApplyLane.Applied;

/**
 * How long the apply lane lets writes gather after a transaction.
 *
 * <p>A transaction of one row and one of a thousand cost almost the same. While senders are faster
 * than the lane it rests up to {@value #MOST_SHARE} times as long as it has worked, so that it
 * takes a bounded share of the processors from them and each transaction holds more. A write that
 * found the lane idle never waits; neither does anything that somebody waits for, which is the
 * caller's business. See decision 0022.
 *
 * <p>Threading: stateless.
 */
final class LanePace {
  static final int MOST_SHARE = 4;
  static final long MOST_NANOS = 100_000_000;

  /** Transactions with more than this are worth their cost. */
  private static final long LARGE_BYTES = 1 << 20;

  private LanePace() {}

  /** The nanoseconds to rest after that transaction. */
  static long restNanos(Applied last) {
    if (last.isFull() || last.bytes() >= LARGE_BYTES) {
      return 0;
    }
    int share = Math.max(0, Math.min(MOST_SHARE, last.changes() - 1));
    return Math.min(MOST_NANOS, share * last.nanos());
  }
}
