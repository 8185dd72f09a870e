package io.flashduck.server.consolidate;

import java.io.IOException;

/** Tells a full disk from other failures: the JDK has no type for it, only the system's text. */
final class DiskFull {
  private DiskFull() {}

  static boolean is(IOException e) {
    String message = String.valueOf(e.getMessage());
    return message.contains("No space left")
        || message.contains("quota exceeded")
        || message.contains("not enough space");
  }
}
