package io.flashduck.server.flight;

import io.flashduck.server.config.QueryConfig.HeldLimits;
import java.nio.file.Path;

/**
 * How much of open results may be read ahead because another statement of their session runs.
 *
 * <p>Threading: thread-safe.
 *
 * @param folder where files are made
 */
record HoldBudget(HeldBytes memory, HeldBytes disk, Path folder) {
  static HoldBudget of(HeldLimits limits, Path folder) {
    return new HoldBudget(
        HeldBytes.atMost(limits.memoryBytes()), HeldBytes.atMost(limits.diskBytes()), folder);
  }

  /** What one session may have of it. */
  HoldBudget ofSession() {
    return new HoldBudget(memory.half(), disk.half(), folder);
  }
}
