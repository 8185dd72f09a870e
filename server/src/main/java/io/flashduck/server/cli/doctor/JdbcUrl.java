package io.flashduck.server.cli.doctor;

import io.flashduck.server.cli.doctor.WireProbe.Speech;
import io.flashduck.server.cli.remote.Credentials;
import io.flashduck.server.cli.remote.RemoteSettings;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * A URL of Arrow's JDBC driver as somebody wrote it into a tool, and what is wrong with its
 * properties.
 *
 * <p>Threading: immutable.
 *
 * @param text the whole URL
 * @param properties by name, which the driver compares without regard to case
 */
public record JdbcUrl(String text, Map<String, String> properties) {
  private static final String SCHEME = "jdbc:arrow-flight-sql://";
  private static final String OLD_SCHEME = "jdbc:arrow-flight://";

  /** Empty if the text is another kind of address. */
  public static Optional<JdbcUrl> parse(String text) {
    if (!text.startsWith(SCHEME) && !text.startsWith(OLD_SCHEME)) {
      return Optional.empty();
    }
    Map<String, String> properties = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    int query = text.indexOf('?');
    for (String pair : query < 0 ? new String[0] : text.substring(query + 1).split("[&;]", -1)) {
      int equals = pair.indexOf('=');
      if (equals > 0) {
        properties.put(pair.substring(0, equals), decoded(pair.substring(equals + 1)));
      }
    }
    return Optional.of(new JdbcUrl(text, properties));
  }

  private static String decoded(String value) {
    try {
      return URLDecoder.decode(value, StandardCharsets.UTF_8);
    } catch (IllegalArgumentException notEncoded) {
      return value;
    }
  }

  /** The settings with what the URL says about login and certificates, where they say nothing. */
  public RemoteSettings completing(RemoteSettings settings) {
    boolean nobody = settings.credentials() instanceof Credentials.Anonymous;
    Optional<Path> certificates =
        Optional.ofNullable(properties.get("tlsRootCerts"))
            .filter(file -> !systemTrust())
            .map(Path::of);
    return new RemoteSettings(
        settings.address(),
        nobody ? credentials().orElse(settings.credentials()) : settings.credentials(),
        settings.caFile().or(() -> certificates),
        settings.verify() && !is("disableCertificateVerification", false));
  }

  private Optional<Credentials> credentials() {
    String token = properties.get("token");
    if (token != null) {
      return Optional.of(new Credentials.Token(token));
    }
    String user = properties.get("user");
    return user == null || user.isEmpty()
        ? Optional.empty()
        : Optional.of(new Credentials.Password(user, properties.getOrDefault("password", "")));
  }

  /** What in the URL does not fit a server that speaks like this. */
  List<Finding> traps(Speech speech) {
    List<Finding> findings = new ArrayList<>();
    boolean encrypts = is("useEncryption", true);
    if (speech == Speech.GRPC && encrypts) {
      findings.add(
          Finding.unreachable(
              "JDBC URL",
              properties.containsKey("useEncryption")
                  ? "It says useEncryption=true, but the server does not encrypt."
                  : "It does not say useEncryption, which is true then; but the server does not"
                      + " encrypt.",
              "Write ?useEncryption=false at the end."));
    }
    boolean ownTrust =
        properties.containsKey("tlsRootCerts") || properties.containsKey("trustStore");
    if (encrypts && ownTrust && systemTrust()) {
      findings.add(
          Finding.unreachable(
              "JDBC URL",
              "It names certificates, but the driver ignores them while it uses the system's.",
              "Add &useSystemTrustStore=false."));
    }
    if (properties.containsKey("username")) {
      findings.add(
          Finding.refused(
              "JDBC URL",
              "It says username, which the driver does not know.",
              "Write user instead."));
    }
    if (text.startsWith(OLD_SCHEME)) {
      findings.add(
          Finding.note(
              "JDBC URL", "The scheme arrow-flight is the old one.", "Write " + SCHEME + "."));
    }
    return findings;
  }

  private boolean systemTrust() {
    return is("useSystemTrustStore", true);
  }

  private boolean is(String property, boolean otherwise) {
    String value = properties.get(property);
    return value == null
        ? otherwise
        : value.toLowerCase(Locale.ROOT).equals("true") || value.equals("1");
  }

  /** Without a password in it. */
  @Override
  public String toString() {
    return text.replaceAll("(?i)(password|token)=[^&;]*", "$1=…");
  }
}
