package io.flashduck.server.flight;

import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * A bounded number of bytes of one kind, which may be a part of a larger one.
 *
 * <p>Threading: thread-safe.
 */
final class HeldBytes {
  private final long max;
  private final @Nullable HeldBytes whole;
  private final AtomicLong used = new AtomicLong();

  private HeldBytes(long max, @Nullable HeldBytes whole) {
    this.max = max;
    this.whole = whole;
  }

  static HeldBytes atMost(long max) {
    return new HeldBytes(max, null);
  }

  /** A half of these at most; what it takes counts here too. */
  HeldBytes half() {
    return new HeldBytes(max / 2, this);
  }

  /** Takes that many, or nothing if they are not left. */
  boolean take(long bytes) {
    if (used.addAndGet(bytes) > max || (whole != null && !whole.take(bytes))) {
      used.addAndGet(-bytes);
      return false;
    }
    return true;
  }

  void free(long bytes) {
    used.addAndGet(-bytes);
    if (whole != null) {
      whole.free(bytes);
    }
  }

  long used() {
    return used.get();
  }
}
