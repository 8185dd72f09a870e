package io.flashduck.server.engine.sql;

import io.flashduck.server.engine.sql.SqlStatement.Assignment;
import io.flashduck.server.engine.sql.SqlStatement.CreateTable;
import io.flashduck.server.engine.sql.SqlStatement.Delete;
import io.flashduck.server.engine.sql.SqlStatement.Insert;
import io.flashduck.server.engine.sql.SqlStatement.Merge;
import io.flashduck.server.engine.sql.SqlStatement.MergeAction;
import io.flashduck.server.engine.sql.SqlStatement.MergeClause;
import io.flashduck.server.engine.sql.SqlStatement.OnConflict;
import io.flashduck.server.engine.sql.SqlStatement.Update;
import java.util.List;
import java.util.Optional;

/**
 * Puts other relations in the place of tables in everything that a changing statement reads; its
 * target stays.
 *
 * <p>Threading: confined to its caller.
 */
public final class StatementRewriter {
  private final NameRewriter names;

  public StatementRewriter(NameRewriter names) {
    this.names = names;
  }

  /** The statement with other names in its queries and expressions. */
  public SqlStatement rewritten(SqlStatement statement) {
    if (statement instanceof Insert insert) {
      return insert(insert);
    }
    if (statement instanceof Update update) {
      Clauses in = new Clauses(update.with());
      return new Update(
          in.with(),
          update.target(),
          update.alias(),
          in.assignments(update.assignments()),
          update.from().map(in::from),
          update.where().map(in::expression),
          update.returning().map(in::list));
    }
    if (statement instanceof Delete delete) {
      Clauses in = new Clauses(delete.with());
      return new Delete(
          in.with(),
          delete.target(),
          delete.alias(),
          delete.using().map(in::from),
          delete.where().map(in::expression),
          delete.returning().map(in::list));
    }
    if (statement instanceof Merge merge) {
      return merge(merge);
    }
    return statement instanceof CreateTable create ? createTable(create) : statement;
  }

  private Insert insert(Insert insert) {
    Clauses in = new Clauses(insert.with());
    return new Insert(
        in.with(),
        insert.orAction(),
        insert.target(),
        insert.alias(),
        insert.columns(),
        insert.byName(),
        insert.source().map(in::query),
        insert
            .onConflict()
            .map(
                conflict ->
                    new OnConflict(
                        conflict.columns(),
                        in.assignments(conflict.update()),
                        conflict.where().map(in::expression))),
        insert.returning().map(in::list));
  }

  private Merge merge(Merge merge) {
    Clauses in = new Clauses(merge.with());
    return new Merge(
        in.with(),
        merge.target(),
        merge.alias(),
        in.from(merge.source()),
        merge.on().map(in::expression),
        merge.usingColumns(),
        merge.clauses().stream()
            .map(
                clause ->
                    new MergeClause(
                        clause.kind(),
                        clause.condition().map(in::expression),
                        in.action(clause.action())))
            .toList(),
        merge.returning().map(in::list));
  }

  private CreateTable createTable(CreateTable create) {
    return new CreateTable(
        create.temporary(),
        create.ifExists(),
        create.target(),
        create.columns(),
        create.primaryKey(),
        create.query().map(names::query),
        create.withData(),
        create.checks(),
        create.unsupported());
  }

  /** The clauses of a statement, each of which sees what its WITH defines. */
  private final class Clauses {
    private final Optional<String> with;
    private final String prefix;

    Clauses(Optional<String> with) {
      this.with = with;
      this.prefix = with.map(text -> text + "\n").orElse("");
    }

    Optional<String> with() {
      return with.map(text -> names.part("", text, "\nSELECT 1"));
    }

    String query(String text) {
      return names.part(prefix, text, "");
    }

    String from(String text) {
      return names.part(prefix + "SELECT 1 FROM ", text, "");
    }

    String list(String text) {
      return names.part(prefix + "SELECT ", text, "");
    }

    String expression(String text) {
      return text.equalsIgnoreCase("DEFAULT") ? text : names.part(prefix + "SELECT (", text, "\n)");
    }

    List<Assignment> assignments(List<Assignment> assignments) {
      return assignments.stream()
          .map(a -> new Assignment(a.columns(), expression(a.value())))
          .toList();
    }

    MergeAction action(MergeAction action) {
      if (action instanceof MergeAction.SetColumns set) {
        return new MergeAction.SetColumns(assignments(set.assignments()));
      }
      if (action instanceof MergeAction.InsertValues insert) {
        return new MergeAction.InsertValues(
            insert.columns(), insert.values().stream().map(this::expression).toList());
      }
      return action instanceof MergeAction.Fail fail
          ? new MergeAction.Fail(fail.message().map(this::expression))
          : action;
    }
  }
}
