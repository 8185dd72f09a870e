package io.flashduck.server.table.statement;

import io.flashduck.server.catalog.Column;
import io.flashduck.server.engine.sql.SqlIdentifiers;
import io.flashduck.server.engine.sql.SqlLexer;
import io.flashduck.server.engine.sql.SqlStatement.MatchKind;
import io.flashduck.server.engine.sql.SqlStatement.Merge;
import io.flashduck.server.engine.sql.SqlStatement.MergeAction;
import io.flashduck.server.engine.sql.SqlStatement.MergeClause;
import io.flashduck.server.engine.sql.SqlToken;
import io.flashduck.server.table.merge.Names;
import io.flashduck.server.table.merge.TableLayout;
import io.flashduck.server.table.statement.Capture.KeyCheck;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * MERGE INTO as a query: target joined with source, the first clause that fits decides.
 *
 * <p>Threading: confined to its caller.
 */
final class MergeStatementSql {
  private final TableLayout table;
  private final TargetColumns columns;
  private final Merge merge;
  private final String alias;

  MergeStatementSql(TableLayout table, Merge merge) {
    this.table = table;
    this.columns = new TargetColumns(table);
    this.merge = merge;
    this.alias = DmlSql.alias(merge.alias(), merge);
  }

  Capture capture(List<String> sourceColumns) {
    List<MergeClause> clauses = merge.clauses();
    List<Map<String, String>> values = new ArrayList<>();
    for (MergeClause clause : clauses) {
      values.add(values(clause.action(), sourceColumns));
    }
    List<String> items = new ArrayList<>();
    for (Column column : table.columns()) {
      items.add(newValue(column, values));
    }
    String inner =
        DmlSql.prefix(merge.with())
            + "SELECT "
            + decision()
            + " AS _fd_clause, "
            + DmlSql.oldRow(table, alias)
            + ", "
            + DmlSql.numbered(items)
            + " FROM "
            + join();
    String actions = "CASE _fd_clause " + actions() + " END::TINYINT AS _fd_action";
    String decided = "SELECT " + actions + ", * FROM (" + inner + ") WHERE _fd_clause > 0";
    String acting = "SELECT * FROM (" + decided + ") WHERE _fd_action IS NOT NULL";
    return new Capture(
        DmlSql.renamed(acting, table), KeyCheck.NEW_AND_DISTINCT, alias, merge.returning(), true);
  }

  /** The number of the first clause that fits, 0 for none. */
  private String decision() {
    StringBuilder text = new StringBuilder("CASE");
    for (int i = 0; i < merge.clauses().size(); i++) {
      MergeClause clause = merge.clauses().get(i);
      text.append(" WHEN ").append(present(clause.kind()));
      clause
          .condition()
          .ifPresent(condition -> text.append(" AND (").append(condition).append(')'));
      text.append(" THEN ");
      if (clause.action() instanceof MergeAction.Fail fail) {
        text.append("CAST(error(")
            .append(fail.message().orElse("'MERGE: WHEN … THEN ERROR'"))
            .append(") AS INTEGER)");
      } else {
        text.append(i + 1);
      }
    }
    return text.append(" ELSE 0 END").toString();
  }

  private String present(MatchKind kind) {
    String target = alias + "._fd_version";
    return switch (kind) {
      case MATCHED -> target + " IS NOT NULL AND _fd_mark._fd_present IS NOT NULL";
      case NOT_MATCHED_BY_TARGET -> target + " IS NULL";
      case NOT_MATCHED_BY_SOURCE -> "_fd_mark._fd_present IS NULL";
    };
  }

  private String actions() {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < merge.clauses().size(); i++) {
      MergeAction action = merge.clauses().get(i).action();
      String number = "NULL";
      if (action instanceof MergeAction.DeleteRow) {
        number = "2";
      } else if (action instanceof MergeAction.SetColumns || action instanceof MergeAction.SetAll) {
        number = "1";
      } else if (action instanceof MergeAction.InsertValues
          || action instanceof MergeAction.InsertAll) {
        number = "0";
      }
      text.append(" WHEN ").append(i + 1).append(" THEN ").append(number);
    }
    return text.toString();
  }

  private String newValue(Column column, List<Map<String, String>> values) {
    StringBuilder text = new StringBuilder("CASE _fd_clause");
    for (int i = 0; i < values.size(); i++) {
      boolean inserts = merge.clauses().get(i).kind() == MatchKind.NOT_MATCHED_BY_TARGET;
      String otherwise = inserts ? "NULL" : TargetColumns.of(alias, column);
      text.append(" WHEN ")
          .append(i + 1)
          .append(" THEN ")
          .append(values.get(i).getOrDefault(TargetColumns.fold(column), otherwise));
    }
    return "CAST(" + text + " END AS " + column.type() + ")";
  }

  /** The expressions of an action by folded column name. */
  private Map<String, String> values(MergeAction action, List<String> sourceColumns) {
    if (action instanceof MergeAction.SetColumns set) {
      return columns.assigned(set.assignments());
    }
    if (action instanceof MergeAction.InsertValues insert) {
      List<Column> targets = columns.findAll(insert.columns());
      if (targets.size() != insert.values().size()) {
        throw TargetColumns.invalid(
            "MERGE inserts "
                + insert.values().size()
                + " values into "
                + targets.size()
                + " columns of table "
                + table.name());
      }
      Map<String, String> values = new HashMap<>();
      for (int i = 0; i < targets.size(); i++) {
        Column target = targets.get(i);
        values.put(TargetColumns.fold(target), TargetColumns.cast(insert.values().get(i), target));
      }
      return values;
    }
    if (action instanceof MergeAction.SetAll all) {
      return fromSource(all.byPosition(), sourceColumns);
    }
    if (action instanceof MergeAction.InsertAll all) {
      return fromSource(all.byPosition(), sourceColumns);
    }
    return Map.of();
  }

  private Map<String, String> fromSource(boolean byPosition, List<String> sourceColumns) {
    String source = SqlIdentifiers.quote(sourceAlias());
    Map<String, String> values = new HashMap<>();
    for (int i = 0; i < sourceColumns.size(); i++) {
      if (byPosition && i >= table.columns().size()) {
        throw TargetColumns.invalid(
            "MERGE BY POSITION has more source columns than table " + table.name());
      }
      Column target = byPosition ? table.columns().get(i) : columns.find(sourceColumns.get(i));
      String value = source + "." + SqlIdentifiers.quote(sourceColumns.get(i));
      values.put(TargetColumns.fold(target), TargetColumns.cast(value, target));
    }
    return values;
  }

  private String sourceAlias() {
    List<SqlToken> tokens = SqlLexer.tokens(merge.source());
    int last = tokens.size() - 1;
    if (tokens.get(last).isSymbol(")")) {
      int depth = 0;
      int open = last;
      for (; open >= 0; open--) {
        depth += tokens.get(open).isSymbol(")") ? 1 : tokens.get(open).isSymbol("(") ? -1 : 0;
        if (depth == 0) {
          break;
        }
      }
      last = open - 1;
    }
    return Optional.of(last)
        .filter(at -> at >= 0 && tokens.get(at).isName())
        .map(at -> tokens.get(at).name())
        .orElseThrow(
            () ->
                TargetColumns.invalid(
                    "Give the source of MERGE a name (USING (…) AS s) to take all its columns"));
  }

  private String join() {
    boolean bySource = has(MatchKind.NOT_MATCHED_BY_SOURCE);
    boolean byTarget = has(MatchKind.NOT_MATCHED_BY_TARGET);
    String kind = bySource && byTarget ? "FULL" : bySource ? "LEFT" : byTarget ? "RIGHT" : "INNER";
    String condition =
        merge
            .on()
            .map(on -> " ON " + on)
            .orElseGet(() -> " USING (" + Names.list(merge.usingColumns(), "") + ")");
    return table.stored()
        + " AS "
        + alias
        + " "
        + kind
        + " JOIN ("
        + merge.source()
        + " CROSS JOIN (SELECT true AS _fd_present) AS _fd_mark)"
        + condition;
  }

  private boolean has(MatchKind kind) {
    return merge.clauses().stream().anyMatch(clause -> clause.kind() == kind);
  }
}
