package io.flashduck.server.cli;

import io.flashduck.server.error.ErrorCode;
import java.io.IOException;
import java.net.UnknownHostException;
import java.nio.channels.UnresolvedAddressException;
import javax.net.ssl.SSLException;
import org.apache.arrow.flight.ErrorFlightMetadata;
import org.apache.arrow.flight.FlightRuntimeException;
import org.apache.arrow.flight.FlightStatusCode;
import org.jspecify.annotations.Nullable;

/**
 * Failures of Flight calls as messages and exit codes.
 *
 * <p>Threading: stateless.
 */
final class RemoteErrors {
  private static final String CODE_TRAILER = "x-flashduck-error";

  private RemoteErrors() {}

  /** The message to show and the exit code. */
  static CommandFailure describe(FlightRuntimeException failure) {
    Exception transport = transport(failure);
    if (transport != null || unanswered(failure)) {
      String message = unreachable(transport == null ? failure : transport);
      return new CommandFailure(ExitCodes.NO_CONNECTION, message, failure);
    }
    String message = failure.getMessage();
    String told = message == null || message.isBlank() ? failure.status().code().name() : message;
    return new CommandFailure(exitCode(failure), told, failure);
  }

  /** Unavailable without a word from FlashDuck: something else listens there, or speaks TLS. */
  private static boolean unanswered(FlightRuntimeException failure) {
    ErrorFlightMetadata trailers = failure.status().metadata();
    return failure.status().code() == FlightStatusCode.UNAVAILABLE
        && (trailers == null || !trailers.containsKey(CODE_TRAILER));
  }

  /** FlashDuck names its own code in a trailer; other servers have only the status. */
  private static int exitCode(FlightRuntimeException failure) {
    ErrorFlightMetadata trailers = failure.status().metadata();
    if (trailers == null || !trailers.containsKey(CODE_TRAILER)) {
      return exitCode(failure.status().code());
    }
    try {
      return ExitCodes.of(ErrorCode.valueOf(trailers.get(CODE_TRAILER)));
    } catch (IllegalArgumentException newerServer) {
      return exitCode(failure.status().code());
    }
  }

  private static int exitCode(FlightStatusCode code) {
    return switch (code) {
      case UNAUTHENTICATED, UNAUTHORIZED -> ExitCodes.REFUSED;
      case CANCELLED -> ExitCodes.INTERRUPTED;
      default -> ExitCodes.FAILED;
    };
  }

  private static String unreachable(Exception transport) {
    if (transport instanceof UnknownHostException
        || transport instanceof UnresolvedAddressException) {
      return "Cannot connect: no host of that name is known. Check --host or --url.";
    }
    if (transport instanceof SSLException) {
      return "Cannot connect with TLS: "
          + transport.getMessage()
          + ". If the server has no TLS, leave --tls out; if its certificate is its own, name it"
          + " with --ca-file.";
    }
    return "Cannot connect: "
        + plain(String.valueOf(transport.getMessage()))
        + ".\nIs the server running there? 'flashduck serve --data DIR' starts one; --host and"
        + " --port name another; if it encrypts, add --tls.";
  }

  /** Netty's {@code finishConnect(..) failed with error(-111): Connection refused: /host:port}. */
  private static String plain(String message) {
    int refused = message.indexOf("Connection refused");
    return (refused < 0 ? message : message.substring(refused)).replace(": /", ": ");
  }

  private static @Nullable Exception transport(FlightRuntimeException failure) {
    for (Throwable at = failure; at != null; at = at.getCause()) {
      if (at instanceof UnresolvedAddressException unresolved) {
        return unresolved;
      }
      if (at instanceof IOException io && failure.status().code() == FlightStatusCode.UNAVAILABLE) {
        return io;
      }
    }
    return null;
  }
}
