package io.flashduck.server.config;

import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One setting: its names, type, default and meaning. Parsing, the environment's names, the options
 * of the command line and the reference page all come from here.
 *
 * <p>Threading: immutable.
 *
 * @param <T> the type of the value
 */
public final class ConfigKey<T> {
  private static final String ENVIRONMENT_PREFIX = "FLASHDUCK_";

  private final String name;
  private final String option;
  private final ConfigType<T> type;
  private final @Nullable String defaultText;
  private final String sentence;

  ConfigKey(
      String name,
      String option,
      ConfigType<T> type,
      @Nullable String defaultText,
      String sentence) {
    this.name = name;
    this.option = option;
    this.type = type;
    this.defaultText = defaultText;
    this.sentence = sentence;
  }

  /** The dotted name in {@code flashduck.yaml}, for example {@code network.http-port}. */
  public String name() {
    return name;
  }

  /** The option of the command line, for example {@code --http-port}. */
  public String option() {
    return "--" + option;
  }

  /** The environment variable, for example {@code FLASHDUCK_HTTP_PORT}. */
  public String environment() {
    return ENVIRONMENT_PREFIX + option.toUpperCase(Locale.ROOT).replace('-', '_');
  }

  /** What the value is, in a word or two: {@code port}, {@code duration}. */
  public String unit() {
    return type.unit();
  }

  /** The accepted values, for a reader. */
  public String range() {
    return type.range();
  }

  /** The default as text; empty if there is none or it follows from other settings. */
  public Optional<String> defaultText() {
    return Optional.ofNullable(defaultText);
  }

  /** One sentence: what the setting does. */
  public String sentence() {
    return sentence;
  }

  /**
   * The value of a text.
   *
   * @throws IllegalArgumentException saying what was expected
   */
  T parse(String text) {
    return type.parser().apply(text);
  }

  Optional<T> defaultValue() {
    return defaultText().map(this::parse);
  }

  @Override
  public String toString() {
    return name;
  }
}
