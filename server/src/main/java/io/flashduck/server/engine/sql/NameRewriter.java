package io.flashduck.server.engine.sql;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/**
 * Puts other relations in the place of tables in a query's text: DuckDB's parse tree says where the
 * names of tables stand, everything else stays as it was written. Names that WITH defines mean
 * themselves, in the scope that they have.
 *
 * <p>A query in which a name to be replaced cannot be found with certainty is refused, because it
 * would read something else than it says.
 *
 * <p>Threading: confined to its caller.
 */
public final class NameRewriter {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Set<String> SHOWING = Set.of("DESCRIBE", "DESC", "SHOW", "SUMMARIZE");

  private final UnaryOperator<String> serialize;
  private final Function<QualifiedName, Optional<String>> standIns;

  /**
   * @param serialize the answer of {@code json_serialize_sql}
   * @param standIns the relation to read in place of a name, as SQL; empty to leave it
   */
  public NameRewriter(
      UnaryOperator<String> serialize, Function<QualifiedName, Optional<String>> standIns) {
    this.serialize = serialize;
    this.standIns = standIns;
  }

  /** A whole statement of kind {@link StatementKind#QUERY}. */
  public String query(String sql) {
    List<SqlToken> tokens = SqlLexer.tokens(sql);
    String keyword = tokens.isEmpty() ? "" : tokens.get(0).keyword();
    if (keyword.equals("EXPLAIN")) {
      return tail(sql, explained(tokens));
    }
    if (SHOWING.contains(keyword) && tokens.size() > 1) {
      return shown(sql, tokens);
    }
    return keyword.equals("CALL") || keyword.equals("PRAGMA") ? sql : part("", sql, "");
  }

  private String tail(String sql, int from) {
    return sql.substring(0, from) + query(sql.substring(from));
  }

  /** Where the query behind EXPLAIN begins. */
  private static int explained(List<SqlToken> tokens) {
    int at = 1;
    if (at < tokens.size() && tokens.get(at).isWord("ANALYZE")) {
      at++;
    }
    boolean options =
        at + 1 < tokens.size()
            && tokens.get(at).isSymbol("(")
            && Set.of("FORMAT", "ANALYZE", "VERBOSE").contains(tokens.get(at + 1).keyword());
    while (options && at < tokens.size() && tokens.get(at).kind() != SqlToken.Kind.CLOSE) {
      at++;
    }
    int start = options ? at + 1 : at;
    return start < tokens.size() ? tokens.get(start).start() : tokens.get(0).start();
  }

  /** DESCRIBE and the like of a name or of a query. */
  private String shown(String sql, List<SqlToken> tokens) {
    List<String> path = new ArrayList<>();
    boolean named = tokens.size() % 2 == 0;
    for (int i = 1; i < tokens.size() && named; i++) {
      named = i % 2 == 1 ? tokens.get(i).isName() : tokens.get(i).kind() == SqlToken.Kind.DOT;
      if (i % 2 == 1) {
        path.add(tokens.get(i).name());
      }
    }
    if (!named || path.size() > 3) {
      return tail(sql, tokens.get(1).start());
    }
    return standIns
        .apply(new QualifiedName(path))
        .map(standIn -> tokens.get(0).text() + " " + standIn)
        .orElse(sql);
  }

  /**
   * A piece of a statement.
   *
   * @param before what makes a query of it, in front; a WITH clause in it is known to the piece
   * @param after what makes a query of it, behind
   */
  public String part(String before, String text, String after) {
    String whole = before + text + after;
    JsonNode answer = parsed(whole);
    if (answer.path("error").asBoolean()) {
      if (!answer.path("error_type").asText().equals("parser")) {
        refuseNames(whole);
      }
      return text; // DuckDB says better what is wrong with it
    }
    Walk walk = new Walk(whole);
    walk.visit(answer.path("statements"), Set.of());
    walk.columns();
    return walk.applied(before.length(), before.length() + text.length());
  }

  private JsonNode parsed(String sql) {
    try {
      return JSON.readTree(serialize.apply(sql));
    } catch (JsonProcessingException e) {
      throw new FlashDuckException(
          ErrorCode.INTERNAL, "Cannot read DuckDB's parse tree: " + e.getOriginalMessage(), e);
    }
  }

  /** What DuckDB cannot write as a tree may not name anything that is to be replaced. */
  private void refuseNames(String sql) {
    for (SqlToken token : SqlLexer.tokens(sql)) {
      if (token.isName() && standIns.apply(new QualifiedName(List.of(token.name()))).isPresent()) {
        throw uncertain(token.name());
      }
    }
  }

  private static FlashDuckException uncertain(String name) {
    return new FlashDuckException(
        ErrorCode.UNIMPLEMENTED,
        "This form of statement cannot read "
            + name
            + " in the transaction that changed it; write it as a plain SELECT, or commit first");
  }

  /** A replacement of a part of the text. */
  private record Splice(int start, int end, String text) {}

  /** A name of columns: where it stands and its parts. */
  private record ColumnName(int at, List<String> parts) {}

  /** One walk over the tree of a text. */
  private final class Walk {
    private final String sql;
    private final List<SqlToken> tokens;
    private final int[] characters;
    private final List<Splice> splices = new ArrayList<>();
    private final List<ColumnName> columnNames = new ArrayList<>();
    private final List<List<String>> replaced = new ArrayList<>();

    Walk(String sql) {
      this.sql = sql;
      this.tokens = SqlLexer.tokens(sql);
      this.characters = SqlPosition.characters(sql);
    }

    void visit(JsonNode node, Set<String> defined) {
      Set<String> known = node.isObject() ? visitObject(node, defined) : defined;
      if (node.isObject()) {
        for (Map.Entry<String, JsonNode> field : node.properties()) {
          if (!field.getKey().equals("cte_map")) {
            visit(field.getValue(), known);
          }
        }
      } else {
        node.forEach(child -> visit(child, known));
      }
    }

    /** The names that are defined inside of the node. */
    private Set<String> visitObject(JsonNode node, Set<String> defined) {
      if (node.path("type").asText().equals("BASE_TABLE")) {
        visitTable(node, defined);
      } else if (node.path("class").asText().equals("COLUMN_REF")) {
        List<String> parts = new ArrayList<>();
        node.path("column_names").forEach(part -> parts.add(part.asText()));
        columnNames.add(new ColumnName(location(node), parts));
      }
      JsonNode entries = node.path("cte_map").path("map");
      boolean recursive = node.path("cte_name").isTextual();
      if (entries.isEmpty() && !recursive) {
        return defined;
      }
      Set<String> known = new HashSet<>(defined);
      if (recursive) {
        known.add(StatementGuard.folded(node.path("cte_name").asText()));
      }
      for (JsonNode entry : entries) {
        visit(entry.path("value"), Set.copyOf(known));
        known.add(StatementGuard.folded(entry.path("key").asText()));
      }
      return known;
    }

    private void visitTable(JsonNode node, Set<String> defined) {
      List<String> parts = new ArrayList<>();
      for (String field : List.of("catalog_name", "schema_name", "table_name")) {
        String part = node.path(field).asText();
        if (!part.isEmpty()) {
          parts.add(part);
        }
      }
      if (parts.isEmpty() || parts.size() > 3) {
        return;
      }
      QualifiedName name = new QualifiedName(parts);
      if (parts.size() == 1 && defined.contains(StatementGuard.folded(name.name()))) {
        return;
      }
      standIns.apply(name).ifPresent(standIn -> replace(node, name, standIn));
    }

    private void replace(JsonNode node, QualifiedName name, String standIn) {
      int at = location(node);
      int first = at < 0 ? unlocated(name) : tokenAt(at);
      boolean found = node.path("at_clause").isNull() && reads(first, name.parts());
      if (!found) {
        throw uncertain(name.toString());
      }
      SqlToken last = tokens.get(first + 2 * (name.parts().size() - 1));
      boolean bare = first > 0 && isBare(first - 1);
      String alias =
          bare || !node.path("alias").asText().isEmpty()
              ? ""
              : " AS " + SqlIdentifiers.quote(name.name());
      splices.add(new Splice(tokens.get(first).start(), last.end(), standIn + alias));
      if (name.parts().size() > 1) {
        replaced.add(name.parts());
      }
    }

    /** DuckDB does not say where the names behind TABLE, SUMMARIZE and the like stand. */
    private int unlocated(QualifiedName name) {
      int found = -1;
      for (int i = 1; i < tokens.size(); i++) {
        if (isBare(i - 1) && reads(i, name.parts())) {
          if (found >= 0) {
            return -1;
          }
          found = i;
        }
      }
      return found;
    }

    /** Whether a name behind this token takes no alias. */
    private boolean isBare(int token) {
      String keyword = tokens.get(token).keyword();
      return keyword.equals("TABLE") || SHOWING.contains(keyword);
    }

    /** A column named through schema and table is named through the table alone. */
    void columns() {
      for (ColumnName column : columnNames) {
        for (List<String> table : replaced) {
          int first = tokenAt(column.at());
          if (column.parts().size() > table.size()
              && same(column.parts().subList(0, table.size()), table)
              && reads(first, table)) {
            SqlToken last = tokens.get(first + 2 * (table.size() - 1));
            splices.add(
                new Splice(
                    tokens.get(first).start(),
                    last.end(),
                    SqlIdentifiers.quote(table.get(table.size() - 1))));
            break;
          }
        }
      }
    }

    private int location(JsonNode node) {
      long bytes = node.path("query_location").asLong(-1);
      return bytes >= 0 && bytes < characters.length ? characters[(int) bytes] : -1;
    }

    private int tokenAt(int start) {
      for (int i = 0; i < tokens.size(); i++) {
        if (tokens.get(i).start() == start) {
          return i;
        }
      }
      return -1;
    }

    private boolean reads(int first, List<String> parts) {
      if (first < 0 || first + 2 * (parts.size() - 1) >= tokens.size()) {
        return false;
      }
      for (int i = 0; i < parts.size(); i++) {
        SqlToken token = tokens.get(first + 2 * i);
        boolean dotted = i == 0 || tokens.get(first + 2 * i - 1).kind() == SqlToken.Kind.DOT;
        if (!dotted || !token.isName() || !token.name().equalsIgnoreCase(parts.get(i))) {
          return false;
        }
      }
      return true;
    }

    private static boolean same(List<String> left, List<String> right) {
      for (int i = 0; i < left.size(); i++) {
        if (!left.get(i).equalsIgnoreCase(right.get(i))) {
          return false;
        }
      }
      return true;
    }

    String applied(int from, int to) {
      splices.sort(Comparator.comparingInt(Splice::start));
      StringBuilder out = new StringBuilder();
      int copied = from;
      for (Splice splice : splices) {
        if (splice.start() >= copied && splice.end() <= to) {
          out.append(sql, copied, splice.start()).append(splice.text());
          copied = splice.end();
        }
      }
      return out.append(sql, copied, to).toString();
    }
  }
}
