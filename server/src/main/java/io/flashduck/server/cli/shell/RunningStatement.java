package io.flashduck.server.cli.shell;

import io.flashduck.server.cli.output.RowStream;
import org.jspecify.annotations.Nullable;

/**
 * The statement that the shell waits for, so that Ctrl-C can end it: before its result streams by
 * interrupting the waiting thread, which cancels the call; then by cancelling the stream.
 *
 * <p>Threading: thread-safe.
 */
final class RunningStatement {
  private final Thread waiting;
  private @Nullable RowStream stream;
  private boolean cancelled;
  private boolean finished;

  private RunningStatement(Thread waiting) {
    this.waiting = waiting;
  }

  /** A statement that the calling thread is about to run. */
  static RunningStatement here() {
    return new RunningStatement(Thread.currentThread());
  }

  /** The result arrives; it is cancelled at once if that was asked for before. */
  synchronized void streaming(RowStream rows) {
    stream = rows;
    if (cancelled) {
      rows.cancel();
    }
  }

  /** Ends the statement, unless it has finished. */
  synchronized void cancel() {
    if (finished || cancelled) {
      return;
    }
    cancelled = true;
    if (stream == null) {
      waiting.interrupt();
    } else {
      stream.cancel();
    }
  }

  /**
   * The waiting thread is done; clears an interrupt that came too late.
   *
   * @return whether it was cancelled
   */
  synchronized boolean finish() {
    finished = true;
    if (cancelled) {
      Thread.interrupted();
    }
    return cancelled;
  }
}
