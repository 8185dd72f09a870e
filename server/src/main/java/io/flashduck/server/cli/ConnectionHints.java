package io.flashduck.server.cli;

import io.flashduck.server.config.AccessConfig;
import io.flashduck.server.config.NetworkConfig;
import io.flashduck.server.config.ServerConfig;
import io.flashduck.server.config.TlsFiles;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * The lines with which clients connect to a server, ready to paste for its address, encryption and
 * authentication.
 *
 * <p>Threading: immutable.
 *
 * @param host the name that a client uses
 * @param port the Flight SQL port
 * @param httpPort the HTTP port, unless HTTP is off
 * @param tls the server's certificate, if it has one
 * @param user the user to log in as, or {@code NAME} if there are several; empty if none is needed
 */
record ConnectionHints(
    String host, int port, OptionalInt httpPort, Optional<TlsFiles> tls, Optional<String> user) {
  private static final String PASSWORD = "PASSWORD";

  static ConnectionHints of(ServerConfig config, int port, OptionalInt httpPort) {
    NetworkConfig network = config.network();
    AccessConfig access = config.access();
    return new ConnectionHints(
        reachable(network.host()),
        port,
        httpPort,
        network.tls(),
        access.required() ? Optional.of(access.user().orElse("NAME")) : Optional.empty());
  }

  /** An address to bind all interfaces is none to connect to. */
  private static String reachable(String host) {
    if (!host.equals("0.0.0.0") && !host.equals("::") && !host.equals("[::]")) {
      return host.indexOf(':') >= 0 && !host.startsWith("[") ? "[" + host + "]" : host;
    }
    try {
      return InetAddress.getLocalHost().getHostName();
    } catch (UnknownHostException nameless) {
      return "localhost";
    }
  }

  /** All of them, one per line or two. */
  String text() {
    List<String> lines = new ArrayList<>();
    lines.add("Connect with:");
    lines.add("  JDBC     " + jdbc());
    lines.add("  ADBC     " + adbc());
    lines.add("  pyarrow  " + pyarrow());
    user.ifPresent(
        name ->
            lines.add(
                "           options = pyarrow.flight.FlightCallOptions(headers=["
                    + "client.authenticate_basic_token(\""
                    + name
                    + "\", \""
                    + PASSWORD
                    + "\")])"));
    lines.add("  shell    " + shell());
    httpPort.ifPresent(
        http ->
            lines.add(
                "  browser  "
                    + (tls.isPresent() ? "https" : "http")
                    + "://"
                    + host
                    + ":"
                    + http
                    + "/"));
    return String.join(System.lineSeparator(), lines);
  }

  String location() {
    return (tls.isPresent() ? "grpc+tls://" : "grpc://") + host + ":" + port;
  }

  /** The driver encrypts by default, and ignores a certificate unless the system's are left out. */
  String jdbc() {
    StringBuilder url =
        new StringBuilder("jdbc:arrow-flight-sql://").append(host).append(':').append(port);
    url.append("?useEncryption=").append(tls.isPresent());
    tls.ifPresent(
        files ->
            url.append("&useSystemTrustStore=false&tlsRootCerts=").append(files.certificate()));
    user.ifPresent(name -> url.append("&user=").append(name).append("&password=").append(PASSWORD));
    return url.toString();
  }

  String adbc() {
    List<String> options = new ArrayList<>();
    user.ifPresent(
        name -> options.add("\"username\": \"" + name + "\", \"password\": \"" + PASSWORD + "\""));
    tls.ifPresent(
        files ->
            options.add(
                "\"adbc.flight.sql.client_option.tls_root_certs\": open(\""
                    + files.certificate()
                    + "\").read()"));
    String arguments = options.isEmpty() ? "" : ", db_kwargs={" + String.join(", ", options) + "}";
    return "adbc_driver_flightsql.dbapi.connect(\"" + location() + "\"" + arguments + ")";
  }

  String pyarrow() {
    String certificates =
        tls.map(files -> ", tls_root_certs=open(\"" + files.certificate() + "\", \"rb\").read()")
            .orElse("");
    return "client = pyarrow.flight.connect(\"" + location() + "\"" + certificates + ")";
  }

  private String shell() {
    StringBuilder command = new StringBuilder("flashduck sql");
    if (tls.isPresent() || !host.equals("127.0.0.1")) {
      command.append(" --url ").append(location());
    } else if (port != 31337) {
      command.append(" --port ").append(port);
    }
    tls.ifPresent(files -> command.append(" --ca-file ").append(files.certificate()));
    user.ifPresent(name -> command.append(" --user ").append(name).append(" --password-file FILE"));
    return command.toString();
  }
}
