package io.flashduck.server.table.fold;

import io.flashduck.server.config.QueueConfig;
import java.time.Duration;

/**
 * When writes are folded and how long their history is kept.
 *
 * <p>Threading: immutable.
 *
 * @param foldBytes writes are folded once the queue's files hold this much, and as much as the base
 * @param historyBytes beyond this the oldest files of the history are deleted
 * @param historyTime files of the history whose newest change is older are deleted
 */
public record FoldSettings(long foldBytes, long historyBytes, Duration historyTime) {
  /** As configured. */
  public static FoldSettings of(QueueConfig queue) {
    return new FoldSettings(
        queue.folding().bytes(), queue.folding().historyBytes(), queue.folding().historyTime());
  }

  /** The largest file that others are merged into. */
  long mergedBytes() {
    return Math.min(64L << 20, Math.max(1, historyBytes / 16));
  }
}
