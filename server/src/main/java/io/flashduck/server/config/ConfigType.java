package io.flashduck.server.config;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * How the text of a setting becomes a value, and what the reference page says about it.
 *
 * <p>Threading: immutable.
 *
 * @param unit what the value is, in one or two words
 * @param range the accepted values, for a reader
 * @param parser text to value; an {@link IllegalArgumentException} says what was expected
 */
record ConfigType<T>(String unit, String range, Function<String, T> parser) {

  static ConfigType<String> text() {
    return new ConfigType<>("text", "any", String::strip);
  }

  static ConfigType<Path> path(String what) {
    return new ConfigType<>(what, "a path, relative to the working folder", ConfigType::parsePath);
  }

  static ConfigType<Integer> integer(String unit, int min, int max) {
    String range = min + " to " + max;
    return new ConfigType<>(unit, range, text -> parseInteger(text, min, max));
  }

  /** A port; {@code off} is {@link NetworkConfig#OFF}. */
  static ConfigType<Integer> portOrOff() {
    return new ConfigType<>(
        "port",
        "0 to 65535, or off",
        text ->
            text.strip().equalsIgnoreCase("off")
                ? Integer.valueOf(NetworkConfig.OFF)
                : parseInteger(text, NetworkConfig.OFF, 65535));
  }

  static ConfigType<Long> bytes(String min, String max) {
    long least = ByteSize.parse(min);
    long most = ByteSize.parse(max);
    return new ConfigType<>(
        "size",
        min + " to " + max,
        text -> {
          long bytes = ByteSize.parse(text);
          requireRange(bytes >= least && bytes <= most, min, max);
          return bytes;
        });
  }

  /** A size, or a percentage of the machine's (or container's) memory. */
  static ConfigType<Long> memory(String min, long machineBytes) {
    long least = ByteSize.parse(min);
    return new ConfigType<>(
        "size or percent",
        "1% to 95% of the machine's memory, or at least " + min,
        text -> {
          if (text.strip().endsWith("%")) {
            String digits = text.strip().substring(0, text.strip().length() - 1);
            return Math.max(least, machineBytes / 100 * parseInteger(digits, 1, 95));
          }
          long bytes = ByteSize.parse(text);
          requireRange(bytes >= least, min, "the machine's memory");
          return bytes;
        });
  }

  static ConfigType<Duration> duration(String min, String max) {
    Duration least = DurationText.parse(min);
    Duration most = DurationText.parse(max);
    return new ConfigType<>(
        "duration",
        min + " to " + max,
        text -> {
          Duration duration = DurationText.parse(text);
          requireRange(duration.compareTo(least) >= 0 && duration.compareTo(most) <= 0, min, max);
          return duration;
        });
  }

  static ConfigType<Boolean> flag() {
    return new ConfigType<>("switch", "on or off", ConfigType::parseFlag);
  }

  static <E extends Enum<E>> ConfigType<E> choice(Class<E> type) {
    String names =
        Arrays.stream(type.getEnumConstants())
            .map(constant -> constant.name().toLowerCase(Locale.ROOT))
            .collect(Collectors.joining(", "));
    return new ConfigType<>(
        "choice",
        names,
        text -> {
          try {
            return Enum.valueOf(type, text.strip().toUpperCase(Locale.ROOT));
          } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("expected one of " + names, e);
          }
        });
  }

  /** A text that is not blank. */
  static Function<String, String> nonBlank() {
    return text -> {
      if (text.isBlank()) {
        throw new IllegalArgumentException("expected a text");
      }
      return text;
    };
  }

  static boolean parseFlag(String text) {
    return switch (text.strip().toLowerCase(Locale.ROOT)) {
      case "on", "true", "yes" -> true;
      case "off", "false", "no" -> false;
      default -> throw new IllegalArgumentException("expected on or off");
    };
  }

  private static Path parsePath(String text) {
    if (text.isBlank()) {
      throw new IllegalArgumentException("expected a path");
    }
    try {
      return Path.of(text).toAbsolutePath().normalize();
    } catch (InvalidPathException e) {
      throw new IllegalArgumentException("expected a path: " + e.getReason(), e);
    }
  }

  private static int parseInteger(String text, int min, int max) {
    try {
      int value = Integer.parseInt(text.strip());
      requireRange(value >= min && value <= max, Integer.toString(min), Integer.toString(max));
      return value;
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("expected a whole number from " + min + " to " + max, e);
    }
  }

  private static void requireRange(boolean inside, String min, String max) {
    if (!inside) {
      throw new IllegalArgumentException("expected " + min + " to " + max);
    }
  }
}
