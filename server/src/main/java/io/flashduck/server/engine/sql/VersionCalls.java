package io.flashduck.server.engine.sql;

import io.flashduck.server.engine.sql.SqlToken.Kind;
import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The places of a query that read an earlier version of a table, {@code flashduck.at('orders',
 * 17)}, or its changes, {@code flashduck.changes('orders', since => 17)}.
 *
 * <p>They are found among the tokens, never inside of strings and comments. The table's name is a
 * name as SQL writes it, with quotes where it needs them.
 *
 * <p>Threading: immutable.
 *
 * @param sql the query
 * @param calls in the order of the text
 */
public record VersionCalls(String sql, List<Call> calls) {
  private static final String SCHEMA = "flashduck";
  private static final String CATALOG = "flashduck_db";

  /** Behind these stands a query or the name of a table, but no function. */
  private static final Set<String> SHOWING = Set.of("DESCRIBE", "DESC", "SHOW", "SUMMARIZE");

  /**
   * DuckDB's keywords that are no alias.
   *
   * <p>Source: {@code duckdb_keywords()} of DuckDB 2.0, categories reserved and type_function.
   */
  private static final Set<String> CLAUSES =
      Set.of(
          "ANTI",
          "ASOF",
          "AT",
          "CROSS",
          "EXCEPT",
          "FETCH",
          "FOR",
          "FROM",
          "FULL",
          "GROUP",
          "HAVING",
          "INNER",
          "INTERSECT",
          "INTO",
          "JOIN",
          "LATERAL",
          "LEFT",
          "LIMIT",
          "NATURAL",
          "OFFSET",
          "ON",
          "ORDER",
          "OUTER",
          "PIVOT",
          "PIVOT_LONGER",
          "PIVOT_WIDER",
          "POSITIONAL",
          "QUALIFY",
          "RETURNING",
          "RIGHT",
          "SELECT",
          "SEMI",
          "TABLESAMPLE",
          "UNION",
          "UNPIVOT",
          "USING",
          "WHERE",
          "WINDOW",
          "WITH");

  public VersionCalls {
    calls = List.copyOf(calls);
  }

  /** What is read. */
  public enum Function {
    /** The table as it was after a write. */
    AT("flashduck.at('orders', 17)"),
    /** What writes have changed in it, all that is known or after a write. */
    CHANGES("flashduck.changes('orders', since => 17)");

    private final String example;

    Function(String example) {
      this.example = example;
    }

    /** How it is called. */
    public String example() {
      return example;
    }

    /** Its name in schema flashduck. */
    public String sqlName() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /**
   * One place.
   *
   * @param function what is read
   * @param table the table's name as written
   * @param sequence the last write that the version holds, or behind which changes are wanted; -1
   *     for all changes
   * @param start offset of its first character
   * @param end offset behind its last character
   * @param shown whether it stands behind DESCRIBE or the like
   * @param named whether an alias follows
   */
  public record Call(
      Function function,
      QualifiedName table,
      long sequence,
      int start,
      int end,
      boolean shown,
      boolean named) {}

  /** Whether the text names the schema at all, which costs less than its tokens. */
  public static boolean possibleIn(String sql) {
    for (int i = 0; i + SCHEMA.length() < sql.length(); i++) {
      if (sql.regionMatches(true, i, SCHEMA, 0, SCHEMA.length())) {
        return true;
      }
    }
    return false;
  }

  /**
   * Finds them.
   *
   * @throws FlashDuckException INVALID_REQUEST if one has other arguments than a string and a
   *     number
   */
  public static VersionCalls in(String sql) {
    List<SqlToken> tokens = SqlLexer.tokens(sql);
    List<Call> calls = new ArrayList<>();
    for (int i = 0; i + 3 < tokens.size(); i++) {
      if (isCall(tokens, i)) {
        calls.add(call(sql, tokens, i));
      }
    }
    return new VersionCalls(sql, calls);
  }

  private static boolean isCall(List<SqlToken> tokens, int at) {
    boolean qualified = at > 0 && tokens.get(at - 1).kind() == Kind.DOT;
    return isName(tokens.get(at), SCHEMA)
        && tokens.get(at + 1).kind() == Kind.DOT
        && function(tokens.get(at + 2)) != null
        && tokens.get(at + 3).isSymbol("(")
        && (!qualified || inCatalog(tokens, at));
  }

  private static boolean inCatalog(List<SqlToken> tokens, int at) {
    return at > 1
        && isName(tokens.get(at - 2), CATALOG)
        && (at == 2 || tokens.get(at - 3).kind() != Kind.DOT);
  }

  private static boolean isName(SqlToken token, String name) {
    return token.isName() && token.name().equalsIgnoreCase(name);
  }

  private static @Nullable Function function(SqlToken token) {
    for (Function function : Function.values()) {
      if (isName(token, function.sqlName())) {
        return function;
      }
    }
    return null;
  }

  private static Call call(String sql, List<SqlToken> tokens, int at) {
    Function function = Objects.requireNonNull(function(tokens.get(at + 2)));
    int first = inCatalog(tokens, at) ? at - 2 : at;
    int number = function == Function.CHANGES ? numberOfChanges(tokens, at + 5) : at + 6;
    boolean all = function == Function.CHANGES && isAt(tokens, at + 5, ")");
    int close = all ? at + 5 : number + 1;
    boolean written =
        close < tokens.size()
            && isText(tokens.get(at + 4))
            && (all || tokens.get(at + 5).kind() == Kind.COMMA)
            && (all || tokens.get(number).text().matches("[0-9]{1,18}"))
            && tokens.get(close).isSymbol(")");
    if (!written) {
      throw malformed(function, sql, tokens, at);
    }
    SqlToken before = first > 0 ? tokens.get(first - 1) : tokens.get(first);
    return new Call(
        function,
        tableName(tokens.get(at + 4)),
        all ? -1 : Long.parseLong(tokens.get(number).text()),
        tokens.get(first).start(),
        tokens.get(close).end(),
        SHOWING.contains(before.keyword()),
        isNamed(tokens, close + 1));
  }

  /** Behind the comma, with or without {@code since =>} or {@code since :=}. */
  private static int numberOfChanges(List<SqlToken> tokens, int comma) {
    boolean named = comma + 1 < tokens.size() && isName(tokens.get(comma + 1), "since");
    int at = comma + 1;
    if (named) {
      at++;
      while (at < tokens.size() && tokens.get(at).text().matches("[=>:]+")) {
        at++;
      }
    }
    return at;
  }

  private static boolean isAt(List<SqlToken> tokens, int at, String symbol) {
    return at < tokens.size() && tokens.get(at).isSymbol(symbol);
  }

  private static boolean isText(SqlToken token) {
    return token.kind() == Kind.STRING && token.text().startsWith("'");
  }

  private static boolean isNamed(List<SqlToken> tokens, int next) {
    return next < tokens.size()
        && tokens.get(next).isName()
        && !CLAUSES.contains(tokens.get(next).keyword());
  }

  /** Text that is no qualified name is the name itself. */
  private static QualifiedName tableName(SqlToken literal) {
    String text = literal.text().substring(1, literal.text().length() - 1).replace("''", "'");
    List<String> parts = new ArrayList<>();
    try {
      List<SqlToken> tokens = SqlLexer.tokens(text);
      for (int i = 0; i < tokens.size(); i++) {
        SqlToken token = tokens.get(i);
        boolean expected = i % 2 == 0 ? token.isName() : token.kind() == Kind.DOT;
        if (!expected) {
          return new QualifiedName(List.of(text));
        }
        if (i % 2 == 0) {
          parts.add(token.name());
        }
      }
      boolean whole = tokens.size() % 2 == 1 && parts.size() <= 3 && !parts.contains("");
      return new QualifiedName(whole ? parts : List.of(text));
    } catch (FlashDuckException e) {
      return new QualifiedName(List.of(text)); // a quote that does not end
    }
  }

  private static FlashDuckException malformed(
      Function function, String sql, List<SqlToken> tokens, int at) {
    int close = at + 4;
    while (close < tokens.size() - 1 && !tokens.get(close).isSymbol(")")) {
      close++;
    }
    int end = tokens.get(Math.min(close, tokens.size() - 1)).end();
    return new FlashDuckException(
        ErrorCode.INVALID_REQUEST,
        "flashduck."
            + function.sqlName()
            + " takes a table's name and a sequence, both written out and no parameters or"
            + " expressions, for example "
            + function.example()
            + "; got "
            + sql.substring(tokens.get(at).start(), end));
  }

  /**
   * The query with other relations in these places; without an alias of its own each is named as
   * its table.
   */
  public String with(java.util.function.Function<Call, String> relation) {
    StringBuilder out = new StringBuilder();
    int copied = 0;
    for (Call call : calls) {
      out.append(sql, copied, call.start())
          .append(call.shown() ? "FROM " : "")
          .append(relation.apply(call))
          .append(call.named() ? "" : " AS " + SqlIdentifiers.quote(call.table().name()));
      copied = call.end();
    }
    return out.append(sql, copied, sql.length()).toString();
  }
}
