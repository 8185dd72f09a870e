package io.flashduck.server.sync;

import java.time.Clock;
import java.time.Instant;
import java.util.concurrent.TimeUnit;

/**
 * A moment on both clocks.
 *
 * <p>Threading: immutable.
 *
 * @param nanos of a clock that only goes forward; for durations
 * @param wallNanos nanoseconds since 1970; for comparing with the times of files
 */
record Moment(long nanos, long wallNanos) {
  static Moment now(Clock clock) {
    Instant instant = clock.instant();
    return new Moment(
        System.nanoTime(), TimeUnit.SECONDS.toNanos(instant.getEpochSecond()) + instant.getNano());
  }
}
