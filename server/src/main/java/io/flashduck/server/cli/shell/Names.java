package io.flashduck.server.cli.shell;

import java.util.ArrayList;
import java.util.List;

/**
 * Identifiers as people type and read them.
 *
 * <p>Threading: stateless.
 */
public final class Names {
  private static final String DEFAULT_SCHEMA = "main";

  private Names() {}

  /** {@code table} or {@code schema.table}, quoted where needed. */
  public static String shown(String schema, String name) {
    return schema.isEmpty() || schema.equals(DEFAULT_SCHEMA)
        ? quoted(name)
        : quoted(schema) + "." + quoted(name);
  }

  /** The identifier, in double quotes unless it is a plain one. */
  static String quoted(String name) {
    boolean plain = !name.isEmpty() && !Character.isDigit(name.charAt(0));
    for (int i = 0; plain && i < name.length(); i++) {
      char c = name.charAt(i);
      plain = c == '_' || (c < 128 && Character.isLetterOrDigit(c));
    }
    return plain ? name : '"' + name.replace("\"", "\"\"") + '"';
  }

  /** The parts of a dotted name without their quotes. */
  public static List<String> parts(String text) {
    List<String> parts = new ArrayList<>();
    StringBuilder part = new StringBuilder();
    boolean quoted = false;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '"') {
        if (quoted && i + 1 < text.length() && text.charAt(i + 1) == '"') {
          part.append(c);
          i++;
        } else {
          quoted = !quoted;
        }
      } else if (c == '.' && !quoted) {
        parts.add(part.toString());
        part.setLength(0);
      } else {
        part.append(c);
      }
    }
    parts.add(part.toString());
    return parts;
  }
}
