package io.flashduck.server.engine.sql;

import io.flashduck.server.engine.sql.SqlStatement.Alteration;
import io.flashduck.server.engine.sql.SqlStatement.Assignment;
import io.flashduck.server.engine.sql.SqlStatement.ColumnDefinition;
import io.flashduck.server.engine.sql.SqlStatement.MergeAction;
import io.flashduck.server.engine.sql.SqlStatement.MergeClause;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Turns every query and expression inside of a changing statement into a query of its own, which
 * the guard can have parsed.
 *
 * <p>Threading: confined to one call.
 */
final class StatementProbes {
  private final List<String> probes = new ArrayList<>();

  private StatementProbes() {}

  static List<String> of(SqlStatement statement) {
    StatementProbes probes = new StatementProbes();
    probes.addStatement(statement);
    return probes.probes;
  }

  private void addStatement(SqlStatement statement) {
    if (statement instanceof SqlStatement.Insert insert) {
      addInsert(insert);
    } else if (statement instanceof SqlStatement.Update update) {
      addUpdate(update);
    } else if (statement instanceof SqlStatement.Delete delete) {
      addName(delete.target());
      addWith(delete.with());
      delete.using().ifPresent(this::addFrom);
      delete.where().ifPresent(this::addExpression);
      delete.returning().ifPresent(this::addSelectList);
    } else if (statement instanceof SqlStatement.Merge merge) {
      addMerge(merge);
    } else if (statement instanceof SqlStatement.Truncate truncate) {
      addName(truncate.target());
    } else if (statement instanceof SqlStatement.CreateTable create) {
      addName(create.target());
      create.query().ifPresent(probes::add);
      create.columns().forEach(this::addColumn);
      create.checks().forEach(this::addExpression);
    } else if (statement instanceof SqlStatement.CreateView view) {
      addName(view.target());
      probes.add(view.query());
    } else if (statement instanceof SqlStatement.CreateSchema schema) {
      addName(schema.target());
    } else if (statement instanceof SqlStatement.Drop drop) {
      drop.targets().forEach(this::addName);
    } else if (statement instanceof SqlStatement.AlterTable alter) {
      addName(alter.target());
      addAlteration(alter.alteration());
    }
  }

  /** Only looked at for the internal schema's name. */
  private void addName(QualifiedName name) {
    probes.add("SELECT 1 AS " + SqlIdentifiers.quote(name.name()));
    for (String part : name.parts()) {
      if (part.equalsIgnoreCase(StatementGuard.INTERNAL_SCHEMA)) {
        throw StatementGuard.denied(
            "The schema " + StatementGuard.INTERNAL_SCHEMA + " is internal to the server.");
      }
    }
  }

  private void addInsert(SqlStatement.Insert insert) {
    addName(insert.target());
    String with = insert.with().map(w -> w + "\n").orElse("");
    insert
        .source()
        .ifPresent(source -> probes.add(with + ValuesDefaults.replaced(source, i -> "NULL")));
    if (insert.source().isEmpty()) {
      addWith(insert.with());
    }
    insert
        .onConflict()
        .ifPresent(
            conflict -> {
              addAssignments(conflict.update());
              conflict.where().ifPresent(this::addExpression);
            });
    insert.returning().ifPresent(this::addSelectList);
  }

  private void addUpdate(SqlStatement.Update update) {
    addName(update.target());
    addWith(update.with());
    addAssignments(update.assignments());
    update.from().ifPresent(this::addFrom);
    update.where().ifPresent(this::addExpression);
    update.returning().ifPresent(this::addSelectList);
  }

  private void addMerge(SqlStatement.Merge merge) {
    addName(merge.target());
    addWith(merge.with());
    addFrom(merge.source());
    merge.on().ifPresent(this::addExpression);
    merge.clauses().forEach(this::addClause);
    merge.returning().ifPresent(this::addSelectList);
  }

  private void addClause(MergeClause clause) {
    clause.condition().ifPresent(this::addExpression);
    MergeAction action = clause.action();
    if (action instanceof MergeAction.SetColumns set) {
      addAssignments(set.assignments());
    } else if (action instanceof MergeAction.InsertValues insert) {
      insert.values().forEach(this::addValue);
    } else if (action instanceof MergeAction.Fail fail) {
      fail.message().ifPresent(this::addExpression);
    }
  }

  private void addAlteration(Alteration alteration) {
    if (alteration instanceof Alteration.AddColumn add) {
      addColumn(add.column());
    } else if (alteration instanceof Alteration.ChangeType change) {
      change.using().ifPresent(this::addExpression);
    } else if (alteration instanceof Alteration.SetDefault set) {
      set.value().ifPresent(this::addExpression);
    }
  }

  private void addColumn(ColumnDefinition column) {
    column.defaultValue().ifPresent(this::addValue);
  }

  private void addAssignments(List<Assignment> assignments) {
    assignments.forEach(assignment -> addValue(assignment.value()));
  }

  private void addValue(String value) {
    if (!value.equalsIgnoreCase("DEFAULT")) {
      addExpression(value);
    }
  }

  private void addWith(Optional<String> with) {
    with.ifPresent(w -> probes.add(w + "\nSELECT 1"));
  }

  private void addFrom(String tables) {
    probes.add("SELECT 1 FROM " + tables);
  }

  private void addExpression(String expression) {
    probes.add("SELECT (" + expression + "\n)");
  }

  private void addSelectList(String list) {
    probes.add("SELECT " + list);
  }
}
