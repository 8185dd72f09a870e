package io.flashduck.server.flight;

import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import io.grpc.Context;
import java.time.Duration;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Watches statements while DuckDB plans them for a call, or runs those without rows: a call that
 * its client has given up, or that takes longer than a statement may, is cancelled. DuckDB's
 * planner hears of that late or never: nine hundred joins take it minutes. Then the pool goes on
 * with another connection, and that one is left to finish.
 *
 * <p>Threading: thread-safe.
 *
 * @param limit how long that may take; zero is no limit
 */
record Planning(Watchdog watchdog, Duration limit) {
  /** How long a cancelled planner may take before another connection stands in for its own. */
  private static final Duration PATIENCE = Duration.ofSeconds(1);

  /** Plans on a lease, watched. */
  <T> T watched(SessionLease lease, Supplier<T> work) {
    return watched(watch(lease), work);
  }

  /** Runs a statement without rows on a session's own connection, watched. */
  <T> T running(SessionLease lease, Supplier<T> work) {
    return watched(watch(lease, "The statement ran"), work);
  }

  private static <T> T watched(Watch watch, Supplier<T> work) {
    try {
      return work.get();
    } finally {
      watch.close();
    }
  }

  /** Watches what the calling thread plans on the lease until the watch is closed. */
  Watch watch(SessionLease lease) {
    return watch(lease, "Planning the statement took");
  }

  private Watch watch(SessionLease lease, String what) {
    Watch watch = new Watch(lease, what, Context.current(), System.nanoTime());
    watchdog.watch(watch);
    return watch;
  }

  /** One statement that is being planned or run. */
  final class Watch implements Watchdog.Watched {
    private final SessionLease lease;
    private final String what;
    private final Context call;
    private final long began;

    // Guarded by this: a cancel must not reach the next statement of the connection.
    private boolean closed;
    private @Nullable FlashDuckException cancelled;
    private long cancelledAt;

    private Watch(SessionLease lease, String what, Context call, long began) {
      this.lease = lease;
      this.what = what;
      this.call = call;
      this.began = began;
    }

    @Override
    public synchronized void look(long now) {
      if (closed) {
        return;
      }
      if (cancelled != null) {
        lease.connection().cancel(cancelled); // the work may be several statements of DuckDB
        if (now - cancelledAt > PATIENCE.toNanos()) {
          lease.abandon();
        }
      } else if (call.isCancelled()) {
        cancel(now, ErrorCode.CANCELLED, "The client cancelled the statement");
      } else if (!limit.isZero() && now - began > limit.toNanos()) {
        cancel(now, ErrorCode.TIMEOUT, what + " longer than " + limit);
      }
    }

    private void cancel(long now, ErrorCode code, String message) {
      FlashDuckException reason = new FlashDuckException(code, message);
      cancelled = reason;
      cancelledAt = now;
      lease.connection().cancel(reason);
    }

    /** Ends the watch. */
    void close() {
      watchdog.forget(this);
      synchronized (this) {
        closed = true;
      }
    }
  }
}
