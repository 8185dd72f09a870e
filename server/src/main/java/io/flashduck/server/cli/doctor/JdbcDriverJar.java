package io.flashduck.server.cli.doctor;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A jar of Arrow's JDBC driver on this machine.
 *
 * <p>Threading: immutable.
 *
 * @param path the jar
 * @param version as its name says, or {@code ?}
 */
record JdbcDriverJar(Path path, String version) {
  private static final Pattern NAME = Pattern.compile("flight-sql-jdbc-driver-(\\d[^-]*)\\.jar");
  private static final int DEPTH = 6;

  static JdbcDriverJar of(Path path) {
    Matcher matcher = NAME.matcher(String.valueOf(path.getFileName()));
    return new JdbcDriverJar(path, matcher.matches() ? matcher.group(1) : "?");
  }

  /**
   * Those that Maven and DBeaver have downloaded, the recommended version first.
   *
   * @param environment names the home folder
   */
  static List<JdbcDriverJar> downloaded(Map<String, String> environment) {
    String home = environment.getOrDefault("HOME", System.getProperty("user.home", "."));
    List<Path> folders = new ArrayList<>();
    folders.add(Path.of(home, ".m2/repository/org/apache/arrow/flight-sql-jdbc-driver"));
    folders.add(Path.of(home, ".local/share/DBeaverData/drivers"));
    folders.add(Path.of(home, "Library/DBeaverData/drivers"));
    String appData = environment.get("APPDATA");
    if (appData != null) {
      folders.add(Path.of(appData, "DBeaverData/drivers"));
    }
    List<JdbcDriverJar> found = new ArrayList<>();
    folders.forEach(folder -> found.addAll(below(folder)));
    Comparator<JdbcDriverJar> recommendedLast =
        Comparator.comparing(jar -> jar.version().equals(ClientCode.JDBC_VERSION));
    found.sort(recommendedLast.thenComparing(JdbcDriverJar::version).reversed());
    return found;
  }

  private static List<JdbcDriverJar> below(Path folder) {
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try (Stream<Path> files = Files.walk(folder, DEPTH)) {
      return files
          .filter(file -> NAME.matcher(String.valueOf(file.getFileName())).matches())
          .map(JdbcDriverJar::of)
          .toList();
    } catch (IOException unreadable) {
      return List.of();
    }
  }

  /** Whether DBeaver 26.1.3 and newer cannot load it (dbeaver#41638). */
  boolean tooNewForDBeaver() {
    return version.startsWith("19.");
  }
}
