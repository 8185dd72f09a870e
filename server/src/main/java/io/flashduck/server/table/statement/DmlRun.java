package io.flashduck.server.table.statement;

import io.flashduck.server.catalog.Column;
import io.flashduck.server.catalog.TableRules;
import io.flashduck.server.engine.Parameters;
import io.flashduck.server.engine.sql.SqlStatement;
import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import io.flashduck.server.table.ArrowRows;
import io.flashduck.server.table.SqlUpdate;
import io.flashduck.server.table.change.ChangeSection;
import io.flashduck.server.table.change.RowsKind;
import io.flashduck.server.table.merge.TableLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Evaluates INSERT, UPDATE, DELETE, MERGE and TRUNCATE: each execution is captured, checked, and
 * made visible to the next one; all together are one change.
 *
 * <p>Threading: confined to the apply lane, inside the transaction that is rolled back; used once.
 */
final class DmlRun {
  private final CapturedTables tables;
  private final TableRules rules;
  private final TableLayout layout;
  private final SqlStatement.Dml statement;
  private final SqlUpdate update;
  private final long nowNanos;
  private final CapturedRows rows;

  /**
   * @param update what the client sent, of which the statement was made
   * @param nowNanos rows that are newer cannot be changed: the change would lose against them
   */
  DmlRun(
      CapturedTables tables,
      TableRules rules,
      TableLayout layout,
      SqlStatement.Dml statement,
      SqlUpdate update,
      long nowNanos) {
    this.tables = tables;
    this.rules = rules;
    this.layout = layout;
    this.statement = statement;
    this.update = update;
    this.nowNanos = nowNanos;
    this.rows = new CapturedRows(layout);
  }

  Evaluation run(BoundExecutions bound) {
    if (statement instanceof SqlStatement.Truncate) {
      return truncate();
    }
    Optional<SqlStatement.Insert> vectorised = bound.vectorised(statement, tables.allocator());
    if (vectorised.isPresent()) {
      return bound.withTable(
          tables,
          () -> {
            Capture capture = capture(vectorised.get(), Parameters.NONE);
            long count = execute(capture, Parameters.NONE);
            return evaluation(count, returning(capture, Parameters.NONE));
          });
    }
    List<Parameters> executions = bound.each(tables.allocator());
    return executions.size() == 1 ? one(executions.get(0)) : several(executions);
  }

  /** Where each execution is made visible to the next one by somebody else. */
  void runEach(BoundExecutions bound, Consumer<Evaluation> each) {
    boolean together =
        statement instanceof SqlStatement.Truncate
            || bound.vectorised(statement, tables.allocator()).isPresent();
    if (together) {
      each.accept(run(bound));
      return;
    }
    List<Parameters> executions = bound.each(tables.allocator());
    executions.forEach(values -> each.accept(one(values)));
  }

  private Evaluation one(Parameters values) {
    Capture capture = capture(statement, values);
    long count = execute(capture, values);
    return evaluation(count, returning(capture, values));
  }

  private Evaluation truncate() {
    long count = tables.number("SELECT count(*) FROM " + layout.stored());
    return new Evaluation(
        List.of(
            new ChangeSection.Create(layout.name(), layout.columns(), layout.key(), true, rules)),
        count,
        Optional.empty());
  }

  private Evaluation several(List<Parameters> executions) {
    List<ArrowRows> returned = new ArrayList<>();
    ExecutionLog log = new ExecutionLog(tables, layout);
    log.create();
    long count = 0;
    for (int i = 0; i < executions.size(); i++) {
      Capture capture = capture(statement, executions.get(i));
      count += execute(capture, executions.get(i));
      returning(capture, executions.get(i)).ifPresent(returned::add);
      log.add(i);
    }
    return new Evaluation(
        log.sections(),
        count,
        returned.isEmpty() ? Optional.empty() : Optional.of(ArrowRows.concat(returned)));
  }

  private Capture capture(SqlStatement.Dml dml, Parameters values) {
    List<String> names =
        DmlSql.source(dml).stream()
            .flatMap(source -> tables.describe(source, values).stream())
            .map(Column::name)
            .toList();
    SqlStatement.Dml complete = new Defaults(layout, rules).in(dml, names);
    return DmlSql.capture(
        layout, complete, complete.equals(dml) ? names : sourceColumns(complete, names));
  }

  /** The names of an INSERT's values once its defaults are among them. */
  private static List<String> sourceColumns(SqlStatement.Dml complete, List<String> before) {
    if (!(complete instanceof SqlStatement.Insert insert) || insert.columns().isEmpty()) {
      return before;
    }
    List<String> names = new ArrayList<>(before);
    names.addAll(
        insert
            .columns()
            .subList(Math.min(before.size(), insert.columns().size()), insert.columns().size()));
    return names;
  }

  /** Captures and checks one execution; the number of rows. */
  private long execute(Capture capture, Parameters values) {
    tables.execute(rows.create());
    tables.execute(rows.fill(capture), values);
    check(capture);
    return tables.number(rows.count());
  }

  private void check(Capture capture) {
    if (layout.keyed()) {
      tables
          .text(rows.nullKey())
          .ifPresent(
              key -> {
                throw violation("NOT NULL constraint failed", key, "a key has a value");
              });
      if (capture.keys() != Capture.KeyCheck.LAST_WINS) {
        tables
            .text(rows.repeatedKey())
            .ifPresent(
                key -> {
                  throw violation(
                      "Duplicate key", key, "the statement gives two rows the same key");
                });
      }
      if (capture.keys() == Capture.KeyCheck.NEW_AND_DISTINCT) {
        tables
            .text(rows.existingKey())
            .ifPresent(
                key -> {
                  throw violation(
                      "Duplicate key",
                      key,
                      "use INSERT OR REPLACE or ON CONFLICT to change the row");
                });
      }
    }
    if (capture.merge()) {
      tables
          .text(rows.repeatedOldRow())
          .ifPresent(
              row -> {
                throw violation(
                    "MERGE changes a row twice", row, "make the source's rows distinct");
              });
    }
    new RuleCheck(tables, layout, rules).check();
    refuseFuture();
  }

  private FlashDuckException violation(String what, String which, String advice) {
    return new FlashDuckException(
        ErrorCode.CONSTRAINT_VIOLATION,
        "Constraint Error: " + what + " in table " + layout.name() + ": " + which + "; " + advice);
  }

  /** A row of a file with a modified time in the future would win over what is written now. */
  private void refuseFuture() {
    tables
        .text(
            "SELECT f.path FROM "
                + CapturedRows.TABLE
                + " AS c JOIN "
                + layout.stored()
                + " AS t ON t._fd_source = c._fd_source AND t._fd_row = c._fd_row JOIN"
                + " _flashduck.files AS f ON f.id = t._fd_source WHERE c._fd_action > 0 AND"
                + " t._fd_sequence = 0 AND t._fd_version > "
                + nowNanos
                + " LIMIT 1")
        .ifPresent(
            path -> {
              throw new FlashDuckException(
                  ErrorCode.CONFLICT,
                  "Rows of "
                      + path
                      + " have a modified time in the future and win over every write until then;"
                      + " correct the file's time");
            });
  }

  private Optional<ArrowRows> returning(Capture capture, Parameters values) {
    return capture
        .returning()
        .map(text -> tables.answer(rows.returning(capture, text), values, update));
  }

  private Evaluation evaluation(long count, Optional<ArrowRows> returning) {
    List<ChangeSection> sections = new ArrayList<>();
    if (count > 0) {
      if (layout.keyed()) {
        keyed(sections);
      } else {
        keyless(sections);
      }
    }
    return new Evaluation(sections, count, returning);
  }

  private void keyed(List<ChangeSection> sections) {
    boolean deletes = tables.number(rows.countDeletes()) > 0;
    boolean onlyDeletes = statement instanceof SqlStatement.Delete;
    if (onlyDeletes) {
      List<Column> key = layout.identityColumns();
      sections.add(
          section(RowsKind.DELETE, key, tables.logged(rows.deletedKeys(), List.of(), key)));
    } else if (deletes) {
      sections.add(
          section(
              RowsKind.MIXED,
              layout.columns(),
              tables.logged(rows.mixed(), List.of("_fd_op"), layout.columns())));
    } else {
      sections.add(
          section(
              RowsKind.UPSERT,
              layout.columns(),
              tables.logged(rows.rows(), List.of(), layout.columns())));
    }
  }

  private void keyless(List<ChangeSection> sections) {
    ArrowRows inserted = tables.logged(rows.inserted(), List.of(), layout.columns());
    if (inserted.rowCount() > 0) {
      sections.add(section(RowsKind.APPEND, layout.columns(), inserted));
    }
    boolean onlyDeletes = statement instanceof SqlStatement.Delete;
    List<Column> columns = onlyDeletes ? List.of() : layout.columns();
    ArrowRows rewritten =
        onlyDeletes
            ? tables.rows(
                "SELECT "
                    + String.join(", ", ExecutionLog.ORIGIN)
                    + " FROM ("
                    + rows.rewritten()
                    + ")",
                Parameters.NONE)
            : tables.logged(rows.rewritten(), ExecutionLog.ORIGIN, columns);
    if (rewritten.rowCount() > 0) {
      sections.add(section(RowsKind.REWRITE, columns, rewritten));
    }
  }

  private ChangeSection.Rows section(RowsKind kind, List<Column> columns, ArrowRows data) {
    return new ChangeSection.Rows(layout.name(), kind, layout.key(), columns, data);
  }
}
