package io.flashduck.server.cli;

import io.flashduck.server.error.ErrorCode;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What the exit codes of every command mean, and the one place where failures become exit codes.
 *
 * <p>Threading: immutable.
 */
public final class ExitCodes {
  /** Done. */
  public static final int OK = 0;

  /**
   * The request failed: an SQL error, an unknown table, a full queue, a file that cannot be read.
   */
  public static final int FAILED = 1;

  /** An unknown command or option, a wrong value, or a configuration with errors. */
  public static final int USAGE = 2;

  /** No server answered at that address. */
  public static final int NO_CONNECTION = 3;

  /** No or wrong credentials, or not allowed. */
  public static final int REFUSED = 4;

  /** A check found a difference or damage. */
  public static final int VERIFICATION_FAILED = 5;

  /** The server cannot say whether a write survives; with a producer id a repeat is safe. */
  public static final int UNKNOWN_OUTCOME = 6;

  /** The port or the state folder is in use by another process. */
  public static final int IN_USE = 7;

  /** Stopped by Ctrl-C, as shells expect it. */
  public static final int INTERRUPTED = 130;

  private ExitCodes() {}

  /** The table for the help text: meaning by code. */
  static Map<String, String> help() {
    Map<String, String> meanings = new LinkedHashMap<>();
    meanings.put(" " + OK, "done");
    meanings.put(" " + FAILED, "the request failed, such as an SQL error or an unknown table");
    meanings.put(" " + USAGE, "unknown command or option, wrong value or configuration");
    meanings.put(" " + NO_CONNECTION, "no server answered");
    meanings.put(" " + REFUSED, "no or wrong credentials, or not allowed");
    meanings.put(" " + VERIFICATION_FAILED, "a check found a difference or damage");
    meanings.put(
        " " + UNKNOWN_OUTCOME, "unknown whether a write survives; repeat with the same --producer");
    meanings.put(" " + IN_USE, "the port or the state folder is in use");
    meanings.put(" " + INTERRUPTED, "interrupted by Ctrl-C");
    return meanings;
  }

  /** The exit code for a failure of that kind. */
  public static int of(ErrorCode code) {
    return switch (code) {
      case INVALID_REQUEST,
          TYPE_MISMATCH,
          CONSTRAINT_VIOLATION,
          NOT_FOUND,
          ALREADY_EXISTS,
          CONFLICT,
          QUEUE_FULL,
          RESOURCE_EXHAUSTED,
          SHUTTING_DOWN,
          TIMEOUT,
          UNIMPLEMENTED,
          IO_ERROR,
          INTERNAL ->
          FAILED;
      case UNAUTHENTICATED, PERMISSION_DENIED -> REFUSED;
      case COMMIT_UNKNOWN -> UNKNOWN_OUTCOME;
      case ALREADY_RUNNING -> IN_USE;
      case CORRUPT_STATE -> VERIFICATION_FAILED;
      case CANCELLED -> INTERRUPTED;
    };
  }
}
