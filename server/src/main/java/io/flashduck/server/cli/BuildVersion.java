package io.flashduck.server.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;
import picocli.CommandLine.IVersionProvider;

/** The version that the build wrote into the jar. */
final class BuildVersion implements IVersionProvider {
  private static final String RESOURCE = "/io/flashduck/server/version.properties";

  @Override
  public String[] getVersion() {
    return new String[] {
      "FlashDuck " + number(), "Java " + Runtime.version() + " on " + System.getProperty("os.name")
    };
  }

  /** The version alone. */
  static String number() {
    Properties properties = new Properties();
    try (InputStream in = BuildVersion.class.getResourceAsStream(RESOURCE)) {
      if (in == null) {
        throw new IOException("the resource " + RESOURCE + " is missing from the jar");
      }
      properties.load(in);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return properties.getProperty("version");
  }
}
