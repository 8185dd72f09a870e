package io.flashduck.server.cli;

import java.util.List;
import java.util.OptionalInt;

/**
 * A server that runs in this process.
 *
 * <p>Threading: thread-safe.
 */
public interface RunningServer extends AutoCloseable {
  /** The Flight SQL port that was bound. */
  int port();

  /** The HTTP port that was bound, unless HTTP is off. */
  OptionalInt httpPort();

  /** The tables as they are now, sorted by name. */
  List<TableLine> tables();

  /** Files of the data folder that could not be read, each with the reason. */
  List<String> problems();

  /** Waits until {@link #close()} has finished, called by whomever. */
  void awaitClosed() throws InterruptedException;

  /** Stops in the reverse order of the start; a second call waits for the first. */
  @Override
  void close();

  /**
   * One table for the list that a start prints.
   *
   * @param name {@code schema.name}, without {@code main.}
   * @param rows rows now
   * @param columns visible columns
   * @param key the key columns, joined, or empty
   */
  record TableLine(String name, long rows, int columns, String key) {}
}
