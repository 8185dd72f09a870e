package io.flashduck.server.table.merge;

import io.flashduck.server.engine.sql.SqlIdentifiers;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Lists of quoted names.
 *
 * <p>Threading: stateless.
 */
public final class Names {
  private Names() {}

  /** Quoted and separated by commas, each with the alias in front if it is not empty. */
  public static String list(List<String> names, String alias) {
    String prefix = alias.isEmpty() ? "" : alias + ".";
    return names.stream()
        .map(name -> prefix + SqlIdentifiers.quote(name))
        .collect(Collectors.joining(", "));
  }

  /** Numbers separated by commas. */
  public static String numbers(List<Long> numbers) {
    return numbers.stream().map(String::valueOf).collect(Collectors.joining(", "));
  }
}
