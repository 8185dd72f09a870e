package io.flashduck.server.cli;

/**
 * Told how a server's start proceeds.
 *
 * <p>Threading: may be called from any thread.
 */
public interface StartProgress {
  /** Ignores everything. */
  StartProgress NONE = step -> {};

  /** A new step begins, described for people, such as {@code reading orders.parquet}. */
  void step(String description);
}
