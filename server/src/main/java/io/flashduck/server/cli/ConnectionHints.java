package io.flashduck.server.cli;

import io.flashduck.server.cli.doctor.ClientCode;
import io.flashduck.server.cli.remote.Credentials;
import io.flashduck.server.cli.remote.RemoteSettings;
import io.flashduck.server.cli.remote.ServerAddress;
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
    ClientCode client = code();
    lines.add("  JDBC     " + client.jdbc());
    lines.add("  ADBC     " + client.adbcPython());
    lines.add("  pyarrow  " + client.pyarrow());
    if (!client.pyarrowOptions().isEmpty()) {
      lines.add("           " + client.pyarrowOptions());
    }
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

  private ClientCode code() {
    String bare = host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
    return new ClientCode(
        new RemoteSettings(
            new ServerAddress(bare, port, tls.isPresent()),
            user.<Credentials>map(name -> new Credentials.Password(name, ""))
                .orElseGet(Credentials.Anonymous::new),
            tls.map(TlsFiles::certificate),
            true));
  }

  private String shell() {
    StringBuilder command = new StringBuilder("flashduck sql");
    if (tls.isPresent() || !host.equals("127.0.0.1")) {
      command.append(" --url ").append(code().location());
    } else if (port != 31337) {
      command.append(" --port ").append(port);
    }
    tls.ifPresent(files -> command.append(" --ca-file ").append(files.certificate()));
    user.ifPresent(name -> command.append(" --user ").append(name).append(" --password-file FILE"));
    return command.toString();
  }
}
