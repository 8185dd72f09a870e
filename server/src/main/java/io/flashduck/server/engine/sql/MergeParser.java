package io.flashduck.server.engine.sql;

import io.flashduck.server.engine.sql.SqlStatement.MatchKind;
import io.flashduck.server.engine.sql.SqlStatement.MergeAction;
import io.flashduck.server.engine.sql.SqlStatement.MergeClause;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Parses MERGE INTO.
 *
 * <p>Threading: confined to {@link StatementParser}.
 */
final class MergeParser {
  private final TokenCursor cursor;
  private final Optional<String> with;

  MergeParser(TokenCursor cursor, Optional<String> with) {
    this.cursor = cursor;
    this.with = with;
  }

  SqlStatement merge() {
    cursor.expect("MERGE", "INTO");
    QualifiedName target = cursor.qualifiedName();
    Optional<String> alias = cursor.alias("USING");
    cursor.expect("USING");
    String source = cursor.clause("a table", i -> cursor.wordsAt(i, "ON") || atUsingColumns(i));
    Optional<String> on = Optional.empty();
    List<String> usingColumns = List.of();
    if (cursor.accept("USING")) {
      usingColumns = cursor.nameList();
    } else {
      cursor.expect("ON");
      on = Optional.of(cursor.clause("a condition", i -> cursor.wordsAt(i, "WHEN")));
    }
    List<MergeClause> clauses = new ArrayList<>();
    while (cursor.accept("WHEN")) {
      clauses.add(clause());
    }
    if (clauses.isEmpty()) {
      throw cursor.error("expected WHEN");
    }
    return new SqlStatement.Merge(
        with, target, alias, source, on, usingColumns, clauses, DmlParser.returning(cursor));
  }

  private boolean atUsingColumns(int at) {
    return cursor.wordsAt(at, "USING") && cursor.symbolAt(at + 1, "(");
  }

  private MergeClause clause() {
    MatchKind kind = MatchKind.MATCHED;
    if (cursor.accept("NOT", "MATCHED")) {
      kind = MatchKind.NOT_MATCHED_BY_TARGET;
      if (cursor.accept("BY", "SOURCE")) {
        kind = MatchKind.NOT_MATCHED_BY_SOURCE;
      } else {
        cursor.accept("BY", "TARGET");
      }
    } else {
      cursor.expect("MATCHED");
    }
    Optional<String> condition =
        cursor.accept("AND")
            ? Optional.of(cursor.clause("a condition", i -> cursor.wordsAt(i, "THEN")))
            : Optional.empty();
    cursor.expect("THEN");
    return new MergeClause(kind, condition, action());
  }

  private MergeAction action() {
    if (cursor.accept("UPDATE")) {
      return update();
    }
    if (cursor.accept("INSERT")) {
      return insert();
    }
    if (cursor.accept("DELETE")) {
      return new MergeAction.DeleteRow();
    }
    if (cursor.accept("DO", "NOTHING")) {
      return new MergeAction.DoNothing();
    }
    if (cursor.accept("ERROR")) {
      String message = cursor.textUntil(this::atClauseEnd);
      return new MergeAction.Fail(message.isEmpty() ? Optional.empty() : Optional.of(message));
    }
    throw cursor.error("expected UPDATE, INSERT, DELETE, DO NOTHING or ERROR");
  }

  private MergeAction update() {
    if (cursor.accept("SET")) {
      if (cursor.acceptSymbol("*")) {
        return new MergeAction.SetAll(false);
      }
      return new MergeAction.SetColumns(DmlParser.assignments(cursor, this::atClauseEnd));
    }
    return new MergeAction.SetAll(byPosition());
  }

  private MergeAction insert() {
    boolean byPosition = byPosition();
    if (cursor.acceptSymbol("*") || cursor.atEnd() || atClauseEnd(cursor.index())) {
      return new MergeAction.InsertAll(byPosition);
    }
    List<String> columns = cursor.looksAtSymbol("(") ? cursor.nameList() : List.of();
    cursor.expect("VALUES");
    return new MergeAction.InsertValues(columns, cursor.parenthesisedList());
  }

  private boolean byPosition() {
    if (cursor.accept("BY", "POSITION")) {
      return true;
    }
    cursor.accept("BY", "NAME");
    return false;
  }

  private boolean atClauseEnd(int at) {
    return cursor.wordsAt(at, "WHEN")
        || cursor.wordsAt(at, "RETURNING")
        || cursor.symbolAt(at, ";");
  }
}
