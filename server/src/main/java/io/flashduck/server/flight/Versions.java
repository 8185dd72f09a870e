package io.flashduck.server.flight;

import java.io.IOException;
import java.io.InputStream;
import java.util.Properties;

/**
 * The versions that the server tells its clients.
 *
 * <p>Threading: stateless.
 */
final class Versions {
  private Versions() {}

  /** FlashDuck's own, from the build. */
  static String server() {
    return property("version");
  }

  /** Arrow's Java libraries, from the build. */
  static String arrow() {
    return property("arrow.version");
  }

  private static String property(String name) {
    try (InputStream in =
        Versions.class.getResourceAsStream("/io/flashduck/server/version.properties")) {
      Properties properties = new Properties();
      if (in != null) {
        properties.load(in);
      }
      return properties.getProperty(name, "unknown");
    } catch (IOException e) {
      return "unknown";
    }
  }
}
