package io.flashduck.server.cli;

import io.flashduck.server.cli.remote.Credentials;
import io.flashduck.server.cli.remote.RemoteSession;
import io.flashduck.server.cli.remote.RemoteSettings;
import io.flashduck.server.cli.remote.ServerAddress;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.apache.arrow.memory.BufferAllocator;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/**
 * The options that say which server a command talks to and as whom; each is also an environment
 * variable.
 *
 * <p>Threading: filled by picocli, then read by the command.
 */
final class RemoteOptions {
  @Option(
      names = "--url",
      paramLabel = "URL",
      description =
          "The server, such as grpc://127.0.0.1:31337, grpc+tls://host:port, or a JDBC URL"
              + " (FLASHDUCK_URL).")
  private @Nullable String url;

  @Option(
      names = "--host",
      paramLabel = "HOST",
      description = "The server's host, 127.0.0.1 by default (FLASHDUCK_HOST).")
  private @Nullable String host;

  @Option(
      names = "--port",
      paramLabel = "PORT",
      description = "The server's Flight SQL port, 31337 by default (FLASHDUCK_PORT).")
  private @Nullable Integer port;

  @Option(names = "--tls", description = "Encrypt the connection (FLASHDUCK_CLIENT_TLS=true).")
  private boolean tls;

  @Option(
      names = "--ca-file",
      paramLabel = "PEM",
      description = "Trust these certificates instead of the system's (FLASHDUCK_CA_FILE).")
  private @Nullable Path caFile;

  @Option(names = "--insecure", description = "Accept any certificate.")
  private boolean insecure;

  @Option(
      names = {"-u", "--user"},
      paramLabel = "NAME",
      description = "Log in as this user (FLASHDUCK_USER).")
  private @Nullable String user;

  @Option(
      names = "--password-file",
      paramLabel = "FILE",
      description =
          "The file whose first line is the password (FLASHDUCK_PASSWORD_FILE); FLASHDUCK_PASSWORD"
              + " holds the password itself.")
  private @Nullable Path passwordFile;

  @Option(
      names = "--token",
      paramLabel = "TOKEN",
      description = "A bearer token instead of a user (better: FLASHDUCK_TOKEN).")
  private @Nullable String token;

  @Option(
      names = "--token-file",
      paramLabel = "FILE",
      description = "The file that holds the bearer token (FLASHDUCK_TOKEN_FILE).")
  private @Nullable Path tokenFile;

  /** Connects; the caller closes. */
  RemoteSession connect(CliContext context, BufferAllocator allocator) {
    return RemoteSession.open(settings(context.environment()), allocator);
  }

  /** The options, completed by the environment. */
  RemoteSettings settings(Map<String, String> environment) {
    Path ca = caFile == null ? path(environment.get("FLASHDUCK_CA_FILE")) : caFile;
    return new RemoteSettings(
        address(environment), credentials(environment), Optional.ofNullable(ca), !insecure);
  }

  /** The URL, if the server was named by one. */
  Optional<String> location(Map<String, String> environment) {
    return Optional.ofNullable(
        url == null && host == null ? environment.get("FLASHDUCK_URL") : url);
  }

  private ServerAddress address(Map<String, String> environment) {
    Optional<String> location = location(environment);
    if (location.isPresent()) {
      if (host != null) {
        throw CommandFailure.usage("Give either --url or --host, not both.");
      }
      ServerAddress parsed = ServerAddress.parse(location.get());
      int chosen = port == null ? parsed.port() : port;
      return new ServerAddress(parsed.host(), chosen, parsed.tls() || tls(environment));
    }
    String name = host == null ? environment.getOrDefault("FLASHDUCK_HOST", "127.0.0.1") : host;
    return new ServerAddress(name, port(environment), tls(environment));
  }

  private boolean tls(Map<String, String> environment) {
    return tls || Boolean.parseBoolean(environment.getOrDefault("FLASHDUCK_CLIENT_TLS", "false"));
  }

  private int port(Map<String, String> environment) {
    if (port != null) {
      return port;
    }
    String text = environment.get("FLASHDUCK_PORT");
    try {
      return text == null ? ServerAddress.DEFAULT_PORT : Integer.parseInt(text.strip());
    } catch (NumberFormatException e) {
      throw CommandFailure.usage("FLASHDUCK_PORT is '" + text + "', which is not a port.");
    }
  }

  private Credentials credentials(Map<String, String> environment) {
    String bearer = token == null ? environment.get("FLASHDUCK_TOKEN") : token;
    Path bearerFile = tokenFile == null ? path(environment.get("FLASHDUCK_TOKEN_FILE")) : tokenFile;
    String name = user == null ? environment.get("FLASHDUCK_USER") : user;
    if (bearer != null && user == null) {
      return new Credentials.Token(bearer);
    }
    if (bearerFile != null && user == null) {
      return new Credentials.Token(firstLine(bearerFile, "token"));
    }
    return name == null
        ? new Credentials.Anonymous()
        : new Credentials.Password(name, password(environment, name));
  }

  private String password(Map<String, String> environment, String name) {
    Path file =
        passwordFile == null ? path(environment.get("FLASHDUCK_PASSWORD_FILE")) : passwordFile;
    if (file != null) {
      return firstLine(file, "password");
    }
    String password = environment.get("FLASHDUCK_PASSWORD");
    if (password == null) {
      throw CommandFailure.usage(
          "User '"
              + name
              + "' needs --password-file, FLASHDUCK_PASSWORD_FILE or FLASHDUCK_PASSWORD.");
    }
    return password;
  }

  private static String firstLine(Path file, String what) {
    try (var lines = Files.lines(file, StandardCharsets.UTF_8)) {
      return lines
          .findFirst()
          .map(String::strip)
          .filter(line -> !line.isEmpty())
          .orElseThrow(() -> CommandFailure.usage("The " + what + " file " + file + " is empty."));
    } catch (IOException e) {
      throw new CommandFailure(
          ExitCodes.USAGE, "Cannot read the " + what + " file " + file + ": " + e, e);
    }
  }

  private static @Nullable Path path(@Nullable String text) {
    return text == null || text.isEmpty() ? null : Path.of(text);
  }
}
