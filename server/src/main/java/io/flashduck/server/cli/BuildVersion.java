package io.flashduck.server.cli;

import java.io.IOException;
import java.io.InputStream;
import java.util.Properties;
import picocli.CommandLine.IVersionProvider;

/** The version that the build wrote into the jar. */
final class BuildVersion implements IVersionProvider {
  private static final String RESOURCE = "/io/flashduck/server/version.properties";

  @Override
  public String[] getVersion() throws IOException {
    Properties properties = new Properties();
    try (InputStream in = BuildVersion.class.getResourceAsStream(RESOURCE)) {
      if (in == null) {
        throw new IOException("the resource " + RESOURCE + " is missing from the jar");
      }
      properties.load(in);
    }
    return new String[] {
      "FlashDuck " + properties.getProperty("version"),
      "Java " + Runtime.version() + " on " + System.getProperty("os.name")
    };
  }
}
