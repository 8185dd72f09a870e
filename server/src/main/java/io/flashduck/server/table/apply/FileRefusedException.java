package io.flashduck.server.table.apply;

import io.flashduck.server.sync.SourceFile;
import org.jspecify.annotations.Nullable;

/**
 * A file turned out not to be readable while it was merged: the transaction is rolled back, and
 * tried again without the file.
 *
 * <p>Threading: immutable.
 */
final class FileRefusedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final transient Refused refused;

  FileRefusedException(
      SourceFile file, Refused.Kind kind, String reason, @Nullable Throwable cause) {
    super(file.path() + ": " + reason, cause);
    this.refused = new Refused(file, kind, reason);
  }

  Refused refused() {
    return refused;
  }
}
