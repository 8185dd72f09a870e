package io.flashduck.examples;

import java.util.Optional;

/**
 * Where the server is and who asks, from the command line of an example.
 *
 * <p>Threading: immutable.
 *
 * @param login user and password; empty for a server that lets anybody on this machine in
 */
record Server(String host, int port, Optional<Login> login) {

  /** User and password. */
  record Login(String user, String password) {}

  /** Reads {@code [HOST [PORT [USER PASSWORD]]]}. */
  static Server of(String[] arguments) {
    String host = arguments.length > 0 ? arguments[0] : "localhost";
    int port = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 31337;
    Optional<Login> login =
        arguments.length > 3
            ? Optional.of(new Login(arguments[2], arguments[3]))
            : Optional.empty();
    return new Server(host, port, login);
  }
}
