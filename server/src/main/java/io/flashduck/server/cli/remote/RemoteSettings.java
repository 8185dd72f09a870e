package io.flashduck.server.cli.remote;

import java.nio.file.Path;
import java.util.Optional;

/**
 * How to reach a server.
 *
 * <p>Threading: immutable.
 *
 * @param address where it is
 * @param credentials who asks
 * @param caFile PEM certificates to trust instead of the system's; only with TLS
 * @param verify false to accept any certificate
 */
public record RemoteSettings(
    ServerAddress address, Credentials credentials, Optional<Path> caFile, boolean verify) {
  /** A server without TLS and credentials. */
  public static RemoteSettings plain(String host, int port) {
    return new RemoteSettings(
        new ServerAddress(host, port, false), new Credentials.Anonymous(), Optional.empty(), true);
  }
}
