package io.flashduck.server.engine.sql;

import java.util.List;

/**
 * What a statement is to the server: who runs it and whether a client gets rows.
 *
 * <p>Threading: immutable.
 */
public enum StatementKind {
  /** SELECT, VALUES, SHOW, DESCRIBE, EXPLAIN, …: read by a client's connection, gives rows. */
  QUERY,
  /** INSERT, UPDATE, DELETE, MERGE, TRUNCATE: rows only with RETURNING. */
  CHANGE,
  /** CREATE, DROP and ALTER of tables, views and schemas: no rows. */
  DEFINITION,
  /** BEGIN, COMMIT, ROLLBACK: no rows. */
  TRANSACTION,
  /** SET, RESET, USE: no rows. */
  SESSION,
  /** Not offered to clients. */
  REFUSED;

  /** The kind of a parsed statement. */
  public static StatementKind of(SqlStatement statement) {
    if (statement instanceof SqlStatement.Dml) {
      return CHANGE;
    }
    if (statement instanceof SqlStatement.Other other) {
      return ofKeyword(other.keyword());
    }
    return DEFINITION;
  }

  /** The kind of one statement's text. */
  public static StatementKind of(String sql) {
    List<SqlToken> tokens = SqlLexer.tokens(sql);
    boolean parenthesised = !tokens.isEmpty() && tokens.get(0).isSymbol("(");
    return parenthesised ? QUERY : of(StatementParser.parse(sql));
  }

  private static StatementKind ofKeyword(String keyword) {
    return switch (keyword) {
      case "SELECT",
          "FROM",
          "VALUES",
          "TABLE",
          "WITH",
          "PIVOT",
          "PIVOT_WIDER",
          "UNPIVOT",
          "PIVOT_LONGER",
          "DESCRIBE",
          "DESC",
          "SHOW",
          "SUMMARIZE",
          "EXPLAIN",
          "CALL",
          "PRAGMA" ->
          QUERY;
      case "BEGIN", "START", "COMMIT", "END", "ROLLBACK", "ABORT" -> TRANSACTION;
      case "SET", "RESET", "USE" -> SESSION;
      default -> REFUSED;
    };
  }

  /** Whether a client that runs the statement gets a result with columns. */
  public static boolean returnsRows(SqlStatement statement) {
    return statement instanceof SqlStatement.Dml dml
        ? dml.returning().isPresent()
        : of(statement) == QUERY;
  }
}
