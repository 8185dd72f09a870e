package io.flashduck.server.cli.doctor;

import io.flashduck.server.cli.remote.ServerAddress;
import java.io.IOException;
import java.net.ConnectException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Whether the host's name means an address and something listens there.
 *
 * <p>Threading: stateless; blocks for a few seconds at most per address.
 */
final class NetworkProbe {
  static final int TIMEOUT_MILLIS = 3_000;
  private static final String SUBJECT = "network";
  private static final String SILENT = "no answer";

  private NetworkProbe() {}

  /**
   * What was found.
   *
   * @param answering the first address that accepts connections, if one does
   */
  record Result(Optional<InetSocketAddress> answering, List<Finding> findings) {}

  static Result of(ServerAddress server) {
    InetAddress[] addresses;
    try {
      addresses = InetAddress.getAllByName(server.host());
    } catch (UnknownHostException e) {
      return wrong(
          Finding.unreachable(
              SUBJECT,
              "No host is known by the name '" + server.host() + "'.",
              "Check the spelling of --host or --url, or write the server's IP address."));
    }
    List<InetSocketAddress> open = new ArrayList<>();
    List<String> closed = new ArrayList<>();
    for (InetAddress address : addresses) {
      InetSocketAddress target = new InetSocketAddress(address, server.port());
      String failure = connect(target);
      if (failure.isEmpty()) {
        open.add(target);
      } else {
        closed.add(text(address) + ": " + failure);
      }
    }
    if (open.isEmpty()) {
      return wrong(nobody(server, closed));
    }
    List<Finding> findings = new ArrayList<>();
    findings.add(Finding.ok(SUBJECT, "something listens on " + server));
    if (!closed.isEmpty()) {
      findings.add(onlySome(server, open, closed));
    }
    return new Result(Optional.of(open.get(0)), findings);
  }

  private static Result wrong(Finding finding) {
    return new Result(Optional.empty(), List.of(finding));
  }

  private static Finding nobody(ServerAddress server, List<String> closed) {
    List<String> advice = new ArrayList<>();
    boolean silent = closed.stream().allMatch(text -> text.endsWith(SILENT));
    if (silent) {
      advice.add("A firewall may drop the packets, or the host is off: try from the host itself.");
    } else {
      advice.add("Is the server running there? 'flashduck serve --data DIR' starts one.");
      advice.add("Without --host it listens on 127.0.0.1 of its own machine only.");
    }
    if (server.port() != ServerAddress.DEFAULT_PORT
        && connect(new InetSocketAddress(server.host(), ServerAddress.DEFAULT_PORT)).isEmpty()) {
      advice.add(
          "Something listens on port "
              + ServerAddress.DEFAULT_PORT
              + " of that host, FlashDuck's own: try --port "
              + ServerAddress.DEFAULT_PORT
              + ".");
    } else {
      advice.add("--host and --port, or --url, name another server.");
    }
    return Finding.unreachable(
        SUBJECT,
        "Nothing answers on " + server + " (" + String.join("; ", closed) + ").",
        advice.toArray(String[]::new));
  }

  /** {@code localhost} is two addresses on most machines, and a server listens on one of them. */
  private static Finding onlySome(
      ServerAddress server, List<InetSocketAddress> open, List<String> closed) {
    String answering =
        open.stream().map(target -> text(target.getAddress())).collect(Collectors.joining(", "));
    return Finding.note(
        SUBJECT,
        "'"
            + server.host()
            + "' means several addresses, and only "
            + answering
            + " answers ("
            + String.join("; ", closed)
            + ").",
        "A client that tries only the first one fails: write " + answering + " there.");
  }

  /** Empty if somebody accepts the connection. */
  private static String connect(InetSocketAddress target) {
    try (Socket socket = new Socket()) {
      socket.connect(target, TIMEOUT_MILLIS);
      return "";
    } catch (ConnectException refused) {
      return "connection refused";
    } catch (IOException silent) {
      return SILENT;
    }
  }

  private static String text(InetAddress address) {
    String text = address.getHostAddress();
    return address instanceof Inet6Address ? "[" + text + "]" : text;
  }
}
