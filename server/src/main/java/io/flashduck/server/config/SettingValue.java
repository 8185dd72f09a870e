package io.flashduck.server.config;

import java.util.Locale;
import java.util.Optional;

/**
 * One setting as this server runs with it.
 *
 * <p>Threading: immutable.
 *
 * @param key the setting
 * @param value its text; empty if it has none
 * @param source what kind of place gave it
 * @param origin the option, variable, or file and line; empty for a default
 */
public record SettingValue(
    ConfigKey<?> key, Optional<String> value, Source source, Optional<String> origin) {
  /** Where a value may come from, the stronger ones later. */
  public enum Source {
    DEFAULT,
    FILE,
    ENV,
    OPTION;

    /** As shown. */
    public String text() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** The value for readers: a password inside of an address is hidden. */
  public Optional<String> shown() {
    return value.map(text -> text.replaceAll("://[^/@\\s]*@", "://***@"));
  }
}
