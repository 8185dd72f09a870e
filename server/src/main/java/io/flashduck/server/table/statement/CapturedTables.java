package io.flashduck.server.table.statement;

import io.flashduck.server.catalog.Column;
import io.flashduck.server.engine.ArrowResult;
import io.flashduck.server.engine.EngineConnection;
import io.flashduck.server.engine.Parameters;
import io.flashduck.server.engine.ResultForm;
import io.flashduck.server.engine.TextParts;
import io.flashduck.server.engine.sql.SqlIdentifiers;
import io.flashduck.server.table.ArrowRows;
import io.flashduck.server.table.SqlUpdate;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.types.pojo.Schema;

/**
 * Runs the statements of a capture and takes rows out in Arrow form.
 *
 * <p>Threading: confined to whoever holds the connection.
 */
public final class CapturedTables {
  private static final int BATCH_ROWS = 65_536;

  /** Changes have no dictionaries, and Arrow's intervals wrap around at 292 years. */
  private static final Set<String> TEXT_IN_LOG = Set.of("ENUM", "INTERVAL");

  private final EngineConnection connection;
  private final BufferAllocator allocator;
  private final long maxBytes;

  /**
   * @param maxBytes the largest change
   */
  public CapturedTables(EngineConnection connection, BufferAllocator allocator, long maxBytes) {
    this.connection = connection;
    this.allocator = allocator;
    this.maxBytes = maxBytes;
  }

  EngineConnection connection() {
    return connection;
  }

  BufferAllocator allocator() {
    return allocator;
  }

  void execute(String sql) {
    connection.execute(sql);
  }

  /** Runs a statement with those of the values that it has parameters for. */
  void execute(String sql, Parameters all) {
    BoundSql bound = BoundSql.of(sql, all);
    connection.execute(bound.sql(), bound.values().values().toArray());
  }

  public long number(String sql) {
    return connection.query(sql, row -> row.getLong(1)).get(0);
  }

  /** The first text of a query that answers at most one. */
  Optional<String> text(String sql) {
    return connection.query(sql, row -> String.valueOf(row.getString(1))).stream().findFirst();
  }

  /** Names and types of a query's columns; it is not run. */
  List<Column> describe(String query, Parameters all) {
    BoundSql bound = BoundSql.of(query, all);
    return connection.query(
        "DESCRIBE " + bound.sql(),
        row -> new Column(row.getString(1), row.getString(2)),
        bound.values().values().toArray());
  }

  /** The rows of a query. */
  ArrowRows rows(String sql, Parameters all) {
    BoundSql bound = BoundSql.of(sql, all);
    try (ArrowResult result =
        connection.arrow(bound.sql(), bound.values(), allocator, BATCH_ROWS)) {
      return ArrowRows.collect(result.root(), result::loadNext, maxBytes);
    }
  }

  /** The rows of a query for the log, in types that lose nothing. */
  public ArrowRows logged(String query, List<String> before, List<Column> columns) {
    String items =
        before.stream().map(name -> name + ", ").collect(Collectors.joining())
            + columns.stream().map(CapturedTables::exact).collect(Collectors.joining(", "));
    String sql = "SELECT " + items + " FROM (" + query + ")";
    try (ArrowResult result =
        connection.arrow(sql, Parameters.NONE, ResultForm.EXACT, allocator, BATCH_ROWS)) {
      return ArrowRows.collect(result.root(), result::loadNext, maxBytes);
    }
  }

  private static String exact(Column column) {
    String name = SqlIdentifiers.quote(column.name());
    return TextParts.cast(column.type(), TEXT_IN_LOG)
        .map(type -> "CAST(" + name + " AS " + type + ") AS " + name)
        .orElse(name);
  }

  /** The rows of a query as the client that wrote the statement has results. */
  ArrowRows answer(String sql, Parameters all, SqlUpdate update) {
    BoundSql bound = BoundSql.of(sql, all);
    try (ArrowResult result = answering(bound, update)) {
      return ArrowRows.answer(result, maxBytes);
    }
  }

  /** The schema, as in a message, that {@link #answer} has. */
  Schema answerSchema(String sql, SqlUpdate update) {
    try (ArrowResult result = answering(BoundSql.of(sql, Parameters.NONE), update)) {
      return result.schema();
    }
  }

  private ArrowResult answering(BoundSql bound, SqlUpdate update) {
    ResultForm form = new ResultForm(update.types(), update.timeZone());
    return connection.arrow(bound.sql(), bound.values(), form, allocator, BATCH_ROWS);
  }
}
