package io.flashduck.server.web;

import io.flashduck.server.error.ErrorCode;

/**
 * The one place where a failure becomes an HTTP status.
 *
 * <p>Threading: stateless.
 */
final class HttpStatus {
  static final int OK = 200;
  static final int NOT_MODIFIED = 304;
  static final int BAD_REQUEST = 400;
  static final int UNAUTHORIZED = 401;
  static final int FORBIDDEN = 403;
  static final int NOT_FOUND = 404;
  static final int METHOD_NOT_ALLOWED = 405;
  static final int PAYLOAD_TOO_LARGE = 413;
  static final int UNSUPPORTED_MEDIA_TYPE = 415;
  static final int MISDIRECTED = 421;
  static final int UNAVAILABLE = 503;

  private HttpStatus() {}

  static int of(ErrorCode code) {
    return switch (code) {
      case INVALID_REQUEST, TYPE_MISMATCH -> BAD_REQUEST;
      case UNAUTHENTICATED -> UNAUTHORIZED;
      case PERMISSION_DENIED -> FORBIDDEN;
      case NOT_FOUND -> NOT_FOUND;
      case ALREADY_EXISTS, CONFLICT -> 409;
      case CONSTRAINT_VIOLATION -> 422;
      case QUEUE_FULL -> 429;
      case RESOURCE_EXHAUSTED -> PAYLOAD_TOO_LARGE;
      case CANCELLED -> 499;
      case TIMEOUT -> 504;
      case UNIMPLEMENTED -> 501;
      case COMMIT_UNKNOWN, SHUTTING_DOWN -> UNAVAILABLE;
      case ALREADY_RUNNING, CORRUPT_STATE, IO_ERROR, INTERNAL -> 500;
    }; // no default: a new code must be placed here to compile
  }
}
