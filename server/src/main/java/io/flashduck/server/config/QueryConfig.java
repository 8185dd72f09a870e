package io.flashduck.server.config;

import java.time.Duration;

/**
 * Limits of queries and sessions.
 *
 * <p>Threading: immutable.
 *
 * @param timeout the longest a statement may run; zero is no limit
 * @param maxConcurrent statements that run at once; more wait in order
 * @param batchBytes the size that record batches to clients aim at
 * @param stalledClientLimit a client that takes no data for this long is dropped
 * @param sessions limits of sessions
 */
public record QueryConfig(
    Duration timeout,
    int maxConcurrent,
    int batchBytes,
    Duration stalledClientLimit,
    SessionLimits sessions) {

  /**
   * Limits of sessions.
   *
   * @param max sessions that exist at once
   * @param idleLimit a session that is not used for this long is closed
   * @param transactions limits of the transactions in them
   * @param held how much of their open results is read ahead
   */
  public record SessionLimits(
      int max, Duration idleLimit, TransactionLimits transactions, HeldLimits held) {}

  /**
   * How many bytes of open results are read ahead because another statement of their session runs.
   * A session may have half of each.
   *
   * @param memoryBytes in memory
   * @param diskBytes in files
   */
  public record HeldLimits(long memoryBytes, long diskBytes) {}

  /**
   * Limits of transactions over several statements: each keeps old versions of rows alive.
   *
   * @param max transactions that are open at once
   * @param idleLimit a transaction that is not used for this long is rolled back
   */
  public record TransactionLimits(int max, Duration idleLimit) {}
}
