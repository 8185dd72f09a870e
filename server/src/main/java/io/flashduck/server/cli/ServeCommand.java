package io.flashduck.server.cli;

import io.flashduck.server.config.ConfigKey;
import io.flashduck.server.config.ConfigKeys;
import io.flashduck.server.config.ConfigLoader;
import io.flashduck.server.config.ConfigSources;
import io.flashduck.server.config.LoadedConfig;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.ArgGroupSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * Serves a folder until it is told to stop. Its options are the settings of {@link ConfigKeys}.
 *
 * <p>Threading: the main thread.
 */
@Command(
    name = "serve",
    description = "Serve a folder of files over Arrow Flight SQL.",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    customSynopsis = "flashduck serve --data FOLDER [OPTION]...",
    footer = {
      "",
      "Every option is also a key of the YAML file and an environment variable: --http-port is",
      "network.http-port and FLASHDUCK_HTTP_PORT. Options win over variables, these over the file.",
      "Ctrl-C or SIGTERM stops the server; accepted writes are kept.",
      "",
      "Examples:",
      "  flashduck serve --data ~/tables",
      "  flashduck serve --data /srv/tables --host 0.0.0.0 --tls-cert cert.pem --tls-key key.pem \\",
      "                  --user ann --password-file ann.txt",
      "  flashduck serve --config flashduck.yaml"
    })
final class ServeCommand implements Callable<Integer> {
  private static final Map<String, String> HEADINGS =
      Map.of(
          "data", "Folders",
          "network", "Network",
          "access", "Users",
          "engine", "DuckDB",
          "queue", "Write queue",
          "export", "Parquet files",
          "query", "Queries and sessions");

  private final CliContext context;

  @Spec private CommandSpec spec;

  @Option(
      names = {"-c", "--config"},
      paramLabel = "FILE",
      description = "The YAML file with settings (FLASHDUCK_CONFIG).")
  private @Nullable Path configFile;

  @Option(
      names = "--log-level",
      paramLabel = "LEVEL",
      defaultValue = "INFO",
      description = "What goes to standard error: error, warn, info (the default) or debug.")
  private LogLevel logLevel;

  ServeCommand(CliContext context) {
    this.context = context;
  }

  /** The command with an option for each setting of the configuration. */
  static CommandLine commandLine(CliContext context) {
    CommandLine command = new CommandLine(new ServeCommand(context));
    addSettings(command.getCommandSpec());
    return command;
  }

  private static void addSettings(CommandSpec spec) {
    Map<String, ArgGroupSpec.Builder> groups = new LinkedHashMap<>();
    for (ConfigKey<?> key : ConfigKeys.all()) {
      String group = key.name().substring(0, key.name().indexOf('.'));
      groups.computeIfAbsent(group, ServeCommand::group).addArg(option(key));
    }
    groups.values().forEach(group -> spec.addArgGroup(group.build()));
  }

  private static ArgGroupSpec.Builder group(String name) {
    return ArgGroupSpec.builder()
        .exclusive(false)
        .validate(false)
        .heading("%n" + HEADINGS.getOrDefault(name, name) + ":%n");
  }

  private static OptionSpec option(ConfigKey<?> key) {
    String fallback = key.defaultText().map(text -> " Default: " + text + ".").orElse("");
    String sentence = key.sentence().replace("`", "") + fallback;
    return OptionSpec.builder(key.option())
        .type(String.class)
        .paramLabel(key.unit().replace(' ', '-').toUpperCase(Locale.ROOT))
        .description(sentence.replace("%", "%%"))
        .build();
  }

  @Override
  public Integer call() throws InterruptedException {
    logLevel.apply();
    LoadedConfig loaded = load();
    return Serving.run(context, loaded, server -> {});
  }

  private LoadedConfig load() {
    Map<String, String> options = new HashMap<>();
    for (ConfigKey<?> key : ConfigKeys.all()) {
      String value = spec.findOption(key.option()).getValue();
      if (value != null) {
        options.put(key.option(), value);
      }
    }
    return ServeFailures.asUsage(
        () ->
            ConfigLoader.load(
                new ConfigSources(
                    options, context.environment(), Optional.ofNullable(configFile))));
  }
}
