package io.flashduck.server.config;

import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/**
 * Where settings come from; the command line goes before the environment, that before the file.
 *
 * <p>Threading: immutable.
 *
 * @param options text by option of the command line, for example {@code --port} to {@code 0}; a
 *     dotted key is accepted too
 * @param environment the variables of the process; only {@code FLASHDUCK_*} is looked at
 * @param yamlFile the file named by {@code --config}; else {@code FLASHDUCK_CONFIG} may name one
 */
public record ConfigSources(
    Map<String, String> options, Map<String, String> environment, Optional<Path> yamlFile) {
  /** The variable that names the YAML file. */
  public static final String YAML_VARIABLE = "FLASHDUCK_CONFIG";

  public ConfigSources {
    options = Map.copyOf(options);
    environment = Map.copyOf(environment);
  }

  /** Only these settings: no environment, no file. */
  public static ConfigSources ofSettings(Map<String, String> settings) {
    return new ConfigSources(settings, Map.of(), Optional.empty());
  }

  /** These options and the environment of this process. */
  public static ConfigSources ofProcess(Map<String, String> options, Optional<Path> yamlFile) {
    return new ConfigSources(options, System.getenv(), yamlFile);
  }
}
