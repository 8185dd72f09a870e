package io.flashduck.server.table.statement;

import io.flashduck.server.catalog.Column;
import io.flashduck.server.catalog.TableRules;
import io.flashduck.server.engine.sql.SqlStatement;
import io.flashduck.server.engine.sql.SqlStatement.Assignment;
import io.flashduck.server.engine.sql.SqlStatement.MergeAction;
import io.flashduck.server.engine.sql.SqlStatement.MergeClause;
import io.flashduck.server.engine.sql.SqlStatement.OnConflict;
import io.flashduck.server.table.merge.TableLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Writes the defaults of a table into a statement: for columns that an INSERT leaves out, and for
 * the word DEFAULT.
 *
 * <p>Threading: immutable.
 */
final class Defaults {
  private final TableLayout table;
  private final TableRules rules;

  Defaults(TableLayout table, TableRules rules) {
    this.table = table;
    this.rules = rules;
  }

  /**
   * The statement with the defaults in it.
   *
   * @param sourceColumns the column names of an INSERT's query
   */
  SqlStatement.Dml in(SqlStatement.Dml statement, List<String> sourceColumns) {
    if (rules.defaults().isEmpty()) {
      return statement;
    }
    if (statement instanceof SqlStatement.Insert insert) {
      return insert(insert, sourceColumns);
    }
    if (statement instanceof SqlStatement.Update update) {
      return new SqlStatement.Update(
          update.with(),
          update.target(),
          update.alias(),
          assigned(update.assignments()),
          update.from(),
          update.where(),
          update.returning());
    }
    if (statement instanceof SqlStatement.Merge merge) {
      return new SqlStatement.Merge(
          merge.with(),
          merge.target(),
          merge.alias(),
          merge.source(),
          merge.on(),
          merge.usingColumns(),
          merge.clauses().stream().map(this::clause).toList(),
          merge.returning());
    }
    return statement;
  }

  private SqlStatement.Insert insert(SqlStatement.Insert insert, List<String> sourceColumns) {
    List<String> given = insert.columns();
    if (given.isEmpty() && insert.source().isPresent()) {
      given = insert.byName() ? sourceColumns : table.columns().stream().map(Column::name).toList();
    }
    List<Column> added = leftOut(given);
    if (added.isEmpty()) {
      return withConflict(insert, insert.columns(), insert.source());
    }
    String values =
        added.stream().map(column -> value(column.name())).collect(Collectors.joining(", "));
    List<String> columns = new ArrayList<>(given);
    added.forEach(column -> columns.add(column.name()));
    return withConflict(
        insert,
        columns,
        Optional.of(
            insert
                .source()
                .map(query -> "SELECT *, " + values + " FROM (" + query + "\n) AS _fd_given")
                .orElse("SELECT " + values)));
  }

  private SqlStatement.Insert withConflict(
      SqlStatement.Insert insert, List<String> columns, Optional<String> source) {
    return new SqlStatement.Insert(
        insert.with(),
        insert.orAction(),
        insert.target(),
        insert.alias(),
        columns,
        insert.byName() && columns.isEmpty(),
        source,
        insert.onConflict().map(c -> new OnConflict(c.columns(), assigned(c.update()), c.where())),
        insert.returning());
  }

  private List<Column> leftOut(List<String> given) {
    return table.columns().stream()
        .filter(column -> rules.defaultOf(column.name()).isPresent())
        .filter(column -> given.stream().noneMatch(column.name()::equalsIgnoreCase))
        .toList();
  }

  private MergeClause clause(MergeClause clause) {
    if (clause.action() instanceof MergeAction.SetColumns set) {
      return new MergeClause(
          clause.kind(),
          clause.condition(),
          new MergeAction.SetColumns(assigned(set.assignments())));
    }
    if (clause.action() instanceof MergeAction.InsertValues insert) {
      return new MergeClause(clause.kind(), clause.condition(), values(insert));
    }
    return clause;
  }

  private MergeAction.InsertValues values(MergeAction.InsertValues insert) {
    List<String> columns =
        insert.columns().isEmpty()
            ? table.columns().stream().map(Column::name).toList()
            : insert.columns();
    List<String> names = new ArrayList<>(insert.columns());
    List<String> values = new ArrayList<>();
    for (int i = 0; i < insert.values().size(); i++) {
      values.add(
          i < columns.size()
              ? given(insert.values().get(i), columns.get(i))
              : insert.values().get(i));
    }
    for (Column column : leftOut(columns)) {
      names.add(column.name());
      values.add(value(column.name()));
    }
    return new MergeAction.InsertValues(names, values);
  }

  private List<Assignment> assigned(List<Assignment> assignments) {
    return assignments.stream()
        .map(
            a ->
                a.columns().size() == 1
                    ? new Assignment(a.columns(), given(a.value(), a.columns().get(0)))
                    : a)
        .toList();
  }

  private String given(String value, String column) {
    return value.equalsIgnoreCase("DEFAULT") && rules.defaultOf(column).isPresent()
        ? value(column)
        : value;
  }

  private String value(String column) {
    return "(" + rules.defaultOf(column).orElse("NULL") + "\n)";
  }
}
