package io.flashduck.server.flight;

import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import java.nio.charset.StandardCharsets;
import java.util.UUID;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import org.apache.arrow.flight.CallStatus;
import org.apache.arrow.flight.ErrorFlightMetadata;
import org.apache.arrow.flight.FlightRuntimeException;
import org.apache.arrow.memory.OutOfMemoryException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one place where a failure becomes a Flight status. The status carries the exact code in the
 * trailer {@code x-flashduck-error}, because several codes share a status.
 *
 * <p>Threading: stateless.
 */
final class FlightErrors {
  /** The trailer with the name of the {@link ErrorCode}. */
  static final String CODE_TRAILER = "x-flashduck-error";

  /** Larger trailers break gRPC C++; a header may have 8 KB in all. */
  private static final int MAX_ENCODED_TEXT = 4000;

  private static final String CUT = " ... (cut)";
  private static final Logger log = LoggerFactory.getLogger(FlightErrors.class);

  private FlightErrors() {}

  /** The exception to hand to Arrow's listeners; defects are logged here. */
  static FlightRuntimeException toFlight(Throwable failure) {
    Throwable cause = unwrap(failure);
    if (cause instanceof FlightRuntimeException already) {
      return already;
    }
    FlashDuckException known = toFlashDuck(cause);
    ErrorFlightMetadata trailers = new ErrorFlightMetadata();
    trailers.insert(CODE_TRAILER, known.code().name());
    return status(known.code())
        .withDescription(capped(String.valueOf(known.getMessage())))
        .withCause(known)
        .withMetadata(trailers)
        .toRuntimeException();
  }

  /** What is inside the wrappers of futures. */
  static Throwable unwrap(Throwable failure) {
    Throwable cause = failure;
    while ((cause instanceof CompletionException || cause instanceof ExecutionException)
        && cause.getCause() != null) {
      cause = cause.getCause();
    }
    return cause;
  }

  /** Shorthand for a malformed request. */
  static FlashDuckException invalid(String message) {
    return new FlashDuckException(ErrorCode.INVALID_REQUEST, message);
  }

  /** Shorthand for what is not offered, with the reason. */
  static FlashDuckException unimplemented(String message) {
    return new FlashDuckException(ErrorCode.UNIMPLEMENTED, message);
  }

  /** The refusal of plans that are not SQL. */
  static FlashDuckException noSubstrait() {
    return unimplemented("Substrait plans are not offered; send SQL");
  }

  /** The refusal of a command that came with the wrong kind of call. */
  static FlashDuckException wrongCall(Command command, String method) {
    return invalid("A " + command.messageName() + " is not for " + method);
  }

  private static FlashDuckException toFlashDuck(Throwable cause) {
    if (cause instanceof FlashDuckException known) {
      return known;
    }
    if (cause instanceof OutOfMemoryException) {
      return new FlashDuckException(
          ErrorCode.RESOURCE_EXHAUSTED, "The memory for Arrow data is used up; try again", cause);
    }
    if (cause instanceof InterruptedException) {
      return new FlashDuckException(ErrorCode.CANCELLED, "The call was interrupted", cause);
    }
    String id = UUID.randomUUID().toString().substring(0, 8);
    log.error("Internal error {}", id, cause);
    return new FlashDuckException(
        ErrorCode.INTERNAL, "Internal error " + id + "; the server's log has the details", cause);
  }

  private static CallStatus status(ErrorCode code) {
    return switch (code) {
      case INVALID_REQUEST, TYPE_MISMATCH, CONSTRAINT_VIOLATION -> CallStatus.INVALID_ARGUMENT;
      case UNAUTHENTICATED -> CallStatus.UNAUTHENTICATED;
      case PERMISSION_DENIED -> CallStatus.UNAUTHORIZED;
      case NOT_FOUND -> CallStatus.NOT_FOUND;
      case ALREADY_EXISTS -> CallStatus.ALREADY_EXISTS;
      case QUEUE_FULL, RESOURCE_EXHAUSTED -> CallStatus.RESOURCE_EXHAUSTED;
      case CONFLICT, COMMIT_UNKNOWN, SHUTTING_DOWN -> CallStatus.UNAVAILABLE;
      case CANCELLED -> CallStatus.CANCELLED;
      case TIMEOUT -> CallStatus.TIMED_OUT;
      case UNIMPLEMENTED -> CallStatus.UNIMPLEMENTED;
      case ALREADY_RUNNING, CORRUPT_STATE, IO_ERROR, INTERNAL -> CallStatus.INTERNAL;
    }; // no default: a new code must be placed here to compile
  }

  /** Cuts a text so that it fits a trailer once gRPC has percent-encoded it. */
  static String capped(String text) {
    int budget = MAX_ENCODED_TEXT - CUT.length();
    int encoded = 0;
    int fits = 0;
    for (int i = 0; i < text.length(); ) {
      int codePoint = text.codePointAt(i);
      encoded += encodedLength(codePoint);
      i += Character.charCount(codePoint);
      if (encoded <= budget) {
        fits = i;
      } else if (encoded > MAX_ENCODED_TEXT) {
        return text.substring(0, fits) + CUT;
      }
    }
    return text;
  }

  private static int encodedLength(int codePoint) {
    if (codePoint >= ' ' && codePoint < 0x7F && codePoint != '%') {
      return 1;
    }
    return 3 * Character.toString(codePoint).getBytes(StandardCharsets.UTF_8).length;
  }
}
