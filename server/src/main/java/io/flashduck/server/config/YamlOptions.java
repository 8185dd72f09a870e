package io.flashduck.server.config;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/**
 * Takes the options out of one group of a YAML file by name and type. What is wrong goes to a list
 * of messages, each with file and line; {@link #finish} reports names that nobody asked for.
 *
 * <p>Threading: confined to one parse.
 */
final class YamlOptions {
  private final String label;
  private final String prefix;
  private final YamlNode.Mapping group;
  private final List<String> errors;
  private final Set<String> asked = new LinkedHashSet<>();

  /**
   * @param label the file's name for messages
   * @param prefix the group's name with a dot behind, or nothing at the top
   */
  YamlOptions(String label, String prefix, YamlNode.Mapping group, List<String> errors) {
    this.label = label;
    this.prefix = prefix;
    this.group = group;
    this.errors = errors;
  }

  static YamlNode.Mapping noOptions(int line) {
    return new YamlNode.Mapping(line, Map.of(), Map.of());
  }

  /** Reports every name that no method asked for. */
  void finish() {
    for (String name : group.values().keySet()) {
      if (!asked.contains(name)) {
        error(name, "is not an option" + NearestName.hint(name, asked));
      }
    }
  }

  /** A value made of the text; an {@link IllegalArgumentException} says what was expected. */
  <T> Optional<T> value(String name, Function<String, T> parser) {
    Optional<YamlNode> node = node(name);
    if (node.isEmpty()) {
      return Optional.empty();
    }
    if (!(node.get() instanceof YamlNode.Scalar scalar) || !scalar.present()) {
      error(name, "takes a single value, found " + node.get().kind());
      return Optional.empty();
    }
    try {
      return Optional.of(parser.apply(scalar.text()));
    } catch (IllegalArgumentException e) {
      error(name, "is '" + scalar.text() + "': " + e.getMessage());
      return Optional.empty();
    }
  }

  /** A text that may be empty but must be there. */
  Optional<String> text(String name) {
    return value(name, text -> text);
  }

  boolean flag(String name, boolean fallback) {
    return value(name, ConfigType::parseFlag).orElse(fallback);
  }

  /** A list of values, or one value alone. */
  <T> List<T> list(String name, Function<String, T> parser) {
    Optional<YamlNode> node = node(name);
    if (node.isEmpty()) {
      return List.of();
    }
    List<YamlNode> items =
        node.get() instanceof YamlNode.Sequence sequence ? sequence.items() : List.of(node.get());
    List<T> values = new ArrayList<>();
    for (YamlNode item : items) {
      if (item instanceof YamlNode.Scalar scalar && scalar.present()) {
        try {
          values.add(parser.apply(scalar.text()));
        } catch (IllegalArgumentException e) {
          errorAt(item.line(), name, "has '" + scalar.text() + "': " + e.getMessage());
        }
      } else {
        errorAt(item.line(), name, "takes a list of values, found " + itemKind(item));
      }
    }
    return values;
  }

  private static String itemKind(YamlNode item) {
    return item instanceof YamlNode.Scalar
        ? "nothing; put null or ~ in quotes if that text is meant"
        : item.kind();
  }

  /** Names and texts, in order. */
  Map<String, String> texts(String name) {
    Map<String, String> texts = new LinkedHashMap<>();
    YamlOptions inner = group(name);
    for (String key : inner.group.values().keySet()) {
      inner.value(key, ConfigType.nonBlank()).ifPresent(text -> texts.put(key, text));
    }
    return texts;
  }

  /** The options inside of that group; none if it is absent or no group. */
  YamlOptions group(String name) {
    Optional<YamlNode> node = node(name);
    YamlNode.Mapping inner = noOptions(group.lineOf(name));
    if (node.isPresent()) {
      if (node.get() instanceof YamlNode.Mapping mapping) {
        inner = mapping;
      } else if (!(node.get() instanceof YamlNode.Scalar scalar) || scalar.present()) {
        error(name, "takes names with values, found " + node.get().kind());
      }
    }
    return new YamlOptions(label, prefix + name + ".", inner, errors);
  }

  Set<String> names() {
    return group.values().keySet();
  }

  void error(String name, String what) {
    errorAt(group.lineOf(name), name, what);
  }

  private void errorAt(int line, String name, String what) {
    errors.add(label + ":" + line + ": " + prefix + name + " " + what);
  }

  private Optional<YamlNode> node(String name) {
    asked.add(name);
    return Optional.ofNullable(group.values().get(name));
  }
}
