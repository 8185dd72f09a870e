package io.flashduck.server.engine.sql;

import io.flashduck.server.engine.sql.SqlToken.Kind;
import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import java.util.List;
import java.util.Set;

/**
 * The rules for SET, RESET, USE and transaction statements of clients, and the words that refuse
 * all others.
 *
 * <p>Threading: stateless.
 */
public final class SessionStatements {
  /** Why there are no savepoints. */
  public static final String NO_SAVEPOINTS =
      "Savepoints are not offered, because DuckDB has none; end the transaction and begin another";

  private static final Set<String> SETTINGS = Set.of("search_path", "schema", "timezone");

  private SessionStatements() {}

  /**
   * Checks SET, RESET or USE.
   *
   * @throws FlashDuckException PERMISSION_DENIED if it is about more than the session's search
   *     path, schema, time zone or variables
   */
  public static void check(String sql, StatementGuard guard) {
    List<SqlToken> tokens = StatementGuard.checkNames(sql);
    for (SqlToken token : tokens) {
      if (token.kind() == Kind.STRING
          && StatementGuard.folded(token.text()).contains(StatementGuard.INTERNAL_SCHEMA)) {
        throw StatementGuard.denied(
            "The schema " + StatementGuard.INTERNAL_SCHEMA + " is internal to the server.");
      }
    }
    switch (tokens.get(0).keyword()) {
      case "USE" -> checkUse(tokens);
      case "RESET" -> checkSetting(tokens, scopeEnd(tokens), false);
      default -> checkSet(sql, tokens, guard);
    }
  }

  /** Whether the statement sets a variable, which only this session then sees. */
  public static boolean setsVariable(String sql) {
    List<SqlToken> tokens = SqlLexer.tokens(sql);
    return tokens.size() > 1 && tokens.get(1).isWord("VARIABLE");
  }

  private static void checkUse(List<SqlToken> tokens) {
    for (int i = 1; i < tokens.size(); i++) {
      SqlToken token = tokens.get(i);
      if (!token.isName() && token.kind() != Kind.DOT) {
        throw new FlashDuckException(
            ErrorCode.INVALID_REQUEST, "USE takes a schema: USE schema, or USE catalog.schema.");
      }
    }
  }

  private static void checkSet(String sql, List<SqlToken> tokens, StatementGuard guard) {
    if (setsVariable(sql)) {
      checkVariable(sql, tokens, guard);
      return;
    }
    int at = scopeEnd(tokens);
    if (wordAt(tokens, at, "TIME") && wordAt(tokens, at + 1, "ZONE")) {
      checkValue(tokens, at + 2);
      return;
    }
    checkSetting(tokens, at, true);
  }

  private static void checkVariable(String sql, List<SqlToken> tokens, StatementGuard guard) {
    boolean assigns =
        tokens.size() > 4
            && tokens.get(2).isName()
            && (tokens.get(3).isSymbol("=") || tokens.get(3).isWord("TO"));
    if (!assigns) {
      throw new FlashDuckException(
          ErrorCode.INVALID_REQUEST, "SET VARIABLE takes a name and a value: SET VARIABLE x = 1.");
    }
    guard.checkExpression(sql.substring(tokens.get(4).start()));
  }

  private static int scopeEnd(List<SqlToken> tokens) {
    if (wordAt(tokens, 1, "GLOBAL") || wordAt(tokens, 1, "LOCAL")) {
      throw StatementGuard.denied(
          "Settings can be changed for the session only: leave out GLOBAL or LOCAL.");
    }
    return wordAt(tokens, 1, "SESSION") ? 2 : 1;
  }

  private static void checkSetting(List<SqlToken> tokens, int at, boolean value) {
    String name = at < tokens.size() ? StatementGuard.folded(tokens.get(at).name()) : "";
    if (!value && name.equals("variable")) {
      return;
    }
    if (!SETTINGS.contains(name)) {
      throw StatementGuard.denied(
          "The setting '"
              + name
              + "' cannot be changed by a client; search_path, schema and TimeZone can.");
    }
    if (value) {
      boolean assigned = at + 1 < tokens.size() && tokens.get(at + 1).isSymbol("=");
      checkValue(tokens, assigned || wordAt(tokens, at + 1, "TO") ? at + 2 : at + 1);
    }
  }

  /** One literal or name, nothing to compute. */
  private static void checkValue(List<SqlToken> tokens, int at) {
    boolean one = at == tokens.size() - 1;
    boolean plain = one && (tokens.get(at).isName() || tokens.get(at).text().startsWith("'"));
    if (!plain) {
      throw new FlashDuckException(
          ErrorCode.INVALID_REQUEST,
          "A setting takes one plain value, for example SET schema = 'main'.");
    }
  }

  private static boolean wordAt(List<SqlToken> tokens, int at, String word) {
    return at < tokens.size() && tokens.get(at).isWord(word);
  }

  /**
   * The statement to run: a reset time zone is the server's, not the machine's, and a reset path
   * that of the server's database, not of DuckDB's first one.
   */
  public static String session(String sql) {
    List<SqlToken> tokens = SqlLexer.tokens(sql);
    String last = StatementGuard.folded(tokens.get(tokens.size() - 1).name());
    if (!tokens.get(0).isWord("RESET") || setsVariable(sql)) {
      return sql;
    }
    return last.equals("timezone") ? "SET TimeZone = 'UTC'" : "SET search_path = ''";
  }

  /** The statement to run on temporary tables: DuckDB has no CREATE LOCAL or GLOBAL TEMPORARY. */
  public static String temporary(String sql) {
    List<SqlToken> tokens = SqlLexer.tokens(sql);
    int at = wordAt(tokens, 1, "OR") ? 3 : 1;
    boolean scoped = wordAt(tokens, at, "LOCAL") || wordAt(tokens, at, "GLOBAL");
    return scoped && tokens.get(0).isWord("CREATE")
        ? sql.substring(0, tokens.get(at).start()) + sql.substring(tokens.get(at).end())
        : sql;
  }

  /** The transaction statement to run: a client's transaction never writes the database. */
  public static String transaction(String sql) {
    List<SqlToken> tokens = StatementGuard.checkNames(sql);
    String keyword = tokens.get(0).keyword();
    if (tokens.stream().anyMatch(t -> t.isWord("PREPARED") || t.isWord("SAVEPOINT"))) {
      throw new FlashDuckException(ErrorCode.UNIMPLEMENTED, NO_SAVEPOINTS);
    }
    return switch (keyword) {
      case "BEGIN", "START" -> "BEGIN TRANSACTION READ ONLY";
      case "COMMIT", "END" -> "COMMIT";
      default -> "ROLLBACK";
    };
  }

  private static String object(List<SqlToken> tokens) {
    return tokens.stream().limit(3).anyMatch(token -> token.isWord("INDEX"))
        ? "Indexes are not offered: the server finds rows by itself; leave the statement out, and"
            + " declare a PRIMARY KEY when the table is made if its rows are to be unique."
        : "Only tables, views and schemas can be created, changed or dropped.";
  }

  /** Why a statement of kind REFUSED is refused. */
  public static FlashDuckException refusal(String sql) {
    List<SqlToken> tokens = SqlLexer.tokens(sql);
    String keyword = tokens.isEmpty() ? "" : tokens.get(0).keyword();
    return switch (keyword) {
      case "COPY", "EXPORT", "IMPORT" ->
          StatementGuard.denied(
              keyword
                  + " is not offered: files in the data folder are tables already, and every table"
                  + " has a Parquet file in the export folder.");
      case "ATTACH", "DETACH" ->
          StatementGuard.denied(keyword + " is not offered: the server serves one folder.");
      case "CREATE", "DROP", "ALTER" ->
          new FlashDuckException(ErrorCode.UNIMPLEMENTED, object(tokens));
      case "INSTALL", "LOAD" ->
          StatementGuard.denied("Extensions cannot be installed or loaded by clients.");
      case "CHECKPOINT", "FORCE", "VACUUM", "ANALYZE" ->
          StatementGuard.denied("The server maintains its storage by itself.");
      case "PREPARE", "EXECUTE", "DEALLOCATE" ->
          new FlashDuckException(
              ErrorCode.UNIMPLEMENTED,
              "Prepared statements in SQL text are not offered; use those of the client.");
      case "SAVEPOINT", "RELEASE" -> new FlashDuckException(ErrorCode.UNIMPLEMENTED, NO_SAVEPOINTS);
      case "COMMENT" ->
          new FlashDuckException(ErrorCode.UNIMPLEMENTED, "COMMENT ON is not offered.");
      case "" -> new FlashDuckException(ErrorCode.INVALID_REQUEST, "The statement is empty.");
      default ->
          new FlashDuckException(
              ErrorCode.INVALID_REQUEST,
              "Parser Error: syntax error at or near \""
                  + tokens.get(0).text()
                  + "\""
                  + SqlPosition.caret(
                      sql,
                      sql.substring(0, tokens.get(0).start())
                          .getBytes(java.nio.charset.StandardCharsets.UTF_8)
                          .length));
    };
  }
}
