package io.flashduck.server.engine;

import java.time.Duration;

/**
 * The bounds of a {@link ReadPool}.
 *
 * <p>Threading: immutable.
 *
 * @param connections how many statements may run at once, at least 1
 * @param maxWait how long a caller waits for a free connection before it is refused
 */
public record ReadPoolSettings(int connections, Duration maxWait) {
  public ReadPoolSettings {
    if (connections < 1) {
      throw new IllegalArgumentException("connections must be at least 1, got " + connections);
    }
    if (maxWait.isNegative()) {
      throw new IllegalArgumentException("maxWait must not be negative, got " + maxWait);
    }
  }
}
