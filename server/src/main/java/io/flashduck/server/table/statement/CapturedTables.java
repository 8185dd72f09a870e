package io.flashduck.server.table.statement;

import io.flashduck.server.catalog.Column;
import io.flashduck.server.engine.ArrowResult;
import io.flashduck.server.engine.EngineConnection;
import io.flashduck.server.engine.Parameters;
import io.flashduck.server.engine.sql.SqlIdentifiers;
import io.flashduck.server.table.ArrowRows;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
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

  /** The rows of a query for the log: what Arrow does not carry without loss is text. */
  public ArrowRows logged(String query, List<String> before, List<Column> columns) {
    String items =
        before.stream().map(name -> name + ", ").collect(Collectors.joining())
            + columns.stream().map(CapturedTables::exact).collect(Collectors.joining(", "));
    return rows("SELECT " + items + " FROM (" + query + ")", Parameters.NONE);
  }

  private static String exact(Column column) {
    String name = SqlIdentifiers.quote(column.name());
    return switch (column.type().toUpperCase(Locale.ROOT)) {
      case "HUGEINT",
          "UHUGEINT",
          "BIGNUM",
          "BIT",
          "TIME WITH TIME ZONE",
          "VARIANT",
          "UUID",
          "INTERVAL" ->
          "CAST(" + name + " AS VARCHAR) AS " + name;
      default -> name;
    };
  }

  /** The schema that the rows of a query have. */
  Schema schema(String sql) {
    try (ArrowResult result = connection.arrow(sql, Parameters.NONE, allocator, BATCH_ROWS)) {
      return result.root().getSchema();
    }
  }
}
