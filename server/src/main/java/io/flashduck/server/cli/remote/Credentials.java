package io.flashduck.server.cli.remote;

/**
 * Who the command line says it is; printing shows no secret.
 *
 * <p>Threading: immutable.
 */
public sealed interface Credentials {
  /** Nobody: the server must allow it. */
  record Anonymous() implements Credentials {}

  /** A user with a password, exchanged for a token at connect. */
  record Password(String user, String password) implements Credentials {
    @Override
    public String toString() {
      return "user " + user;
    }
  }

  /** A bearer token. */
  record Token(String token) implements Credentials {
    @Override
    public String toString() {
      return "a token";
    }
  }
}
