package io.flashduck.server.cli.doctor;

import io.flashduck.server.cli.remote.Credentials;
import io.flashduck.server.cli.remote.RemoteSettings;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * How each client connects with these settings, ready to paste; passwords and tokens are named, not
 * shown.
 *
 * <p>Threading: immutable.
 *
 * @param settings the address, the certificates and who logs in
 */
public record ClientCode(RemoteSettings settings) {
  /** The JDBC driver that works with every tool; see {@code docs/tools/README.md}. */
  public static final String JDBC_VERSION = "18.3.0";

  private static final String PASSWORD = "PASSWORD";
  private static final String TOKEN = "TOKEN";

  /** {@code grpc://host:port} or {@code grpc+tls://host:port}. */
  public String location() {
    return (tls() ? "grpc+tls://" : "grpc://") + settings.address();
  }

  /** The driver encrypts by default, and ignores a certificate unless the system's are left out. */
  public String jdbcUrl() {
    StringBuilder url = new StringBuilder("jdbc:arrow-flight-sql://").append(settings.address());
    url.append("?useEncryption=").append(tls());
    if (tls() && !settings.verify()) {
      url.append("&disableCertificateVerification=true");
    } else if (tls()) {
      settings
          .caFile()
          .ifPresent(file -> url.append("&useSystemTrustStore=false&tlsRootCerts=").append(file));
    }
    return url.toString();
  }

  /** The URL with who logs in. */
  public String jdbc() {
    if (settings.credentials() instanceof Credentials.Password login) {
      return jdbcUrl() + "&user=" + encoded(login.user()) + "&password=" + PASSWORD;
    }
    return settings.credentials() instanceof Credentials.Token
        ? jdbcUrl() + "&token=" + TOKEN
        : jdbcUrl();
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
  }

  /** ADBC in Python, as one expression. */
  public String adbcPython() {
    List<String> options = new ArrayList<>();
    if (settings.credentials() instanceof Credentials.Password login) {
      options.add(quoted("username") + ": " + quoted(login.user()));
      options.add(quoted("password") + ": " + quoted(PASSWORD));
    } else if (settings.credentials() instanceof Credentials.Token) {
      options.add(
          quoted("adbc.flight.sql.authorization_header") + ": " + quoted("Bearer " + TOKEN));
    }
    if (tls() && !settings.verify()) {
      options.add(quoted("adbc.flight.sql.client_option.tls_skip_verify") + ": \"true\"");
    } else if (tls()) {
      settings
          .caFile()
          .ifPresent(
              file ->
                  options.add(
                      quoted("adbc.flight.sql.client_option.tls_root_certs")
                          + ": "
                          + contentInPython(file, "")));
    }
    String arguments = options.isEmpty() ? "" : ", db_kwargs={" + String.join(", ", options) + "}";
    return "adbc_driver_flightsql.dbapi.connect(" + quoted(location()) + arguments + ")";
  }

  /** ADBC in Java. */
  public List<String> adbcJava() {
    List<String> lines = new ArrayList<>();
    lines.add("Map<String, Object> options = new HashMap<>();");
    lines.add("AdbcDriver.PARAM_URI.set(options, " + quoted(location()) + ");");
    if (settings.credentials() instanceof Credentials.Password login) {
      lines.add("AdbcDriver.PARAM_USERNAME.set(options, " + quoted(login.user()) + ");");
      lines.add("AdbcDriver.PARAM_PASSWORD.set(options, " + quoted(PASSWORD) + ");");
    } else if (settings.credentials() instanceof Credentials.Token) {
      lines.add(
          "options.put(FlightSqlConnectionProperties.RPC_CALL_HEADER_PREFIX + \"authorization\","
              + " \"Bearer TOKEN\");");
    }
    if (tls() && !settings.verify()) {
      lines.add("FlightSqlConnectionProperties.TLS_SKIP_VERIFY.set(options, true);");
    } else if (tls()) {
      settings
          .caFile()
          .ifPresent(
              file ->
                  lines.add(
                      "FlightSqlConnectionProperties.TLS_ROOT_CERTS.set(options,"
                          + " Files.newInputStream(Path.of("
                          + quoted(file.toString())
                          + ")));"));
    }
    lines.add("FlightSqlConnectionProperties.WITH_COOKIE_MIDDLEWARE.set(options, true);");
    lines.add("AdbcDatabase database = new FlightSqlDriver(allocator).open(options);");
    return lines;
  }

  /** ADBC in Go. */
  public List<String> adbcGo() {
    List<String> lines = new ArrayList<>();
    if (tls() && settings.verify() && settings.caFile().isPresent()) {
      lines.add("certificates, err := os.ReadFile(" + quoted(settings.caFile().get() + "") + ")");
    }
    lines.add(
        "database, err := flightsql.NewDriver(memory.DefaultAllocator)"
            + ".NewDatabase(map[string]string{");
    lines.add("    adbc.OptionKeyURI: " + quoted(location()) + ",");
    if (settings.credentials() instanceof Credentials.Password login) {
      lines.add("    adbc.OptionKeyUsername: " + quoted(login.user()) + ",");
      lines.add("    adbc.OptionKeyPassword: " + quoted(PASSWORD) + ",");
    } else if (settings.credentials() instanceof Credentials.Token) {
      lines.add("    flightsql.OptionAuthorizationHeader: " + quoted("Bearer " + TOKEN) + ",");
    }
    if (tls() && !settings.verify()) {
      lines.add("    flightsql.OptionSSLSkipVerify: adbc.OptionValueEnabled,");
    } else if (tls() && settings.caFile().isPresent()) {
      lines.add("    flightsql.OptionSSLRootCerts: string(certificates),");
    }
    lines.add("})");
    return lines;
  }

  /** pyarrow's client, as one statement. */
  public String pyarrow() {
    String trust = "";
    if (tls() && !settings.verify()) {
      trust = ", disable_server_verification=True";
    } else if (tls() && settings.caFile().isPresent()) {
      trust = ", tls_root_certs=" + contentInPython(settings.caFile().get(), ", \"rb\"");
    }
    return "client = pyarrow.flight.connect(" + quoted(location()) + trust + ")";
  }

  /** The options of pyarrow's calls; empty if nobody logs in. */
  public String pyarrowOptions() {
    if (settings.credentials() instanceof Credentials.Password login) {
      return "options = pyarrow.flight.FlightCallOptions(headers=[client.authenticate_basic_token("
          + quoted(login.user())
          + ", "
          + quoted(PASSWORD)
          + ")])";
    }
    return settings.credentials() instanceof Credentials.Token
        ? "options = pyarrow.flight.FlightCallOptions(headers=[(b\"authorization\", b\"Bearer"
            + " TOKEN\")])"
        : "";
  }

  /** All of them, under a heading each. */
  public String text() {
    StringBuilder text = new StringBuilder("Connect with:").append(System.lineSeparator());
    add(text, "JDBC", jdbc());
    add(text, "", "driver org.apache.arrow:flight-sql-jdbc-driver:" + JDBC_VERSION);
    add(text, "", "class  org.apache.arrow.driver.jdbc.ArrowFlightJdbcDriver");
    add(text, "", "Java   --add-opens=java.base/java.nio=ALL-UNNAMED");
    add(text, "ADBC, Python", adbcPython());
    add(text, "ADBC, Java", adbcJava().toArray(String[]::new));
    add(text, "ADBC, Go", adbcGo().toArray(String[]::new));
    add(text, "pyarrow", pyarrow());
    if (!pyarrowOptions().isEmpty()) {
      add(text, "", pyarrowOptions());
    }
    return text.toString();
  }

  private static void add(StringBuilder text, String client, String... lines) {
    for (int line = 0; line < lines.length; line++) {
      String heading = line == 0 ? client : "";
      String shown = "  " + heading + " ".repeat(Math.max(1, 14 - heading.length())) + lines[line];
      text.append(shown).append(System.lineSeparator());
    }
  }

  private boolean tls() {
    return settings.address().tls();
  }

  private static String contentInPython(Path file, String mode) {
    return "open(" + quoted(file.toString()) + mode + ").read()";
  }

  private static String quoted(String text) {
    return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
  }
}
