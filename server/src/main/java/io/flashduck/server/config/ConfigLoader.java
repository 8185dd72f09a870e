package io.flashduck.server.config;

import io.flashduck.server.error.FlashDuckException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Reads the settings from all sources, checks them together, and reports every error at once.
 *
 * <p>Threading: one use per call, no shared state.
 */
public final class ConfigLoader {
  /** Variables of that prefix that are not settings: the launcher's, the file's name, clients'. */
  private static final Set<String> OTHER_VARIABLES =
      Set.of(
          "FLASHDUCK_JAVA_OPTS",
          ConfigSources.YAML_VARIABLE,
          "FLASHDUCK_URL",
          "FLASHDUCK_PASSWORD",
          "FLASHDUCK_TOKEN",
          "FLASHDUCK_TOKEN_FILE",
          "FLASHDUCK_CA_FILE",
          "FLASHDUCK_CLIENT_TLS");

  /** What Kubernetes puts into {@code FLASHDUCK_PORT} next to a service named flashduck. */
  private static final Pattern SERVICE_LINK = Pattern.compile("(tcp|udp|sctp)://.*");

  private static final Map<String, ConfigKey<?>> BY_NAME = index(ConfigKey::name);
  private static final Map<String, ConfigKey<?>> BY_OPTION = index(ConfigKey::option);
  private static final Map<String, ConfigKey<?>> BY_VARIABLE = index(ConfigKey::environment);

  private final ConfigSources sources;
  private final Map<String, Setting> settings = new LinkedHashMap<>();
  private final List<String> errors = new ArrayList<>();
  private final List<String> warnings = new ArrayList<>();

  /** One text and the place that it came from. */
  private record Setting(String text, SettingValue.Source source, String origin) {}

  private ConfigLoader(ConfigSources sources) {
    this.sources = sources;
  }

  /**
   * The configuration of these sources.
   *
   * @throws FlashDuckException INVALID_REQUEST with every error that was found
   */
  public static LoadedConfig load(ConfigSources sources) {
    return new ConfigLoader(sources).load();
  }

  private LoadedConfig load() {
    yamlFile().ifPresent(this::readYaml);
    readEnvironment();
    readOptions();
    ConfigValues values = parseAll();
    ConfigRules.checkPaths(values, errors);
    if (!errors.isEmpty()) {
      // Slices of the readable settings, so that broken rules between them are reported as well.
      if (values.has(ConfigKeys.DATA_DIR)) {
        errors.addAll(
            ConfigRules.problems(
                values.dataConfig(), values.serviceConfig(), values.queueConfig()));
      }
      throw ServerConfig.invalid(errors);
    }
    Map<String, String> origins =
        settings.entrySet().stream()
            .collect(Collectors.toMap(Map.Entry::getKey, e -> e.getValue().origin()));
    return new LoadedConfig(values.serverConfig(settingValues(values)), origins, warnings);
  }

  private Optional<Path> yamlFile() {
    String named = sources.environment().getOrDefault(ConfigSources.YAML_VARIABLE, "");
    return sources
        .yamlFile()
        .or(() -> named.isBlank() ? Optional.empty() : Optional.of(Path.of(named)));
  }

  private void readYaml(Path file) {
    try {
      flatten(file, "", YamlNode.read(file));
    } catch (YamlSyntaxException e) {
      errors.add(e.problem());
    }
  }

  private void flatten(Path file, String prefix, YamlNode.Mapping group) {
    for (Map.Entry<String, YamlNode> entry : group.values().entrySet()) {
      String name = prefix + entry.getKey();
      String origin = file + ":" + group.lineOf(entry.getKey());
      if (BY_NAME.containsKey(name)) {
        addScalar(name, origin, entry.getValue());
      } else if (entry.getValue() instanceof YamlNode.Mapping inner && isGroup(name)) {
        flatten(file, name + ".", inner);
      } else {
        errors.add(origin + ": '" + name + "' is not a setting" + nearest(name, BY_NAME.keySet()));
      }
    }
  }

  private static boolean isGroup(String name) {
    return BY_NAME.keySet().stream().anyMatch(key -> key.startsWith(name + "."));
  }

  private void addScalar(String name, String origin, YamlNode node) {
    if (!(node instanceof YamlNode.Scalar scalar)) {
      errors.add(origin + ": '" + name + "' takes a single value, found " + node.kind());
    } else if (!scalar.present()) {
      errors.add(origin + ": '" + name + "' has no value; give one or remove the line");
    } else if (settings.put(name, new Setting(scalar.text(), SettingValue.Source.FILE, origin))
        != null) {
      errors.add(origin + ": '" + name + "' is given twice; keep one");
    }
  }

  private void readEnvironment() {
    for (Map.Entry<String, String> entry : new TreeMap<>(sources.environment()).entrySet()) {
      String variable = entry.getKey();
      ConfigKey<?> key = BY_VARIABLE.get(variable);
      if (key != null && SERVICE_LINK.matcher(entry.getValue()).matches()) {
        warnings.add(
            variable + "=" + entry.getValue() + " comes from a Kubernetes service; ignored");
      } else if (key != null) {
        settings.put(key.name(), new Setting(entry.getValue(), SettingValue.Source.ENV, variable));
      } else if (variable.startsWith("FLASHDUCK_") && !OTHER_VARIABLES.contains(variable)) {
        warnings.add(
            variable + " is not a setting; ignored" + nearest(variable, BY_VARIABLE.keySet()));
      }
    }
  }

  private void readOptions() {
    for (Map.Entry<String, String> entry : new TreeMap<>(sources.options()).entrySet()) {
      String given = entry.getKey();
      ConfigKey<?> key = BY_OPTION.containsKey(given) ? BY_OPTION.get(given) : BY_NAME.get(given);
      if (key == null) {
        Collection<String> known = given.startsWith("-") ? BY_OPTION.keySet() : BY_NAME.keySet();
        errors.add("'" + given + "' is not a setting" + nearest(given, known));
      } else {
        settings.put(key.name(), new Setting(entry.getValue(), SettingValue.Source.OPTION, given));
      }
    }
  }

  private ConfigValues parseAll() {
    ConfigValues values = new ConfigValues();
    for (ConfigKey<?> key : ConfigKeys.all()) {
      parse(key, values);
    }
    return values;
  }

  private <T> void parse(ConfigKey<T> key, ConfigValues values) {
    Setting setting = settings.get(key.name());
    if (setting == null) {
      key.defaultValue().ifPresent(value -> values.put(key, value));
      return;
    }
    try {
      values.put(key, key.parse(setting.text()));
    } catch (IllegalArgumentException e) {
      errors.add(
          setting.origin() + ": '" + setting.text() + "' for " + key + ": " + e.getMessage());
      key.defaultValue().ifPresent(value -> values.put(key, value));
    }
  }

  private List<SettingValue> settingValues(ConfigValues values) {
    List<SettingValue> all = new ArrayList<>();
    for (ConfigKey<?> key : ConfigKeys.all()) {
      Setting given = settings.get(key.name());
      all.add(
          given == null
              ? new SettingValue(
                  key,
                  key.defaultText().or(() -> values.derived(key)),
                  SettingValue.Source.DEFAULT,
                  Optional.empty())
              : new SettingValue(
                  key, Optional.of(given.text()), given.source(), Optional.of(given.origin())));
    }
    return all;
  }

  private static String nearest(String wrong, Collection<String> known) {
    return NearestName.hint(wrong, known);
  }

  private static Map<String, ConfigKey<?>> index(Function<ConfigKey<?>, String> name) {
    Map<String, ConfigKey<?>> index = new LinkedHashMap<>();
    for (ConfigKey<?> key : ConfigKeys.all()) {
      index.put(name.apply(key), key);
    }
    return index;
  }
}
