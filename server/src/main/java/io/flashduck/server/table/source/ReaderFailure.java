package io.flashduck.server.table.source;

import io.flashduck.server.error.FlashDuckException;

/**
 * What DuckDB's readers say about a file that they cannot read.
 *
 * <p>Threading: stateless.
 */
public final class ReaderFailure {
  private ReaderFailure() {}

  /** Whether a failure may be the file's fault; a full disk or a lack of memory is not. */
  public static boolean isOfFile(FlashDuckException failure) {
    return switch (failure.code()) {
      case INVALID_REQUEST,
          TYPE_MISMATCH,
          IO_ERROR,
          INTERNAL,
          NOT_FOUND,
          CONSTRAINT_VIOLATION,
          PERMISSION_DENIED,
          UNIMPLEMENTED ->
          true;
      case UNAUTHENTICATED,
          ALREADY_EXISTS,
          CONFLICT,
          QUEUE_FULL,
          RESOURCE_EXHAUSTED,
          COMMIT_UNKNOWN,
          SHUTTING_DOWN,
          CANCELLED,
          TIMEOUT,
          ALREADY_RUNNING,
          CORRUPT_STATE ->
          false;
    };
  }

  /** DuckDB's words without its advice to whoever wrote the SQL, of which there is nobody. */
  public static String reason(FlashDuckException failure) {
    StringBuilder kept = new StringBuilder();
    for (String line : String.valueOf(failure.getMessage()).split("\n", -1)) {
      if (isAdvice(line)) {
        break;
      }
      if (!line.isBlank()) {
        kept.append(kept.isEmpty() ? "" : "; ").append(line.strip());
      }
    }
    return kept.toString();
  }

  private static boolean isAdvice(String line) {
    return line.startsWith("Possible ")
        || line.startsWith("LINE ")
        || line.startsWith("The search space")
        || line.endsWith("is being converted as type")
        || line.contains(" is being converted as type ");
  }
}
