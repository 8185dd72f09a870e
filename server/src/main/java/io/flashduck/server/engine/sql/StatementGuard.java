package io.flashduck.server.engine.sql;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.flashduck.server.engine.sql.SqlToken.Kind;
import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * The fence around clients' SQL: decides from DuckDB's own parse tree that a statement only reads
 * what clients may read.
 *
 * <p>Refused are other files and URLs (by function or by name), the internal schema, functions that
 * run SQL text, statements inside statements, and settings that others would feel. A text that
 * DuckDB cannot turn into a tree (PIVOT without a list of values) is judged by its tokens, more
 * strictly.
 *
 * <p>Threading: thread-safe if the oracle is.
 */
public final class StatementGuard {
  /** The schema that clients never see. */
  public static final String INTERNAL_SCHEMA = "_flashduck";

  private static final ObjectMapper JSON = new ObjectMapper();

  private final GuardOracle oracle;

  public StatementGuard(GuardOracle oracle) {
    this.oracle = oracle;
  }

  /**
   * Checks a statement of kind {@link StatementKind#QUERY}.
   *
   * @throws FlashDuckException PERMISSION_DENIED or UNIMPLEMENTED with the reason; INVALID_REQUEST
   */
  public TableReferences checkQuery(String sql) {
    List<SqlToken> tokens = checkNames(sql);
    if (PlainQuery.isHarmless(tokens)) {
      return TableReferences.UNKNOWN;
    }
    String keyword = tokens.isEmpty() ? "" : tokens.get(0).keyword();
    return switch (keyword) {
      case "EXPLAIN" -> checkExplained(sql, tokens);
      case "CALL" -> checkTree("SELECT * FROM " + sql.substring(tokens.get(0).end()).strip());
      case "PRAGMA" -> checkPragma(tokens);
      default -> checkTree(sql);
    };
  }

  /** What a query reads, in full; asks DuckDB for the parse tree. */
  public TableReferences references(String sql) {
    checkNames(sql);
    return checkTree(sql);
  }

  /**
   * Checks every query and expression inside a statement that changes rows or definitions. Its
   * target is checked for the internal schema only.
   */
  public void checkChange(SqlStatement statement) {
    for (String probe : StatementProbes.of(statement)) {
      checkNames(probe);
      checkTree(probe);
    }
  }

  /** Checks one expression of a statement, such as the value of SET VARIABLE. */
  void checkExpression(String expression) {
    checkNames(expression);
    checkTree("SELECT (" + expression + "\n)");
  }

  /** One statement, and no name in it may be the internal schema's, wherever it stands. */
  static List<SqlToken> checkNames(String sql) {
    if (sql.indexOf('\0') >= 0) {
      throw new FlashDuckException(
          ErrorCode.INVALID_REQUEST, "The statement contains a NUL character.");
    }
    List<SqlToken> tokens = SqlLexer.tokens(sql);
    for (SqlToken token : tokens) {
      // DuckDB's driver runs all statements but the last one when it prepares a script.
      if (token.kind() == Kind.SEMICOLON) {
        throw new FlashDuckException(
            ErrorCode.INVALID_REQUEST,
            "Expected one statement, got several: send them one by one.");
      }
      if (token.isName() && token.name().equalsIgnoreCase(INTERNAL_SCHEMA)) {
        throw denied("The schema " + INTERNAL_SCHEMA + " is internal to the server.");
      }
    }
    return tokens;
  }

  private TableReferences checkExplained(String sql, List<SqlToken> tokens) {
    int at = 1;
    if (at < tokens.size() && tokens.get(at).isWord("ANALYZE")) {
      at++;
    }
    if (at < tokens.size() && tokens.get(at).isSymbol("(") && startsOptions(tokens, at + 1)) {
      while (at < tokens.size() && tokens.get(at).kind() != Kind.CLOSE) {
        at++;
      }
      at++;
    }
    if (at >= tokens.size()) {
      throw new FlashDuckException(ErrorCode.INVALID_REQUEST, "EXPLAIN needs a query.");
    }
    String explained = sql.substring(tokens.get(at).start());
    if (StatementKind.of(explained) != StatementKind.QUERY
        || tokens.get(at).isWord("EXPLAIN")
        || tokens.get(at).isWord("PRAGMA")) {
      throw new FlashDuckException(ErrorCode.UNIMPLEMENTED, "EXPLAIN is offered for queries only.");
    }
    return checkQuery(explained);
  }

  private static boolean startsOptions(List<SqlToken> tokens, int at) {
    return at < tokens.size()
        && (tokens.get(at).isWord("FORMAT")
            || tokens.get(at).isWord("ANALYZE")
            || tokens.get(at).isWord("VERBOSE"));
  }

  /** {@code PRAGMA name} or {@code PRAGMA name('table')}; nothing else has a place in it. */
  private static TableReferences checkPragma(List<SqlToken> tokens) {
    String name = tokens.size() > 1 ? folded(tokens.get(1).name()) : "";
    boolean called =
        tokens.size() == 5 && tokens.get(2).isSymbol("(") && tokens.get(4).isSymbol(")");
    if (!FunctionList.PRAGMAS.contains(name) || !(called || tokens.size() == 2)) {
      throw denied("PRAGMA " + name + " is not offered to clients.");
    }
    if (called) {
      checkTableText(tokens.get(3));
    }
    return TableReferences.UNKNOWN;
  }

  /** A table's name given as text, or as a name. */
  private static void checkTableText(SqlToken token) {
    String text = token.text();
    boolean plain =
        token.isName()
            || (text.startsWith("'") && !text.substring(1, text.length() - 1).contains("'"));
    if (!plain || folded(text).contains(INTERNAL_SCHEMA)) {
      throw denied("Name the table as a plain string; internal tables are not shown.");
    }
  }

  private TableReferences checkTree(String sql) {
    JsonNode answer = parse(sql);
    if (!answer.path("error").asBoolean()) {
      if (answer.path("statements").size() != 1) {
        throw new FlashDuckException(
            ErrorCode.INVALID_REQUEST, "Expected one statement, got several.");
      }
      TreeCheck check = new TreeCheck();
      check.visit(answer.path("statements").path(0));
      return check.references();
    }
    if (answer.path("error_type").asText().equals("parser")) {
      throw syntaxError(sql, answer);
    }
    TokenFence.check(sql, oracle);
    return TableReferences.UNKNOWN;
  }

  private JsonNode parse(String sql) {
    try {
      return JSON.readTree(oracle.serialize(sql));
    } catch (JsonProcessingException e) {
      throw new FlashDuckException(
          ErrorCode.INTERNAL, "Cannot read DuckDB's parse tree: " + e.getOriginalMessage(), e);
    }
  }

  private static FlashDuckException syntaxError(String sql, JsonNode answer) {
    String message = "Parser Error: " + answer.path("error_message").asText();
    int position = answer.path("position").asInt(-1);
    return new FlashDuckException(
        ErrorCode.INVALID_REQUEST, message + SqlPosition.caret(sql, position));
  }

  static FlashDuckException denied(String reason) {
    return new FlashDuckException(ErrorCode.PERMISSION_DENIED, reason);
  }

  /** One walk over a parse tree. */
  private final class TreeCheck {
    private final Set<QualifiedName> tables = new HashSet<>();
    private final Set<String> functions = new HashSet<>();
    private final Set<String> defined = new HashSet<>();

    TableReferences references() {
      Set<QualifiedName> read = new HashSet<>(tables);
      read.removeIf(t -> t.parts().size() == 1 && defined.contains(folded(t.name())));
      return new TableReferences(read, functions, true);
    }

    void visit(JsonNode node) {
      if (node.isObject()) {
        visitObject(node);
      }
      node.forEach(this::visit);
    }

    private void visitObject(JsonNode node) {
      String type = node.path("type").asText();
      switch (type) {
        case "BASE_TABLE" -> visitTable(node, "table_name");
        case "SHOW_REF" -> visitShow(node);
        case "TABLE_FUNCTION" -> visitTableFunction(node.path("function"));
        default -> {
          if (type.endsWith("_NODE") && !QUERY_NODES.contains(type)) {
            throw new FlashDuckException(
                ErrorCode.UNIMPLEMENTED, "A query cannot change data inside of WITH.");
          }
        }
      }
      if (node.path("class").asText().equals("FUNCTION")) {
        visitFunction(node);
      }
      for (JsonNode entry : node.path("cte_map").path("map")) {
        defined.add(folded(entry.path("key").asText()));
      }
      JsonNode recursive = node.path("cte_name");
      if (recursive.isTextual()) {
        defined.add(folded(recursive.asText()));
      }
    }

    private void visitTable(JsonNode node, String nameField) {
      List<String> parts = new ArrayList<>();
      for (String field : List.of("catalog_name", "schema_name", nameField)) {
        String part = node.path(field).asText();
        if (!part.isEmpty()) {
          parts.add(part);
        }
      }
      checkRelation(parts);
    }

    private void checkRelation(List<String> parts) {
      if (parts.isEmpty() || parts.size() > 3) {
        throw denied("A table's name has one to three parts, got " + parts);
      }
      QualifiedName name = new QualifiedName(parts);
      if (parts.stream().anyMatch(INTERNAL_SCHEMA::equalsIgnoreCase)) {
        throw denied("The schema " + INTERNAL_SCHEMA + " is internal to the server.");
      }
      if (FileNames.mayBeFile(parts) && !oracle.exists(name)) {
        throw FileNames.refusal(name);
      }
      tables.add(name);
    }

    private void visitShow(JsonNode node) {
      String shown = node.path("table_name").asText();
      if (shown.isEmpty() || SHOWN_LISTS.contains(shown)) {
        checkShownSchema(node);
      } else {
        visitTable(node, "table_name");
      }
    }

    private void checkShownSchema(JsonNode node) {
      if (node.path("schema_name").asText().equalsIgnoreCase(INTERNAL_SCHEMA)) {
        throw denied("The schema " + INTERNAL_SCHEMA + " is internal to the server.");
      }
    }

    private void visitTableFunction(JsonNode function) {
      String name = function.path("function_name").asText();
      if (name.equalsIgnoreCase("at") && function.path("schema").asText().equals("flashduck")) {
        throw denied(
            "flashduck.at can be read by queries only, not by statements that change something.");
      }
      if (!FunctionList.allowsTableFunction(name)) {
        throw denied("The table function " + name + " is not offered to clients.");
      }
      boolean qualified = !function.path("schema").asText().isEmpty();
      if (qualified && FunctionList.showsCatalog(name)) {
        throw FunctionList.qualified(name);
      }
      if (FunctionList.NAMING_A_TABLE.contains(folded(name))) {
        checkTableArguments(function);
      }
    }

    private void checkTableArguments(JsonNode function) {
      JsonNode arguments = function.path("arguments");
      for (JsonNode argument : arguments) {
        JsonNode expression = argument.path("expression");
        JsonNode value = expression.path("literal").path("text");
        boolean literal = expression.path("class").asText().equals("CONSTANT") && value.isTextual();
        if (!literal || folded(value.asText()).contains(INTERNAL_SCHEMA)) {
          throw denied("Name the table as a plain string; internal tables are not shown.");
        }
      }
      if (arguments.isEmpty()) {
        throw denied("Name the table as a plain string.");
      }
    }

    private void visitFunction(JsonNode node) {
      String name = node.path("function_name").asText();
      if (!FunctionList.allowsScalar(name)) {
        throw denied("The function " + name + " is not offered to clients.");
      }
      functions.add(folded(name));
    }
  }

  private static final Set<String> QUERY_NODES =
      Set.of("SELECT_NODE", "SET_OPERATION_NODE", "RECURSIVE_CTE_NODE", "CTE_NODE", "VALUES_NODE");

  /** What DuckDB's parser puts in place of a table's name for SHOW of a list. */
  private static final Set<String> SHOWN_LISTS =
      Set.of(
          "\"tables\"", "\"databases\"", "\"schemas\"", "\"variables\"", "__show_tables_expanded");

  static String folded(String name) {
    return name.toLowerCase(Locale.ROOT);
  }
}
