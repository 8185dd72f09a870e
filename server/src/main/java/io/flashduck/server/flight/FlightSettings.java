package io.flashduck.server.flight;

import io.flashduck.server.config.NetworkConfig;
import io.flashduck.server.config.QueryConfig;
import io.flashduck.server.config.ServerConfig;
import java.nio.file.Path;
import java.time.Duration;

/**
 * What the Flight SQL server needs to know: where to listen, the limits of queries, and bounds that
 * are not configured.
 *
 * <p>Threading: immutable.
 *
 * @param network where to listen and the certificate
 * @param query limits of statements and sessions
 * @param temporary the folder for files that do not outlive the server
 * @param bounds how much is served and kept at once
 */
public record FlightSettings(
    NetworkConfig network, QueryConfig query, Path temporary, Bounds bounds) {
  /** The settings of a server's configuration. */
  public static FlightSettings of(ServerConfig config) {
    Bounds defaults = Bounds.DEFAULTS;
    Bounds bounds =
        new Bounds(
            defaults.maxCalls(),
            config.queue().maxFrameBytes(),
            defaults.maxStreamBytes(),
            defaults.maxWaitingBytes(),
            defaults.ticketLifetime(),
            defaults.visibilityLimit());
    return new FlightSettings(
        config.network(), config.query(), config.data().stateDir().resolve("tmp"), bounds);
  }

  /**
   * How much is served and kept at once; what is above is refused with RESOURCE_EXHAUSTED.
   *
   * @param maxCalls calls of any kind
   * @param maxChangeBytes the largest change that the write queue takes
   * @param maxStreamBytes Arrow memory of one result on its way out
   * @param maxWaitingBytes bound parameters and RETURNING rows that wait for their client, together
   * @param ticketLifetime how long a planned statement may be fetched
   * @param visibilityLimit how long a call waits for {@code x-flashduck-min-sequence}
   */
  public record Bounds(
      int maxCalls,
      long maxChangeBytes,
      long maxStreamBytes,
      long maxWaitingBytes,
      Duration ticketLifetime,
      Duration visibilityLimit) {
    /** Generous for one machine. */
    public static final Bounds DEFAULTS =
        new Bounds(
            2048,
            256L * 1024 * 1024,
            1024L * 1024 * 1024,
            256L * 1024 * 1024,
            Duration.ofHours(24),
            Duration.ofSeconds(30));

    /** The largest message that a client may send: a change and its envelope. */
    int maxMessageBytes() {
      return (int) Math.min(maxChangeBytes + 1024 * 1024, Integer.MAX_VALUE);
    }
  }
}
