package io.flashduck.server.engine.sql;

import io.flashduck.server.engine.sql.SqlToken.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * JDBC's and ODBC's escapes as DuckDB's SQL. Drivers are to translate them; Arrow's JDBC driver
 * does not, and Tableau writes them for "Other Databases (JDBC)" with the dialect SQL-92.
 *
 * <p>{@code {d '…'}}, {@code {t '…'}} and {@code {ts '…'}} are literals, {@code {escape '…'}} and
 * {@code {oj …}} clauses, {@code {fn …}} calls, of which TIMESTAMPADD and TIMESTAMPDIFF are written
 * anew. A struct has a colon after its first name, so the two cannot be taken for each other.
 *
 * <p>Source: JDBC 4.3 specification, section 13.4 and appendix C.
 *
 * <p>Threading: stateless.
 */
final class JdbcEscapes {
  private static final Map<String, String> PREFIXES =
      Map.of("D", "DATE", "T", "TIME", "TS", "TIMESTAMP", "ESCAPE", "ESCAPE");
  private static final String INTERVAL = "SQL_TSI_";

  private final String sql;
  private final List<SqlToken> tokens;

  private JdbcEscapes(String sql, List<SqlToken> tokens) {
    this.sql = sql;
    this.tokens = tokens;
  }

  /** The statement without escapes; itself if it has none. */
  static String plain(String sql) {
    if (sql.indexOf('{') < 0) {
      return sql;
    }
    JdbcEscapes escapes = new JdbcEscapes(sql, SqlLexer.tokens(sql));
    return escapes.text(0, escapes.tokens.size(), 0, sql.length());
  }

  /** The text of some tokens, with the text between them, and the escapes among them replaced. */
  private String text(int from, int to, int startsAt, int endsAt) {
    StringBuilder plain = new StringBuilder();
    int copied = startsAt;
    for (int at = from; at < to; at++) {
      Optional<String> escape = startsEscape(at) ? escape(at, closing(at)) : Optional.empty();
      if (escape.isPresent()) {
        plain.append(sql, copied, tokens.get(at).start()).append(escape.get());
        at = closing(at);
        copied = tokens.get(at).end();
      }
    }
    return plain.append(sql, copied, endsAt).toString();
  }

  private boolean startsEscape(int at) {
    return tokens.get(at).text().equals("{")
        && at + 2 < tokens.size()
        && tokens.get(at + 1).kind() == Kind.WORD
        && !tokens.get(at + 2).isSymbol(":")
        && closing(at) > at + 2;
  }

  /** Where the bracket that opens at a token is closed; 0 if it is not. */
  private int closing(int open) {
    int depth = 0;
    for (int at = open; at < tokens.size(); at++) {
      Kind kind = tokens.get(at).kind();
      depth += kind == Kind.OPEN ? 1 : kind == Kind.CLOSE ? -1 : 0;
      if (depth == 0) {
        return at;
      }
    }
    return 0;
  }

  private Optional<String> escape(int open, int close) {
    String keyword = tokens.get(open + 1).text().toUpperCase(Locale.ROOT);
    String prefix = PREFIXES.get(keyword);
    if (prefix != null && close == open + 3 && tokens.get(open + 2).kind() == Kind.STRING) {
      return Optional.of(prefix + " " + tokens.get(open + 2).text());
    }
    if (keyword.equals("OJ")) {
      return Optional.of(inside(open + 2, close));
    }
    return keyword.equals("FN") ? Optional.of(call(open + 2, close)) : Optional.empty();
  }

  private String inside(int from, int to) {
    return text(from, to, tokens.get(from).start(), tokens.get(to - 1).end());
  }

  private String call(int name, int close) {
    boolean adds = tokens.get(name).isWord("TIMESTAMPADD");
    if (adds || tokens.get(name).isWord("TIMESTAMPDIFF")) {
      List<Integer> commas = commas(name + 1);
      if (commas.size() == 2) {
        String unit = inside(name + 2, commas.get(0)).toUpperCase(Locale.ROOT);
        String interval = unit.startsWith(INTERVAL) ? unit.substring(INTERVAL.length()) : unit;
        String second = inside(commas.get(0) + 1, commas.get(1));
        String third = inside(commas.get(1) + 1, closing(name + 1));
        return adds
            ? "(" + third + " + (" + second + ") * INTERVAL 1 " + interval + ")"
            : "date_diff('" + interval + "', " + second + ", " + third + ")";
      }
    }
    return inside(name, close);
  }

  /** The commas between the arguments of a call; none if an argument is missing. */
  private List<Integer> commas(int open) {
    List<Integer> commas = new ArrayList<>();
    int start = open + 1;
    int end = tokens.get(open).isSymbol("(") ? closing(open) : start;
    for (int at = start; at < end; at++) {
      Kind kind = tokens.get(at).kind();
      if (kind == Kind.OPEN) {
        at = closing(at);
      } else if (kind == Kind.COMMA) {
        if (at == start) {
          return List.of();
        }
        commas.add(at);
        start = at + 1;
      }
    }
    return start < end ? commas : List.of();
  }
}
