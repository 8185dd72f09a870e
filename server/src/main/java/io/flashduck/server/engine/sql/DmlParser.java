package io.flashduck.server.engine.sql;

import io.flashduck.server.engine.sql.SqlStatement.Assignment;
import io.flashduck.server.engine.sql.SqlStatement.OnConflict;
import io.flashduck.server.engine.sql.SqlStatement.OrAction;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.IntPredicate;

/**
 * Parses INSERT, UPDATE, DELETE and TRUNCATE.
 *
 * <p>Threading: confined to {@link StatementParser}.
 */
final class DmlParser {
  private final TokenCursor cursor;
  private final Optional<String> with;

  DmlParser(TokenCursor cursor, Optional<String> with) {
    this.cursor = cursor;
    this.with = with;
  }

  SqlStatement insert() {
    cursor.expect("INSERT");
    OrAction orAction = orAction();
    cursor.expect("INTO");
    QualifiedName target = cursor.qualifiedName();
    Optional<String> alias = cursor.accept("AS") ? Optional.of(cursor.name()) : Optional.empty();
    boolean byName = byName();
    List<String> columns = atColumnList() ? cursor.nameList() : List.of();
    byName |= byName();
    Optional<String> source = insertSource();
    Optional<OnConflict> onConflict = onConflict();
    return new SqlStatement.Insert(
        with, orAction, target, alias, columns, byName, source, onConflict, returning());
  }

  private OrAction orAction() {
    if (cursor.accept("OR", "REPLACE")) {
      return OrAction.REPLACE;
    }
    return cursor.accept("OR", "IGNORE") ? OrAction.IGNORE : OrAction.NONE;
  }

  private boolean byName() {
    if (cursor.accept("BY", "NAME")) {
      return true;
    }
    cursor.accept("BY", "POSITION");
    return false;
  }

  private boolean atColumnList() {
    if (!cursor.looksAtSymbol("(")) {
      return false;
    }
    int inside = cursor.index() + 1;
    boolean query =
        cursor.symbolAt(inside, "(")
            || cursor.wordsAt(inside, "SELECT")
            || cursor.wordsAt(inside, "WITH")
            || cursor.wordsAt(inside, "VALUES")
            || cursor.wordsAt(inside, "FROM")
            || cursor.wordsAt(inside, "TABLE")
            || cursor.wordsAt(inside, "PIVOT")
            || cursor.wordsAt(inside, "UNPIVOT");
    return !query;
  }

  private Optional<String> insertSource() {
    if (cursor.accept("DEFAULT", "VALUES")) {
      return Optional.empty();
    }
    return Optional.of(cursor.clause("VALUES or a query", i -> atOnConflict(i) || atReturning(i)));
  }

  private boolean atOnConflict(int at) {
    return cursor.wordsAt(at, "ON", "CONFLICT")
        && (cursor.symbolAt(at + 2, "(")
            || cursor.wordsAt(at + 2, "DO")
            || cursor.wordsAt(at + 2, "ON"));
  }

  private boolean atReturning(int at) {
    return cursor.wordsAt(at, "RETURNING");
  }

  private Optional<OnConflict> onConflict() {
    if (!cursor.accept("ON", "CONFLICT")) {
      return Optional.empty();
    }
    List<String> columns = cursor.looksAtSymbol("(") ? cursor.nameList() : List.of();
    if (cursor.looksAt("WHERE")) {
      throw cursor.error("a WHERE on the conflict target is not offered");
    }
    cursor.expect("DO");
    if (cursor.accept("NOTHING")) {
      return Optional.of(new OnConflict(columns, List.of(), Optional.empty()));
    }
    cursor.expect("UPDATE", "SET");
    List<Assignment> update = assignments(cursor, this::atReturning);
    return Optional.of(new OnConflict(columns, update, where()));
  }

  SqlStatement update() {
    cursor.expect("UPDATE");
    QualifiedName target = cursor.qualifiedName();
    Optional<String> alias = cursor.alias("SET");
    cursor.expect("SET");
    List<Assignment> assignments = assignments(cursor, i -> atFrom(i) || atReturning(i));
    Optional<String> from =
        cursor.accept("FROM")
            ? Optional.of(
                cursor.clause("a table", i -> cursor.wordsAt(i, "WHERE") || atReturning(i)))
            : Optional.empty();
    return new SqlStatement.Update(with, target, alias, assignments, from, where(), returning());
  }

  private boolean atFrom(int at) {
    return cursor.wordsAt(at, "FROM") && !(at > 0 && cursor.wordsAt(at - 1, "DISTINCT"));
  }

  SqlStatement delete() {
    cursor.expect("DELETE", "FROM");
    QualifiedName target = cursor.qualifiedName();
    Optional<String> alias = cursor.alias("USING", "WHERE", "RETURNING");
    Optional<String> using =
        cursor.accept("USING")
            ? Optional.of(
                cursor.clause("a table", i -> cursor.wordsAt(i, "WHERE") || atReturning(i)))
            : Optional.empty();
    return new SqlStatement.Delete(with, target, alias, using, where(), returning());
  }

  SqlStatement truncate() {
    cursor.expect("TRUNCATE");
    cursor.accept("TABLE");
    return new SqlStatement.Truncate(cursor.qualifiedName());
  }

  private Optional<String> where() {
    return cursor.accept("WHERE")
        ? Optional.of(cursor.clause("a condition", this::atReturning))
        : Optional.empty();
  }

  private Optional<String> returning() {
    return returning(cursor);
  }

  static Optional<String> returning(TokenCursor cursor) {
    return cursor.accept("RETURNING")
        ? Optional.of(cursor.clause("a column", i -> cursor.symbolAt(i, ";")))
        : Optional.empty();
  }

  /** A SET list; ends before {@code stop} or WHERE. */
  static List<Assignment> assignments(TokenCursor cursor, IntPredicate stop) {
    List<Assignment> assignments = new ArrayList<>();
    do {
      if (cursor.looksAtSymbol("(")) {
        tupleAssignment(cursor, stop, assignments);
      } else {
        String column = cursor.name();
        while (cursor.acceptSymbol(".")) {
          column = cursor.name();
        }
        cursor.expectSymbol("=");
        assignments.add(new Assignment(List.of(column), value(cursor, stop)));
      }
    } while (cursor.acceptSymbol(","));
    return assignments;
  }

  private static void tupleAssignment(
      TokenCursor cursor, IntPredicate stop, List<Assignment> assignments) {
    List<String> columns = cursor.nameList();
    cursor.expectSymbol("=");
    int start = cursor.index();
    boolean row = cursor.accept("ROW");
    boolean query =
        cursor.wordsAt(cursor.index() + 1, "SELECT")
            || cursor.wordsAt(cursor.index() + 1, "WITH")
            || cursor.wordsAt(cursor.index() + 1, "FROM");
    if (cursor.looksAtSymbol("(") && (row || !query)) {
      List<String> values = cursor.parenthesisedList();
      if (values.size() == columns.size()) {
        for (int i = 0; i < values.size(); i++) {
          assignments.add(new Assignment(List.of(columns.get(i)), values.get(i)));
        }
        return;
      }
    }
    cursor.moveTo(start);
    assignments.add(new Assignment(columns, value(cursor, stop)));
  }

  private static String value(TokenCursor cursor, IntPredicate stop) {
    return cursor.clause(
        "a value", i -> cursor.isComma(i) || cursor.wordsAt(i, "WHERE") || stop.test(i));
  }
}
