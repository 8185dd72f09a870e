package io.flashduck.server.config;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * Who may use the server; anonymous if neither a password file nor a token file is given.
 *
 * <p>Threading: immutable. Holds paths, never a secret itself.
 *
 * @param user the one user whose password the password file holds; empty if the file names users
 * @param passwordFile the file with the password or passwords
 * @param tokenFile the file with fixed bearer tokens
 * @param tokenLifetime how long a token that the server issues is accepted
 */
public record AccessConfig(
    Optional<String> user,
    Optional<Path> passwordFile,
    Optional<Path> tokenFile,
    Duration tokenLifetime) {

  /** Whether callers must say who they are. */
  public boolean required() {
    return passwordFile.isPresent() || tokenFile.isPresent();
  }
}
