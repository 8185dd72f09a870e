package io.flashduck.server.config;

import org.jspecify.annotations.Nullable;

/** A YAML file that cannot be read at all; the message names file and line. */
final class YamlSyntaxException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final String problem;

  YamlSyntaxException(String message) {
    this(message, null);
  }

  YamlSyntaxException(String message, @Nullable Throwable cause) {
    super(message, cause);
    this.problem = message;
  }

  /** File, line and what is wrong. */
  String problem() {
    return problem;
  }
}
