package io.flashduck.server.cli;

import io.flashduck.server.config.ServerConfig;

/**
 * Starts a server in this process; {@code app} implements it, as {@code cli} must not use {@code
 * app}.
 *
 * <p>Threading: thread-safe.
 */
public interface ServerStarter {
  /**
   * Starts everything and returns once the server answers queries.
   *
   * @param progress told what happens meanwhile, on the caller's thread or another
   * @throws io.flashduck.server.error.FlashDuckException if any part cannot start; then nothing is
   *     left running
   */
  RunningServer start(ServerConfig config, StartProgress progress);
}
