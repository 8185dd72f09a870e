package io.flashduck.server.cli.remote;

import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;
import org.apache.arrow.flight.Location;

/**
 * Where a Flight SQL server is.
 *
 * <p>Threading: immutable.
 *
 * @param host a name or an address, IPv6 without brackets
 * @param port the Flight SQL port
 * @param tls whether the connection is encrypted
 */
public record ServerAddress(String host, int port, boolean tls) {
  /** The port of a server that was not told another. */
  public static final int DEFAULT_PORT = 31337;

  private static final String JDBC = "jdbc:";

  public ServerAddress {
    if (host.isEmpty() || port < 1 || port > 65_535) {
      throw invalid(host + ":" + port, "a host and a port from 1 to 65535 are needed");
    }
  }

  /**
   * Reads {@code grpc://host:port}, {@code grpc+tls://host:port}, the JDBC form {@code
   * jdbc:arrow-flight-sql://host:port?useEncryption=…}, or plain {@code host:port}; the port may be
   * left out.
   */
  public static ServerAddress parse(String text) {
    boolean jdbc = text.startsWith(JDBC);
    String url = jdbc ? text.substring(JDBC.length()) : text;
    if (!url.contains("://")) {
      url = "grpc://" + url;
    }
    try {
      URI uri = new URI(url);
      String host = uri.getHost();
      if (host == null) {
        throw invalid(text, "it names no host");
      }
      if (host.startsWith("[")) {
        host = host.substring(1, host.length() - 1);
      }
      int port = uri.getPort() < 0 ? DEFAULT_PORT : uri.getPort();
      return new ServerAddress(host, port, jdbc ? jdbcTls(uri) : tls(text, uri.getScheme()));
    } catch (URISyntaxException e) {
      throw invalid(text, e.getReason());
    }
  }

  private static boolean tls(String text, String scheme) {
    return switch (scheme.toLowerCase(Locale.ROOT)) {
      case "grpc", "grpc+tcp", "http", "flashduck" -> false;
      case "grpc+tls", "grpcs", "https" -> true;
      default -> throw invalid(text, "the scheme '" + scheme + "' is unknown");
    };
  }

  /** The JDBC driver encrypts unless it is told not to. */
  private static boolean jdbcTls(URI uri) {
    String query = uri.getQuery();
    String lower = query == null ? "" : query.toLowerCase(Locale.ROOT);
    return !lower.contains("useencryption=false") && !lower.contains("useencryption=0");
  }

  /** As Arrow Flight writes it. */
  public Location location() {
    return tls
        ? Location.forGrpcTls(bracketed(), port)
        : Location.forGrpcInsecure(bracketed(), port);
  }

  private String bracketed() {
    return host.indexOf(':') >= 0 ? "[" + host + "]" : host;
  }

  private static FlashDuckException invalid(String text, String reason) {
    return new FlashDuckException(
        ErrorCode.INVALID_REQUEST,
        "'"
            + text
            + "' is not a server's address: "
            + reason
            + "; write for example grpc://127.0.0.1:31337 or grpc+tls://db.example.com:31337");
  }

  @Override
  public String toString() {
    return bracketed() + ":" + port;
  }
}
