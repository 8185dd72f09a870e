package io.flashduck.server.table.statement;

import io.flashduck.server.catalog.CatalogSnapshot;
import io.flashduck.server.catalog.Column;
import io.flashduck.server.catalog.TableDefinition;
import io.flashduck.server.catalog.TableName;
import io.flashduck.server.engine.EngineConnection;
import io.flashduck.server.engine.Parameters;
import io.flashduck.server.engine.sql.NumberedParameters;
import io.flashduck.server.engine.sql.SqlIdentifiers;
import io.flashduck.server.engine.sql.SqlStatement;
import io.flashduck.server.engine.sql.StatementParser;
import io.flashduck.server.engine.sql.WrittenPosition;
import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import io.flashduck.server.table.SqlUpdate;
import io.flashduck.server.table.UpdateDescription;
import io.flashduck.server.table.merge.TableLayout;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.types.pojo.Schema;

/**
 * Evaluates a statement against the applied state: everything happens in one transaction that is
 * rolled back, what is left are the sections of the change.
 *
 * <p>Threading: confined to the lane of its connection, between transactions, except {@link
 * #cancel}.
 */
public final class StatementEvaluator {
  private final EngineConnection connection;
  private final CapturedTables tables;
  private final Supplier<CatalogSnapshot> catalog;
  private final Rules rules;
  private final Optional<Overlay> overlay;

  /**
   * What is to be asked of others.
   *
   * @param sources files of tables, and what {@code tables.yaml} says of them
   * @param refuseReserved refuses names that are the server's own
   * @param nowNanos the time
   * @param maxBytes the largest change
   */
  public record Rules(
      TableSources sources,
      Consumer<TableName> refuseReserved,
      Supplier<Long> nowNanos,
      long maxBytes) {}

  /** What a transaction has changed, for its later statements. */
  public interface Overlay {
    /** How a table is read. */
    TableLayout layout(TableDefinition table);

    /** The same table as one that a statement can be prepared to write. */
    TableLayout writable(TableLayout table);

    /** A changing statement that reads what the transaction sees. */
    SqlStatement reading(SqlStatement statement, List<String> searchPath);

    /** A query that reads what the transaction sees. */
    String reading(String query, List<String> searchPath);
  }

  public StatementEvaluator(
      EngineConnection connection,
      BufferAllocator allocator,
      Supplier<CatalogSnapshot> catalog,
      Rules rules) {
    this(connection, allocator, catalog, rules, Optional.empty());
  }

  /**
   * @param overlay of the transaction that is open on the connection: nothing is rolled back then,
   *     and the connection has the search path already
   */
  public StatementEvaluator(
      EngineConnection connection,
      BufferAllocator allocator,
      Supplier<CatalogSnapshot> catalog,
      Rules rules,
      Optional<Overlay> overlay) {
    this.overlay = overlay;
    this.connection = connection;
    this.tables = new CapturedTables(connection, allocator, rules.maxBytes());
    this.catalog = catalog;
    this.rules = rules;
  }

  /** The change that a statement makes. */
  public Evaluation evaluate(SqlUpdate update) {
    return evaluate(update, UnaryOperator.identity());
  }

  /**
   * The change that a statement makes.
   *
   * @param watched adds to the work that may be stopped with {@link #cancel}; what has to be done
   *     on the connection before and after it is not part of it
   */
  public Evaluation evaluate(SqlUpdate update, UnaryOperator<Supplier<Evaluation>> watched) {
    if (update.parameters().map(rows -> rows.rowCount() == 0).orElse(false)) {
      return Evaluation.nothing();
    }
    return asWritten(
        update,
        () -> {
          SqlStatement statement = parsed(update);
          Scope scope = new Scope(catalog.get(), update.searchPath());
          return rolledBack(scope, update, watched.apply(() -> evaluate(statement, scope, update)));
        });
  }

  /** Stops what is evaluated at this moment, if anything. Any thread may call it. */
  public void cancel(FlashDuckException reason) {
    connection.cancel(reason);
  }

  /** Positions of errors are of the client's text, not of what it becomes. */
  private static <T> T asWritten(SqlUpdate update, Supplier<T> work) {
    try {
      return work.get();
    } catch (FlashDuckException e) {
      throw new FlashDuckException(
          e.code(), WrittenPosition.restated(String.valueOf(e.getMessage()), update.text()), e);
    }
  }

  /**
   * The changes that a statement makes in a transaction, one after the other; each is to be visible
   * before the next one is evaluated.
   */
  public void evaluateEach(SqlUpdate update, Consumer<Evaluation> each) {
    if (update.parameters().map(rows -> rows.rowCount() == 0).orElse(false)) {
      each.accept(Evaluation.nothing());
      return;
    }
    asWritten(
        update,
        () -> {
          evaluateEach(parsed(update), update, each);
          return true;
        });
  }

  private void evaluateEach(SqlStatement statement, SqlUpdate update, Consumer<Evaluation> each) {
    Scope scope = new Scope(catalog.get(), update.searchPath());
    if (statement instanceof SqlStatement.Dml dml) {
      dmlRun(dml, scope, update).runEach(new BoundExecutions(update.parameters()), each);
    } else {
      each.accept(evaluate(statement, scope, update));
    }
    if (overlay.isPresent() && statement instanceof SqlStatement.AlterTable) {
      throw new FlashDuckException(
          ErrorCode.UNIMPLEMENTED,
          "ALTER TABLE in a transaction is not offered; COMMIT or ROLLBACK first");
    }
  }

  private Evaluation evaluate(SqlStatement statement, Scope scope, SqlUpdate update) {
    if (statement instanceof SqlStatement.Dml dml) {
      return dmlRun(dml, scope, update).run(new BoundExecutions(update.parameters()));
    }
    return new DdlPlan(
            tables,
            scope,
            rules.sources(),
            rules.refuseReserved(),
            query -> overlay.map(o -> o.reading(query, scope.searchPath())).orElse(query))
        .plan(statement);
  }

  private DmlRun dmlRun(SqlStatement.Dml dml, Scope scope, SqlUpdate update) {
    TableDefinition table = scope.table(dml.target());
    return new DmlRun(
        tables,
        table.rules(),
        layout(table),
        DefaultWords.replaced(dml, table),
        update,
        rules.nowNanos().get());
  }

  private TableLayout layout(TableDefinition table) {
    return overlay.map(o -> o.layout(table)).orElseGet(() -> TableLayout.of(table));
  }

  private SqlStatement parsed(SqlUpdate update) {
    SqlStatement statement = StatementParser.parse(BoundSql.numbered(update.text()));
    if (statement instanceof SqlStatement.Other other) {
      throw new FlashDuckException(
          ErrorCode.INVALID_REQUEST,
          (other.keyword().isEmpty() ? "This text" : other.keyword())
              + " is not a statement that changes data or definitions");
    }
    return overlay.map(o -> o.reading(statement, update.searchPath())).orElse(statement);
  }

  /** What a statement takes and returns; nothing is run. */
  public UpdateDescription describe(SqlUpdate update) {
    return asWritten(update, () -> describe(parsed(update), update));
  }

  private UpdateDescription describe(SqlStatement statement, SqlUpdate update) {
    Scope scope = new Scope(catalog.get(), update.searchPath());
    if (!(statement instanceof SqlStatement.Dml dml)
        || statement instanceof SqlStatement.Truncate) {
      return new UpdateDescription(Optional.empty(), new Schema(List.of()));
    }
    return rolledBack(scope, update, () -> describe(dml, scope, update));
  }

  private UpdateDescription describe(SqlStatement.Dml written, Scope scope, SqlUpdate update) {
    SqlStatement.Dml dml = DefaultWords.replaced(written, scope.table(written.target()));
    TableLayout layout = layout(scope.table(dml.target()));
    CapturedRows rows = new CapturedRows(layout);
    tables.execute(rows.create());
    Optional<Schema> returning =
        dml.returning()
            .map(
                text ->
                    tables.answerSchema(
                        "SELECT * FROM ("
                            + rows.returning(
                                new Capture(
                                    "",
                                    Capture.KeyCheck.LAST_WINS,
                                    DmlSql.alias(aliasOf(dml), dml),
                                    dml.returning(),
                                    dml instanceof SqlStatement.Merge),
                                text)
                            + ") LIMIT 0",
                        update));
    List<String> names = NumberedParameters.of(update.text()).names();
    Schema parameters =
        BoundSql.parameters(BoundSql.numbered(update.text())).isEmpty()
            ? new Schema(List.of())
            : connection.describeParameters(describable(layout, dml, rows), names);
    return new UpdateDescription(returning, parameters);
  }

  /** A statement whose parameters have the types that DuckDB would give those of the original. */
  private String describable(TableLayout layout, SqlStatement.Dml dml, CapturedRows rows) {
    boolean plain =
        !(dml instanceof SqlStatement.Merge)
            && !(dml instanceof SqlStatement.Insert insert && insert.onConflict().isPresent());
    if (plain) {
      return DmlSql.describable(overlay.map(o -> o.writable(layout)).orElse(layout), dml);
    }
    List<String> names =
        DmlSql.source(dml).stream()
            .flatMap(
                source ->
                    tables
                        .describe(BoundSql.replaced(source, n -> "NULL"), Parameters.NONE)
                        .stream())
            .map(Column::name)
            .toList();
    return rows.fill(DmlSql.capture(layout, dml, names));
  }

  private static Optional<String> aliasOf(SqlStatement.Dml dml) {
    if (dml instanceof SqlStatement.Insert insert) {
      return insert.alias();
    }
    if (dml instanceof SqlStatement.Update update) {
      return update.alias();
    }
    if (dml instanceof SqlStatement.Delete delete) {
      return delete.alias();
    }
    return dml instanceof SqlStatement.Merge merge ? merge.alias() : Optional.empty();
  }

  private <T> T rolledBack(Scope scope, SqlUpdate update, Supplier<T> work) {
    if (overlay.isPresent()) {
      return work.get();
    }
    boolean zoned = !update.timeZone().equals(SqlUpdate.UTC);
    connection.searchPath(scope.searchPath());
    try {
      if (zoned) {
        connection.execute("SET TimeZone = " + SqlIdentifiers.literal(update.timeZone()));
      }
      connection.begin();
      try {
        return work.get();
      } finally {
        connection.rollback();
      }
    } finally {
      connection.execute("RESET search_path");
      if (zoned) {
        connection.execute("SET TimeZone = " + SqlIdentifiers.literal(SqlUpdate.UTC));
      }
    }
  }
}
