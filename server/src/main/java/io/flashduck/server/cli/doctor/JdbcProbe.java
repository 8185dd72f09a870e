package io.flashduck.server.cli.doctor;

import io.flashduck.server.cli.remote.Credentials;
import io.flashduck.server.cli.remote.RemoteSettings;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.Driver;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;

/**
 * Connects with Arrow's JDBC driver, loaded from its jar as a tool loads it.
 *
 * <p>Threading: the caller's; blocks.
 */
final class JdbcProbe {
  private static final String SUBJECT = "JDBC";
  private static final String DRIVER = "org.apache.arrow.driver.jdbc.ArrowFlightJdbcDriver";

  private final Optional<Path> chosen;
  private final Map<String, String> environment;

  /**
   * @param chosen the driver's jar; if empty it is looked for
   */
  JdbcProbe(Optional<Path> chosen, Map<String, String> environment) {
    this.chosen = chosen;
    this.environment = environment;
  }

  /**
   * Tries one URL.
   *
   * @param url as a tool would have it
   * @param settings who logs in, unless the URL says
   */
  List<Finding> of(String url, RemoteSettings settings) {
    List<JdbcDriverJar> jars =
        chosen
            .map(jar -> List.of(JdbcDriverJar.of(jar)))
            .orElseGet(() -> JdbcDriverJar.downloaded(environment));
    if (jars.isEmpty()) {
      return List.of(
          Finding.skipped(
              SUBJECT,
              "not tried, because the driver is not on this machine",
              "Download org.apache.arrow:flight-sql-jdbc-driver:"
                  + ClientCode.JDBC_VERSION
                  + " and name the jar with --jdbc-driver."));
    }
    List<Finding> findings = new ArrayList<>();
    findings.add(connect(jars.get(0), url, settings));
    jars.stream()
        .filter(JdbcDriverJar::tooNewForDBeaver)
        .findFirst()
        .ifPresent(jar -> findings.add(tooNew(jar)));
    return findings;
  }

  private static Finding tooNew(JdbcDriverJar jar) {
    return Finding.note(
        SUBJECT,
        "There is a driver " + jar.version() + " here: " + jar.path() + ".",
        "DBeaver 26.1.3 and newer cannot load it; choose " + ClientCode.JDBC_VERSION + " there.");
  }

  private static Finding connect(JdbcDriverJar jar, String url, RemoteSettings settings) {
    if (!Files.isReadable(jar.path())) {
      return Finding.failed(SUBJECT, "The driver " + jar.path() + " cannot be read.");
    }
    Properties login = new Properties();
    if (settings.credentials() instanceof Credentials.Password password) {
      login.setProperty("user", password.user());
      login.setProperty("password", password.password());
    } else if (settings.credentials() instanceof Credentials.Token token) {
      login.setProperty("token", token.token());
    }
    try {
      ClassLoader loader = loader(jar.path());
      Object driver = loader.loadClass(DRIVER).getDeclaredConstructor().newInstance();
      return query((Driver) driver, url, login, jar);
    } catch (ReflectiveOperationException | MalformedURLException | LinkageError e) {
      return Finding.failed(
          SUBJECT,
          "The driver " + jar.path() + " cannot be loaded: " + e,
          "Is it flight-sql-jdbc-driver, not flight-sql-jdbc-core? The latter needs other jars.");
    }
  }

  /** Never closed: the driver's threads load classes until after its connection is closed. */
  private static ClassLoader loader(Path jar) throws MalformedURLException {
    URL[] urls = {jar.toUri().toURL()};
    return new URLClassLoader(urls, ClassLoader.getPlatformClassLoader());
  }

  private static Finding query(Driver driver, String url, Properties login, JdbcDriverJar jar) {
    try (Connection connection = driver.connect(url, login)) {
      if (connection == null) {
        return Finding.failed(SUBJECT, "The driver does not take the URL " + url + ".");
      }
      try (Statement statement = connection.createStatement();
          ResultSet rows = statement.executeQuery("SELECT 1")) {
        if (!rows.next()) {
          return Finding.failed(SUBJECT, "SELECT 1 has no row.");
        }
      }
      DatabaseMetaData metadata = connection.getMetaData();
      return Finding.ok(
          SUBJECT,
          "driver "
              + jar.version()
              + " ("
              + jar.path()
              + ") reads from "
              + metadata.getDatabaseProductName()
              + " "
              + metadata.getDatabaseProductVersion());
    } catch (SQLException | RuntimeException | LinkageError e) {
      return Finding.failed(
          SUBJECT,
          "Driver " + jar.version() + " (" + jar.path() + ") fails: " + deepest(e),
          "Flight SQL itself is judged above; if that is fine, it is the driver or its URL.");
    }
  }

  /** The driver wraps what happened in up to four layers, of which the last says most. */
  private static String deepest(Throwable failure) {
    Throwable at = failure;
    while (at.getCause() != null) {
      at = at.getCause();
    }
    return String.valueOf(at.getMessage() == null ? at : at.getMessage());
  }
}
