package io.flashduck.server.table.source;

import io.flashduck.server.error.FlashDuckException;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What DuckDB's readers say about a file that they cannot read.
 *
 * <p>Threading: stateless.
 */
public final class ReaderFailure {
  private static final Pattern MALFORMED_JSON =
      Pattern.compile(
          "^(.*Malformed JSON in file .*? in )(line|record/value) (\\d{1,18})", Pattern.DOTALL);

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

  /**
   * DuckDB's words without its advice to whoever wrote the SQL, of which there is nobody, with the
   * path as users know it, and with what to do.
   *
   * @param path the file, as DuckDB got it
   * @param shown its path in the data folder
   */
  public static String reason(FlashDuckException failure, Path path, String shown) {
    String text = words(failure).replace(path.toString(), shown);
    if (text.contains(" magic bytes ") || text.contains("too small to be a Parquet file")) {
      return shown
          + " is not a whole Parquet file: it was cut off, or is of another format ("
          + text
          + "). Write or copy it again, or name it by its format";
    }
    if (text.contains("not utf-8 encoded")) {
      return text + " Save it as UTF-8; the file is read again when it changes";
    }
    return withRightLine(text);
  }

  /** DuckDB 2.0 counts one too many for a line that is no JSON, and leaves empty lines out. */
  private static String withRightLine(String text) {
    Matcher found = MALFORMED_JSON.matcher(text);
    if (!found.find()) {
      return text;
    }
    long number = Long.parseLong(found.group(3)) - 1;
    boolean line = found.group(2).equals("line");
    return found.group(1)
        + found.group(2)
        + " "
        + number
        + (line ? " (empty lines not counted)" : "")
        + text.substring(found.end())
        + " Correct it; the file is read again when it changes";
  }

  private static String words(FlashDuckException failure) {
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
