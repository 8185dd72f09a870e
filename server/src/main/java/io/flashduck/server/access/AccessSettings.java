package io.flashduck.server.access;

import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * Where the server listens and how callers prove who they are. Without a password file everybody is
 * anonymous, which is allowed on loopback only; any other address needs TLS and a password file.
 *
 * <p>Threading: immutable.
 *
 * @param host the address to listen on
 * @param user the only user; empty if the password file names the users
 * @param passwordFile see {@link UserFile}; empty for anonymous access
 * @param tls the certificate; empty for plain text
 * @param tokenLifetime how long a bearer token or session cookie is accepted; clients never refresh
 *     one, so hours at least
 */
public record AccessSettings(
    String host,
    Optional<String> user,
    Optional<Path> passwordFile,
    Optional<TlsSettings> tls,
    Duration tokenLifetime) {
  /** A month: longer than a connection pool or a notebook keeps a connection open. */
  public static final Duration DEFAULT_TOKEN_LIFETIME = Duration.ofDays(30);

  public AccessSettings {
    if (user.isPresent() && passwordFile.isEmpty()) {
      throw invalid("User '" + user.get() + "' needs a password file");
    }
    if (tokenLifetime.compareTo(Duration.ofMinutes(1)) < 0) {
      throw invalid("The token lifetime must be at least a minute, got " + tokenLifetime);
    }
    if (!isLoopback(host)) {
      requireForNetwork(host, tls.isPresent(), "a TLS certificate and key");
      requireForNetwork(host, passwordFile.isPresent(), "a password file");
    }
  }

  /** Loopback, no users, no TLS: what {@code flashduck demo} uses. */
  public static AccessSettings loopback() {
    return new AccessSettings(
        "127.0.0.1", Optional.empty(), Optional.empty(), Optional.empty(), DEFAULT_TOKEN_LIFETIME);
  }

  private static void requireForNetwork(String host, boolean present, String what) {
    if (!present) {
      throw invalid(
          "Listening on "
              + host
              + " is open to the network and needs "
              + what
              + "; give one, or listen on 127.0.0.1");
    }
  }

  private static boolean isLoopback(String host) {
    try {
      for (InetAddress address : InetAddress.getAllByName(host)) {
        if (!address.isLoopbackAddress()) {
          return false;
        }
      }
      return true;
    } catch (UnknownHostException e) {
      throw new FlashDuckException(
          ErrorCode.INVALID_REQUEST,
          "The host '" + host + "' is unknown; give an address of this machine",
          e);
    }
  }

  private static FlashDuckException invalid(String message) {
    return new FlashDuckException(ErrorCode.INVALID_REQUEST, message);
  }
}
