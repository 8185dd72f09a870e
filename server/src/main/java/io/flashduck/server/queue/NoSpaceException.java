package io.flashduck.server.queue;

import java.io.IOException;

/**
 * A write that failed because the disk or the quota is full.
 *
 * <p>Threading: immutable.
 */
public final class NoSpaceException extends IOException {
  private static final long serialVersionUID = 1L;

  public NoSpaceException(String message, Throwable cause) {
    super(message, cause);
  }

  public NoSpaceException(String message) {
    super(message);
  }
}
