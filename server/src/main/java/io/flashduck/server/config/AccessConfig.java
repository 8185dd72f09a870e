package io.flashduck.server.config;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * Who may use the server; everybody is anonymous if there is no password file.
 *
 * <p>Threading: immutable. Holds paths, never a secret itself.
 *
 * @param user the one user whose password the password file holds; empty if the file names users
 * @param passwordFile the file with the password or passwords
 * @param tokenLifetime how long a token that the server issues is accepted
 */
public record AccessConfig(
    Optional<String> user, Optional<Path> passwordFile, Duration tokenLifetime) {

  /** Whether callers must say who they are. */
  public boolean required() {
    return passwordFile.isPresent();
  }
}
