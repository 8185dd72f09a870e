package io.flashduck.server.cli;

import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import java.util.function.Supplier;

/**
 * What cannot be served, as exit codes: a wrong configuration is a wrong use of the command.
 *
 * <p>Threading: stateless.
 */
final class ServeFailures {
  private ServeFailures() {}

  /** The value; an invalid configuration becomes {@link ExitCodes#USAGE}. */
  static <T> T asUsage(Supplier<T> configuration) {
    try {
      return configuration.get();
    } catch (FlashDuckException e) {
      if (e.code() == ErrorCode.INVALID_REQUEST && e.getMessage() != null) {
        throw new CommandFailure(ExitCodes.USAGE, e.getMessage(), e);
      }
      throw e;
    }
  }
}
