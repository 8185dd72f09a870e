package io.flashduck.server.engine.sql;

import java.util.Locale;

/**
 * One token of SQL text.
 *
 * <p>Threading: immutable.
 *
 * @param kind what it is
 * @param text its text exactly as written
 * @param start offset of its first character
 * @param end offset behind its last character
 */
public record SqlToken(Kind kind, String text, int start, int end) {
  /** The classes of tokens that matter for finding clauses. */
  public enum Kind {
    /** An unquoted name or keyword. */
    WORD,
    /** A name in double quotes or backticks. */
    QUOTED_NAME,
    /** A string: {@code '…'}, {@code E'…'}, {@code $tag$…$tag$}. */
    STRING,
    /** A number. */
    NUMBER,
    /** {@code ?}, {@code ?1}, {@code $1} or {@code $name}. */
    PARAMETER,
    /** An opening parenthesis, bracket or brace. */
    OPEN,
    /** A closing parenthesis, bracket or brace. */
    CLOSE,
    /** {@code ,}. */
    COMMA,
    /** {@code .}. */
    DOT,
    /** {@code ;}. */
    SEMICOLON,
    /** Any other operator, the longest that the lexer knows. */
    OPERATOR
  }

  /** Whether this is the unquoted keyword, in any case. */
  public boolean isWord(String keyword) {
    return kind == Kind.WORD && text.equalsIgnoreCase(keyword);
  }

  /** Whether this is exactly that punctuation or operator. */
  public boolean isSymbol(String symbol) {
    return kind != Kind.WORD
        && kind != Kind.QUOTED_NAME
        && kind != Kind.STRING
        && text.equals(symbol);
  }

  /** Whether this can be (part of) a name. */
  public boolean isName() {
    return kind == Kind.WORD || kind == Kind.QUOTED_NAME;
  }

  /** The name that this token stands for: without quotes, doubled quotes undone. */
  public String name() {
    if (kind != Kind.QUOTED_NAME) {
      return text;
    }
    String quote = text.substring(0, 1);
    return text.substring(1, text.length() - 1).replace(quote + quote, quote);
  }

  /** The text in upper case, to switch over keywords. */
  public String keyword() {
    return kind == Kind.WORD ? text.toUpperCase(Locale.ROOT) : "";
  }
}
