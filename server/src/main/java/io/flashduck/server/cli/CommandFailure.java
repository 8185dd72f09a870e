package io.flashduck.server.cli;

import org.jspecify.annotations.Nullable;

/**
 * A failure of a command that no {@link io.flashduck.server.error.ErrorCode} describes, with its
 * exit code.
 *
 * <p>Threading: immutable.
 */
public final class CommandFailure extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final int exitCode;

  /**
   * @param exitCode one of {@link ExitCodes}
   * @param message what happened, to which value, and what to do
   */
  public CommandFailure(int exitCode, String message, @Nullable Throwable cause) {
    super(message, cause);
    this.exitCode = exitCode;
  }

  /** A wrong use of the command. */
  public static CommandFailure usage(String message) {
    return new CommandFailure(ExitCodes.USAGE, message, null);
  }

  /** One of {@link ExitCodes}. */
  public int exitCode() {
    return exitCode;
  }
}
