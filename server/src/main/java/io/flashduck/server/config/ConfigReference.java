package io.flashduck.server.config;

import java.util.Map;

/** Writes the reference page of all settings out of {@link ConfigKeys}. */
public final class ConfigReference {
  /** What is said instead of a default that follows from other settings. */
  private static final Map<ConfigKey<?>, String> FOLLOWING_DEFAULTS =
      Map.of(
          ConfigKeys.DATA_STATE, "`<data.dir>/.flashduck`",
          ConfigKeys.DATA_EXPORT, "`<data.state>/export`",
          ConfigKeys.DATA_DIR, "none, required");

  private static final String HEAD =
      """
      # Configuration

      <!-- Generated from ConfigKeys by ConfigReferenceTest; do not edit. -->

      Each setting can be given in three places; the first in this list that has it wins:

      1. an option of the command line, such as `--http-port 9090`;
      2. an environment variable, `FLASHDUCK_` and the option's name, such as `FLASHDUCK_HTTP_PORT=9090`;
      3. the YAML file named by `--config` or `FLASHDUCK_CONFIG`:

      ```yaml
      data:
        dir: /srv/tables
        scan-interval: 2s
      network:
        http-port: 9090
      ```

      An unknown name in the file or on the command line is an error, an unknown `FLASHDUCK_*` variable
      a warning in the log. All errors are reported at once and the server does not start with any.
      A `FLASHDUCK_PORT` such as `tcp://10.0.0.1:31337`, which Kubernetes sets beside a service named
      flashduck, is ignored with a warning.

      - Durations: `500ms`, `2s`, `1h30m`, `7d`, ISO 8601 such as `PT2S`, or `0`.
      - Sizes: `64MB` (1000 × 1000 bytes), `64MiB` (1024 × 1024 bytes); KB to TB and KiB to TiB.
      - Switches: `on` or `off` (also `true`, `false`, `yes`, `no`).
      - Relative paths start at the working folder of the process.

      Options of single tables are in [tables.yaml](tables-yaml.md).
      """;

  private ConfigReference() {}

  /** The whole page, in Markdown. */
  public static String markdown() {
    StringBuilder page = new StringBuilder(HEAD);
    String group = "";
    for (ConfigKey<?> key : ConfigKeys.all()) {
      String keyGroup = key.name().substring(0, key.name().indexOf('.'));
      if (!keyGroup.equals(group)) {
        group = keyGroup;
        page.append("\n## ").append(group).append('\n');
      }
      append(page, key);
    }
    return page.toString();
  }

  private static void append(StringBuilder page, ConfigKey<?> key) {
    page.append("\n### ").append(key.name()).append("\n\n");
    page.append(key.sentence()).append("\n\n");
    page.append("- Default: ").append(defaultText(key)).append('\n');
    page.append("- Value: ").append(key.unit()).append("; ").append(key.range()).append('\n');
    page.append("- Option: `").append(key.option()).append("`; variable: `");
    page.append(key.environment()).append("`\n");
  }

  private static String defaultText(ConfigKey<?> key) {
    return key.defaultText()
        .map(text -> "`" + text + "`")
        .orElseGet(() -> FOLLOWING_DEFAULTS.getOrDefault(key, "none"));
  }
}
