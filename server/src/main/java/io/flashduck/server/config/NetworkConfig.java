package io.flashduck.server.config;

import java.util.Optional;

/**
 * Addresses and transport security.
 *
 * <p>Threading: immutable.
 *
 * @param host the address to listen on
 * @param port the Flight SQL port; 0 takes any free one
 * @param httpPort the HTTP port; 0 takes any free one, {@link #OFF} switches HTTP off
 * @param tls certificate and key, or empty for plain text
 */
public record NetworkConfig(String host, int port, int httpPort, Optional<TlsFiles> tls) {
  /** The HTTP port that means: no HTTP. */
  public static final int OFF = -1;

  /** Whether HTTP is served. */
  public boolean httpEnabled() {
    return httpPort != OFF;
  }

  /** Whether the host is reachable from this machine only; a name other than localhost is not. */
  public boolean loopback() {
    return LoopbackHosts.isLoopback(host);
  }
}
