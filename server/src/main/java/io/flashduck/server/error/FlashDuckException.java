package io.flashduck.server.error;

import org.jspecify.annotations.Nullable;

/**
 * The one exception type of FlashDuck: a code for programs and a message that says what happened,
 * to which value, and what to do.
 *
 * <p>Threading: immutable.
 */
public final class FlashDuckException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final ErrorCode code;

  public FlashDuckException(ErrorCode code, String message) {
    this(code, message, null);
  }

  public FlashDuckException(ErrorCode code, String message, @Nullable Throwable cause) {
    super(message, cause);
    this.code = code;
  }

  /** The kind of failure. */
  public ErrorCode code() {
    return code;
  }
}
