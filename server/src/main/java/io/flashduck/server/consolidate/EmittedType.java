package io.flashduck.server.consolidate;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * The type with which a column is written, where DuckDB's Parquet writer would lose values or other
 * readers would not understand them.
 *
 * <p>HUGEINT becomes DECIMAL(38,0) (VARCHAR if a value does not fit, and inside other types),
 * because DuckDB writes it as DOUBLE; INTERVAL, TIME WITH TIME ZONE, BIT and BIGNUM become VARCHAR,
 * because their microseconds, signs or offsets are lost or nobody else reads them; VARIANT becomes
 * JSON; ENUM, fixed-size arrays and timestamps of seconds and milliseconds become what they are
 * read back as. Types inside other types are treated alike.
 *
 * <p>Threading: confined to its user.
 */
final class EmittedType {
  private static final Set<String> TEXTS =
      Set.of("INTERVAL", "TIME WITH TIME ZONE", "TIMETZ", "BIT", "BITSTRING", "BIGNUM", "VARINT");
  private static final Set<String> HUGE = Set.of("HUGEINT", "UHUGEINT", "INT128", "UINT128");
  private static final Set<String> TIMESTAMPS = Set.of("TIMESTAMP_S", "TIMESTAMP_MS");

  private final String text;
  private final String huge;
  private int at;
  private int depth;

  private EmittedType(String text, String huge) {
    this.text = text;
    this.huge = huge;
  }

  /**
   * The type to cast to; the same text if no cast is needed.
   *
   * @param type DuckDB's text of the type
   * @param wide whether a huge integer of the column does not fit DECIMAL(38,0)
   */
  static String of(String type, boolean wide) {
    EmittedType parser = new EmittedType(type, wide ? "VARCHAR" : "DECIMAL(38,0)");
    String emitted = parser.type();
    return parser.at == type.length() ? emitted : type;
  }

  /** Whether the type is of integers that may not fit DECIMAL(38,0). */
  static boolean mayBeWide(String type) {
    return HUGE.contains(type.toUpperCase(Locale.ROOT));
  }

  private String type() {
    String base = base();
    while (peek('[')) {
      at = after(']', at);
      base += "[]";
    }
    return base;
  }

  private String base() {
    int start = at;
    if (peek('"')) {
      name();
      return text.substring(start, at);
    }
    while (at < text.length() && "([,)".indexOf(text.charAt(at)) < 0) {
      at++;
    }
    String name = text.substring(start, at).strip().toUpperCase(Locale.ROOT);
    if (!peek('(')) {
      return leaf(name, text.substring(start, at));
    }
    return switch (name) {
      case "STRUCT", "UNION" -> name + "(" + String.join(", ", members(true)) + ")";
      case "MAP" -> name + "(" + String.join(", ", members(false)) + ")";
      case "ENUM" -> {
        skipArguments();
        yield "VARCHAR";
      }
      default -> {
        skipArguments();
        yield text.substring(start, at);
      }
    };
  }

  private String leaf(String name, String original) {
    if (HUGE.contains(name)) {
      return depth == 0 && !peek('[') ? huge : "VARCHAR";
    }
    if (TEXTS.contains(name)) {
      return "VARCHAR";
    }
    if (TIMESTAMPS.contains(name)) {
      return "TIMESTAMP";
    }
    return name.equals("VARIANT") ? "JSON" : original;
  }

  private List<String> members(boolean named) {
    List<String> members = new ArrayList<>();
    depth++;
    at++;
    while (!peek(')')) {
      String name = named ? name() + " " : "";
      skipBlanks();
      members.add(name + type());
      if (peek(',')) {
        at++;
        skipBlanks();
      }
      requireMore();
    }
    at++;
    depth--;
    return members;
  }

  private String name() {
    int start = at;
    if (!peek('"')) {
      at = after(' ', at) - 1;
      return text.substring(start, at);
    }
    do {
      at = after('"', at + 1);
    } while (peek('"'));
    return text.substring(start, at);
  }

  /** Skips a list of numbers or quoted texts. */
  private void skipArguments() {
    while (!peek(')')) {
      at = peek('\'') ? after('\'', at + 1) : at + 1;
      requireMore();
    }
    at++;
  }

  private int after(char wanted, int from) {
    int found = text.indexOf(wanted, from);
    if (found < 0) {
      throw new IllegalArgumentException("Not a DuckDB type: " + text);
    }
    return found + 1;
  }

  private void requireMore() {
    if (at >= text.length()) {
      throw new IllegalArgumentException("Not a DuckDB type: " + text);
    }
  }

  private void skipBlanks() {
    while (peek(' ')) {
      at++;
    }
  }

  private boolean peek(char expected) {
    return at < text.length() && text.charAt(at) == expected;
  }
}
