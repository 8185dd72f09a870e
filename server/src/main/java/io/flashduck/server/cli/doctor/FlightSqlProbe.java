package io.flashduck.server.cli.doctor;

import io.flashduck.server.cli.output.RowStream;
import io.flashduck.server.cli.remote.Credentials;
import io.flashduck.server.cli.remote.RemoteSession;
import io.flashduck.server.cli.remote.RemoteSettings;
import io.flashduck.server.error.FlashDuckException;
import org.apache.arrow.flight.FlightRuntimeException;
import org.apache.arrow.flight.FlightStatusCode;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;

/**
 * Logs in and runs {@code SELECT 1} with this program's own Flight SQL client, which is the one
 * that ADBC in Java and the JDBC driver are made of.
 *
 * <p>Threading: the caller's; blocks.
 */
final class FlightSqlProbe {
  private static final String LOGIN = "login";

  private FlightSqlProbe() {}

  static Finding of(RemoteSettings settings) {
    try (BufferAllocator allocator = new RootAllocator();
        RemoteSession session = RemoteSession.open(settings, allocator)) {
      try (RowStream rows = session.query("SELECT 1")) {
        while (rows.next()) {
          // only that it arrives
        }
      }
      return Finding.ok(
          "Flight SQL",
          session.serverName().orElse("the server")
              + " runs SELECT 1 for "
              + who(settings.credentials()));
    } catch (FlightRuntimeException e) {
      return explained(e, settings.credentials());
    } catch (FlashDuckException e) {
      return Finding.failed(LOGIN, String.valueOf(e.getMessage()));
    }
  }

  private static String who(Credentials credentials) {
    if (credentials instanceof Credentials.Password login) {
      return "user '" + login.user() + "'";
    }
    return credentials instanceof Credentials.Token ? "the token" : "anybody, without a login";
  }

  private static Finding explained(FlightRuntimeException failure, Credentials credentials) {
    String said = "The server says: " + failure.getMessage();
    FlightStatusCode code = failure.status().code();
    return switch (code) {
      case UNAUTHENTICATED -> unauthenticated(said, credentials);
      case UNAUTHORIZED ->
          Finding.refused(
              LOGIN, "Not allowed to run SELECT 1.", said, "Ask for a role that reads.");
      case UNIMPLEMENTED ->
          Finding.failed(
              "Flight SQL",
              "It speaks gRPC, but not Flight SQL.",
              said,
              "Is it another kind of server? Check the port.");
      case UNAVAILABLE ->
          Finding.unreachable("Flight SQL", "The connection broke.", said, "Is it restarting?");
      default -> Finding.failed("Flight SQL", "SELECT 1 failed with " + code + ".", said);
    };
  }

  private static Finding unauthenticated(String said, Credentials credentials) {
    if (credentials instanceof Credentials.Password login) {
      return Finding.refused(
          LOGIN,
          "The user '" + login.user() + "' or the password is wrong.",
          said,
          "Both are case-sensitive. A line end or blank in the password file's first line is"
              + " removed; in a JDBC URL, write %40 for @, %26 for & and %23 for #.");
    }
    if (credentials instanceof Credentials.Token) {
      return Finding.refused(
          LOGIN,
          "The token is not accepted.",
          said,
          "It may be expired, cut, from another server, or its user's password has changed: log in"
              + " with --user and --password-file to get a new one.");
    }
    return Finding.refused(
        LOGIN,
        "The server wants to know who asks.",
        said,
        "Add --user NAME --password-file FILE, or --token-file FILE.");
  }
}
