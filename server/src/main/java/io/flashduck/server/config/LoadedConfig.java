package io.flashduck.server.config;

import java.util.List;
import java.util.Map;

/**
 * A valid configuration and where it came from.
 *
 * <p>Threading: immutable.
 *
 * @param config the configuration
 * @param origins by dotted key, for every key that is not at its default: the option, variable or
 *     file and line that set it
 * @param warnings what was ignored, such as an unknown {@code FLASHDUCK_*} variable
 */
public record LoadedConfig(
    ServerConfig config, Map<String, String> origins, List<String> warnings) {
  public LoadedConfig {
    origins = Map.copyOf(origins);
    warnings = List.copyOf(warnings);
  }
}
