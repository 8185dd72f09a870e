package io.flashduck.server.flight;

import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import io.grpc.Context;
import java.time.Duration;
import java.util.function.Supplier;

/**
 * Watches statements while DuckDB plans them for a call: a call that its client has given up, or
 * that takes longer than a statement may, is cancelled. DuckDB's planner hears of that late or
 * never: nine hundred joins take it minutes. Then the pool goes on with another connection, and
 * that one is left to finish.
 *
 * <p>Threading: thread-safe.
 *
 * @param limit how long planning may take; zero is no limit
 */
record Planning(Watchdog watchdog, Duration limit) {
  /** How long a cancelled planner may take before another connection stands in for its own. */
  private static final Duration PATIENCE = Duration.ofSeconds(1);

  /** Does work on a lease, watched. */
  <T> T watched(SessionLease lease, Supplier<T> work) {
    Watch watch = watch(lease);
    try {
      return work.get();
    } finally {
      watch.close();
    }
  }

  /** Watches what the calling thread does on the lease until the watch is closed. */
  Watch watch(SessionLease lease) {
    Watch watch = new Watch(lease, Context.current(), System.nanoTime());
    watchdog.watch(watch);
    return watch;
  }

  /** One statement that is being planned. */
  final class Watch implements Watchdog.Watched {
    private final SessionLease lease;
    private final Context call;
    private final long began;

    // Guarded by this: a cancel must not reach the next statement of the connection.
    private boolean closed;
    private boolean cancelled;
    private long cancelledAt;

    private Watch(SessionLease lease, Context call, long began) {
      this.lease = lease;
      this.call = call;
      this.began = began;
    }

    @Override
    public synchronized void look(long now) {
      if (closed) {
        return;
      }
      if (cancelled) {
        if (now - cancelledAt > PATIENCE.toNanos()) {
          lease.abandon();
        }
      } else if (call.isCancelled()) {
        cancel(now, ErrorCode.CANCELLED, "The client cancelled the statement");
      } else if (!limit.isZero() && now - began > limit.toNanos()) {
        cancel(now, ErrorCode.TIMEOUT, "Planning the statement took longer than " + limit);
      }
    }

    private void cancel(long now, ErrorCode code, String message) {
      cancelled = true;
      cancelledAt = now;
      lease.connection().cancel(new FlashDuckException(code, message));
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
