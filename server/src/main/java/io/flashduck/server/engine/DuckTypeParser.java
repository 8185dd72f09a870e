package io.flashduck.server.engine;

import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Reads DuckDB's text of a type by recursive descent.
 *
 * <p>Threading: confined to one call.
 */
final class DuckTypeParser {
  private final String text;
  private int at;

  DuckTypeParser(String text) {
    this.text = text;
  }

  DuckType parse() {
    DuckType type = type();
    skipSpaces();
    if (at != text.length()) {
      throw unreadable();
    }
    return type;
  }

  private DuckType type() {
    DuckType type = base();
    while (peekIs('[')) {
      at++;
      if (peekIs(']')) {
        type = new DuckType.Listing(type);
      } else {
        type = new DuckType.FixedArray(type, number());
      }
      expect(']');
    }
    return type;
  }

  private DuckType base() {
    String name = words();
    if (!peekIs('(')) {
      return switch (name) {
        case "ENUM" -> new DuckType.Enumeration("");
        case "STRUCT" -> new DuckType.Struct(List.of());
        default -> new DuckType.Scalar(name);
      };
    }
    return switch (name) {
      case "DECIMAL", "NUMERIC" -> decimal();
      case "ENUM" -> {
        int from = at;
        skipParentheses();
        yield new DuckType.Enumeration(text.substring(from, at));
      }
      case "STRUCT", "TUPLE" -> new DuckType.Struct(members());
      case "UNION" -> new DuckType.Union(members());
      case "MAP" -> map();
      default -> {
        int from = at;
        skipParentheses();
        yield new DuckType.Scalar(name + text.substring(from, at));
      }
    };
  }

  private DuckType decimal() {
    expect('(');
    int precision = number();
    expect(',');
    int scale = number();
    expect(')');
    return new DuckType.Decimal(precision, scale);
  }

  private DuckType map() {
    expect('(');
    DuckType key = type();
    expect(',');
    DuckType value = type();
    expect(')');
    return new DuckType.Mapping(key, value);
  }

  private List<DuckType.Member> members() {
    List<DuckType.Member> members = new ArrayList<>();
    expect('(');
    while (!peekIs(')')) {
      members.add(member());
      if (!peekIs(',')) {
        break;
      }
      at++;
    }
    expect(')');
    return members;
  }

  /**
   * {@code name type}, or only {@code type} in an unnamed struct: then nothing but a suffix follows
   * the first word.
   */
  private DuckType.Member member() {
    skipSpaces();
    int start = at;
    String name = peekIs('"') ? quoted() : word();
    skipSpaces();
    boolean unnamed = at >= text.length() || ",)([".indexOf(text.charAt(at)) >= 0;
    if (unnamed) {
      at = start;
      return new DuckType.Member("", type());
    }
    return new DuckType.Member(name, type());
  }

  /**
   * A type's name: one quoted identifier, or words as in {@code TIME WITH TIME ZONE}, in upper
   * case.
   */
  private String words() {
    skipSpaces();
    if (peekIs('"')) {
      int from = at;
      quoted();
      return text.substring(from, at);
    }
    StringBuilder name = new StringBuilder(word());
    skipSpaces();
    while (at < text.length() && isWordCharacter(text.charAt(at))) {
      name.append(' ').append(word());
      skipSpaces();
    }
    return name.toString().toUpperCase(Locale.ROOT);
  }

  private String word() {
    skipSpaces();
    int from = at;
    while (at < text.length() && isWordCharacter(text.charAt(at))) {
      at++;
    }
    if (from == at) {
      throw unreadable();
    }
    return text.substring(from, at);
  }

  private String quoted() {
    expect('"');
    StringBuilder name = new StringBuilder();
    while (at < text.length()) {
      char c = text.charAt(at++);
      if (c != '"') {
        name.append(c);
      } else if (at < text.length() && text.charAt(at) == '"') {
        name.append('"');
        at++;
      } else {
        return name.toString();
      }
    }
    throw unreadable();
  }

  private int number() {
    skipSpaces();
    int from = at;
    while (at < text.length() && Character.isDigit(text.charAt(at))) {
      at++;
    }
    if (from == at) {
      throw unreadable();
    }
    return Integer.parseInt(text.substring(from, at));
  }

  private void skipParentheses() {
    int depth = 0;
    while (at < text.length()) {
      char c = text.charAt(at);
      if (c == '\'' || c == '"') {
        skipQuoted(c);
        continue;
      }
      at++;
      if (c == '(') {
        depth++;
      } else if (c == ')' && --depth == 0) {
        return;
      }
    }
    throw unreadable();
  }

  private void skipQuoted(char quote) {
    at++;
    while (at < text.length() && text.charAt(at) != quote) {
      at++;
    }
    at++;
  }

  private boolean peekIs(char c) {
    skipSpaces();
    return at < text.length() && text.charAt(at) == c;
  }

  private void expect(char c) {
    if (!peekIs(c)) {
      throw unreadable();
    }
    at++;
  }

  private void skipSpaces() {
    while (at < text.length() && text.charAt(at) == ' ') {
      at++;
    }
  }

  private static boolean isWordCharacter(char c) {
    return Character.isLetterOrDigit(c) || c == '_' || c == '$' || c > 127;
  }

  private FlashDuckException unreadable() {
    return new FlashDuckException(
        ErrorCode.INTERNAL, "Cannot read DuckDB's type '" + text + "' at position " + at);
  }
}
