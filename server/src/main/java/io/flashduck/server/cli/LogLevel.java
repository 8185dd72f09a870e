package io.flashduck.server.cli;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import org.slf4j.LoggerFactory;

/**
 * How much the server logs to standard error.
 *
 * <p>Threading: immutable.
 */
enum LogLevel {
  ERROR,
  WARN,
  INFO,
  DEBUG;

  private static final String OWN = "io.flashduck";

  /** Sets FlashDuck's own level for this process; libraries stay at WARN. */
  void apply() {
    if (LoggerFactory.getLogger(OWN) instanceof Logger logger) {
      logger.setLevel(Level.valueOf(name()));
    }
  }
}
