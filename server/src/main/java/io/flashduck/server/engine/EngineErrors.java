package io.flashduck.server.engine;

import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The one place where DuckDB's failures become {@link FlashDuckException}s.
 *
 * <p>DuckDB names the kind of an error in front of its message ({@code Binder Error: …}) and ends
 * it with the line and a caret; both are kept. Messages are capped so that their percent-encoded
 * form fits a gRPC trailer.
 *
 * <p>Threading: stateless.
 */
public final class EngineErrors {
  /**
   * Upper bound of the percent-encoded message; gRPC C++ breaks on trailers of more than about 8 KB
   * in total.
   */
  static final int MAX_ENCODED_BYTES = 3_500;

  /** How Arrow's C stream reader reports a failure of the producer. */
  private static final String STREAM_FAILURE = "CDataJniException{errno=-1, message=";

  /** How Arrow's C interface reports a type of more levels than it takes. */
  private static final String TOO_DEEP = "Recursion level in ArrowSchema";

  private static final String INTERNAL_SCHEMA = "_flashduck";

  private EngineErrors() {}

  /** The exception for a failure that DuckDB reported. */
  public static FlashDuckException translate(Throwable failure) {
    if (failure instanceof FlashDuckException known) {
      return known;
    }
    String message = failure.getMessage();
    if (message == null || message.isBlank()) {
      return new FlashDuckException(
          ErrorCode.INTERNAL, failure.getClass().getSimpleName(), failure);
    }
    if (message.contains(TOO_DEEP)) {
      return new FlashDuckException(
          ErrorCode.UNIMPLEMENTED,
          "A type of the result is nested more than 64 levels deep, which Arrow cannot carry",
          failure);
    }
    String text = withoutInternalNames(stripWrapping(message));
    return new FlashDuckException(codeOf(text), cap(text), failure);
  }

  /** The code for a message of DuckDB, by the kind in front of its first colon. */
  static ErrorCode codeOf(String message) {
    int colon = message.indexOf(" Error:");
    String kind = colon < 0 ? "" : message.substring(0, colon).strip().toLowerCase(Locale.ROOT);
    return switch (kind) {
      case "parser",
          "syntax",
          "binder",
          "invalid input",
          "expression",
          "parameter not resolved",
          "parameter not allowed",
          "invalid type",
          "sequence",
          "dependency",
          "invalid configuration",
          "settings" ->
          ErrorCode.INVALID_REQUEST;
      case "catalog" -> catalogCode(message);
      case "conversion", "out of range", "mismatch type", "decimal", "divide by zero" ->
          ErrorCode.TYPE_MISMATCH;
      case "constraint" -> ErrorCode.CONSTRAINT_VIOLATION;
      case "interrupt" -> ErrorCode.CANCELLED;
      case "out of memory" -> ErrorCode.RESOURCE_EXHAUSTED;
      case "permission" -> ErrorCode.PERMISSION_DENIED;
      case "transactioncontext", "transaction" ->
          message.contains("onflict") ? ErrorCode.CONFLICT : ErrorCode.INVALID_REQUEST;
      case "not implemented" -> ErrorCode.UNIMPLEMENTED;
      case "io" -> ErrorCode.IO_ERROR;
      default -> ErrorCode.INTERNAL;
    };
  }

  private static ErrorCode catalogCode(String message) {
    if (message.contains("already exists")) {
      return ErrorCode.ALREADY_EXISTS;
    }
    boolean missing = message.contains("does not exist");
    boolean relation =
        message.startsWith("Catalog Error: Table ")
            || message.startsWith("Catalog Error: View ")
            || message.startsWith("Catalog Error: Schema ")
            || message.startsWith("Catalog Error: Catalog ")
            || message.startsWith("Catalog Error: SET schema");
    return missing && relation ? ErrorCode.NOT_FOUND : ErrorCode.INVALID_REQUEST;
  }

  /** Removes what the stream's wrappers put around DuckDB's text. */
  private static String stripWrapping(String message) {
    String text = message.strip();
    int wrapped = text.indexOf(STREAM_FAILURE);
    if (wrapped >= 0 && text.endsWith("}")) {
      return text.substring(wrapped + STREAM_FAILURE.length(), text.length() - 1);
    }
    String driver = "java.sql.SQLException: ";
    return text.startsWith(driver) ? text.substring(driver.length()) : text;
  }

  /**
   * DuckDB suggests similar names; those of the internal schema are none of the client's business.
   */
  private static String withoutInternalNames(String text) {
    if (!text.contains(INTERNAL_SCHEMA)) {
      return text;
    }
    StringBuilder kept = new StringBuilder();
    for (String line : text.split("\n", -1)) {
      boolean suggestion = line.startsWith("Did you mean") || line.startsWith("Candidate");
      if (!(suggestion && line.contains(INTERNAL_SCHEMA))) {
        kept.append(kept.isEmpty() ? "" : "\n").append(line);
      }
    }
    return kept.toString();
  }

  /** Shortens the middle of a message, keeping its start and DuckDB's position at its end. */
  static String cap(String message) {
    if (encodedBytes(message) <= MAX_ENCODED_BYTES) {
      return message;
    }
    int position = message.lastIndexOf("\nLINE ");
    String tail = position < 0 ? "" : message.substring(position);
    if (encodedBytes(tail) > MAX_ENCODED_BYTES / 2) {
      tail = "";
    }
    String head =
        prefixWithin(message, MAX_ENCODED_BYTES - encodedBytes(tail) - encodedBytes(" …"));
    return head + " …" + tail;
  }

  private static String prefixWithin(String text, int budget) {
    int used = 0;
    int end = 0;
    while (end < text.length()) {
      int codePoint = text.codePointAt(end);
      used += encodedBytes(codePoint);
      if (used > budget) {
        break;
      }
      end += Character.charCount(codePoint);
    }
    return text.substring(0, end);
  }

  private static int encodedBytes(String text) {
    return text.codePoints().map(EngineErrors::encodedBytes).sum();
  }

  /**
   * Bytes of one character in a grpc-message header: printable ASCII but % as it is, all else %XX
   * per UTF-8 byte.
   */
  private static int encodedBytes(int codePoint) {
    if (codePoint >= 0x20 && codePoint <= 0x7E && codePoint != '%') {
      return 1;
    }
    return 3 * new String(Character.toChars(codePoint)).getBytes(StandardCharsets.UTF_8).length;
  }

  /** The reason that readers see when nobody gave a better one. */
  static FlashDuckException cancelled(@Nullable String detail) {
    return new FlashDuckException(
        ErrorCode.CANCELLED,
        "The statement was cancelled" + (detail == null ? "." : ": " + detail));
  }
}
