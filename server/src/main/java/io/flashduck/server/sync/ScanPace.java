package io.flashduck.server.sync;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.OptionalLong;

/**
 * How long to wait between full scans: at least the configured interval, and so long that scans
 * stay a small share of one processor. The share is larger where scans are all that finds changes.
 *
 * <p>Threading: confined to the scan thread.
 */
final class ScanPace {
  /** Scans cost at most one percent of the time where notices come. */
  private static final long REST_PER_COST_WITH_NOTICES = 100;

  /** And at most a tenth where they do not. */
  private static final long REST_PER_COST_WITHOUT = 10;

  private static final long DISTRUST_NANOS = Duration.ofMinutes(10).toNanos();
  private static final int REMEMBERED_COSTS = 5;

  private final long intervalNanos;
  private final boolean noticesExpected;
  private final Deque<Long> costs = new ArrayDeque<>();
  private OptionalLong missedAt = OptionalLong.empty();

  /**
   * @param noticesExpected whether the operating system gives notices of all changes
   */
  ScanPace(Duration interval, boolean noticesExpected) {
    this.intervalNanos = interval.toNanos();
    this.noticesExpected = noticesExpected;
  }

  /** A full scan took that long. */
  void scanned(long costNanos) {
    costs.addLast(costNanos);
    if (costs.size() > REMEMBERED_COSTS) {
      costs.removeFirst();
    }
  }

  /**
   * A scan found a change that no notice had told of.
   *
   * @return whether notices were trusted until now
   */
  boolean missedNotice(long nowNanos) {
    boolean trusted = trusted(nowNanos);
    missedAt = OptionalLong.of(nowNanos);
    return trusted;
  }

  boolean trusted(long nowNanos) {
    return noticesExpected
        && (missedAt.isEmpty() || nowNanos - missedAt.getAsLong() > DISTRUST_NANOS);
  }

  /** The time to rest after a scan. */
  long restNanos(long nowNanos) {
    // The cheapest of the last scans: the first one, and those on a busy machine, say little.
    long cost = costs.stream().mapToLong(Long::longValue).min().orElse(0);
    boolean early = costs.size() < 2;
    long factor = trusted(nowNanos) && !early ? REST_PER_COST_WITH_NOTICES : REST_PER_COST_WITHOUT;
    return Math.max(intervalNanos, cost * factor);
  }
}
