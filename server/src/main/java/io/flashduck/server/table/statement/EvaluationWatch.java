package io.flashduck.server.table.statement;

import io.flashduck.server.error.FlashDuckException;
import java.util.Optional;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * Stops the evaluation of statements that nobody waits for any more: one that runs for long would
 * keep all other writes from the apply lane. Looks at them now and then, because a cancel between
 * two of DuckDB's statements finds nothing to cancel.
 *
 * <p>Threading: thread-safe; looks on the thread {@code flashduck-evaluation-watch}.
 */
public final class EvaluationWatch implements AutoCloseable {
  private static final long LOOK_MILLIS = 20;

  private final ScheduledThreadPoolExecutor looks;

  public EvaluationWatch() {
    looks =
        new ScheduledThreadPoolExecutor(
            1,
            task -> {
              Thread thread = new Thread(task, "flashduck-evaluation-watch");
              thread.setDaemon(true);
              return thread;
            });
    looks.setRemoveOnCancelPolicy(true);
  }

  /**
   * Does work that ends early when there is a reason; nothing is cancelled after it has ended.
   *
   * @param cancel stops what the work runs at that moment, if anything
   * @param reason why the work is to end, once it is
   */
  public <T> T during(
      Consumer<FlashDuckException> cancel,
      Supplier<Optional<FlashDuckException>> reason,
      Supplier<T> work) {
    Watched watched = new Watched(cancel, reason);
    ScheduledFuture<?> look =
        looks.scheduleWithFixedDelay(watched, LOOK_MILLIS, LOOK_MILLIS, TimeUnit.MILLISECONDS);
    try {
      return work.get();
    } finally {
      look.cancel(false);
      watched.end();
    }
  }

  @Override
  public void close() {
    looks.shutdownNow();
  }

  /** One evaluation. */
  private static final class Watched implements Runnable {
    private final Consumer<FlashDuckException> cancel;
    private final Supplier<Optional<FlashDuckException>> reason;

    // Guarded by this: a cancel must not reach what the connection does next.
    private boolean ended;

    Watched(Consumer<FlashDuckException> cancel, Supplier<Optional<FlashDuckException>> reason) {
      this.cancel = cancel;
      this.reason = reason;
    }

    @Override
    public synchronized void run() {
      if (!ended) {
        reason.get().ifPresent(cancel);
      }
    }

    synchronized void end() {
      ended = true;
    }
  }
}
