package io.flashduck.server.table;

import io.flashduck.server.catalog.Column;
import io.flashduck.server.engine.EngineConnection;
import io.flashduck.server.engine.RegisteredStream;
import io.flashduck.server.engine.TextParts;
import io.flashduck.server.engine.sql.SqlIdentifiers;
import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.ipc.ArrowReader;
import org.apache.arrow.vector.types.pojo.Schema;

/**
 * Which DuckDB types the columns of Arrow rows become, and whether their values fit others; DuckDB
 * itself is asked, once for each schema.
 *
 * <p>Threading: thread-safe; one question at a time.
 */
final class ArrowSchemas implements AutoCloseable {
  private static final int REMEMBERED = 256;
  private static final String STREAM = "_fd_check";

  private final EngineConnection connection;
  private final BufferAllocator allocator;
  private final Map<Schema, List<Column>> known =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Schema, List<Column>> eldest) {
          return size() > REMEMBERED;
        }
      };

  /**
   * @param connection owned: closed with this
   */
  ArrowSchemas(EngineConnection connection, BufferAllocator allocator) {
    this.connection = connection;
    this.allocator = allocator;
  }

  /** The columns as DuckDB reads them. */
  synchronized List<Column> columns(Schema schema) {
    List<Column> columns = known.get(schema);
    if (columns == null) {
      columns = ask(schema);
      known.put(schema, columns);
    }
    return columns;
  }

  private List<Column> ask(Schema schema) {
    ArrowRows none;
    try (VectorSchemaRoot root = VectorSchemaRoot.create(schema, allocator)) {
      none = ArrowRows.copyOf(root, Integer.MAX_VALUE);
    }
    return over(
        none,
        stream ->
            connection.query(
                "DESCRIBE SELECT * FROM " + stream,
                row -> new Column(row.getString(1), withoutNull(row.getString(2)))));
  }

  /** A column of nulls only fits any type. */
  private static String withoutNull(String type) {
    return type.equals("\"NULL\"") || type.equals("NULL") ? "VARCHAR" : type;
  }

  /** A value that does not survive a cast there and back. */
  record Misfit(long row, String value) {}

  /**
   * The first value of a column that a type does not hold without loss.
   *
   * @param exact whether the value must come back the same; else it only has to be convertible
   */
  synchronized List<Misfit> misfits(ArrowRows rows, Column column, String type, boolean exact) {
    String value = "s." + SqlIdentifiers.quote(column.name());
    String cast = "TRY_CAST(" + value + " AS " + type + ")";
    String back =
        exact
            ? " OR TRY_CAST(" + cast + " AS " + column.type() + ") IS DISTINCT FROM " + value
            : "";
    return first(rows, value, value + " IS NOT NULL AND (" + cast + " IS NULL" + back + ")");
  }

  private List<Misfit> first(ArrowRows rows, String value, String bad) {
    return over(
        rows,
        stream ->
            connection.query(
                "SELECT n, v FROM (SELECT row_number() OVER () AS n, "
                    + value
                    + "::VARCHAR AS v, "
                    + bad
                    + " AS bad FROM "
                    + stream
                    + " AS s) WHERE bad LIMIT 1",
                row -> new Misfit(row.getLong(1), String.valueOf(row.getString(2)))));
  }

  /**
   * The first text of a column, at any depth, that is no JSON, if its type has JSON: DuckDB does
   * not look when it reads Arrow.
   */
  synchronized List<Misfit> noJson(ArrowRows rows, Column column) {
    Optional<String> text = TextParts.cast(column.type(), Set.of("JSON"));
    if (text.isEmpty()) {
      return List.of();
    }
    String asText = " AS " + text.get() + ")";
    String value = "CAST(s." + SqlIdentifiers.quote(column.name()) + asText;
    String back = "CAST(TRY_CAST(" + value + " AS " + column.type() + ")" + asText;
    return first(rows, value, back + " IS DISTINCT FROM " + value);
  }

  /**
   * Reads a column whose bytes DuckDB looks into when it reads Arrow.
   *
   * @throws FlashDuckException INVALID_REQUEST with what DuckDB says against them
   */
  synchronized void refuseUnreadable(ArrowRows rows, Column column) {
    if (column.type().contains("GEOMETRY") || column.type().contains("VARIANT")) {
      try {
        String count = "count(" + SqlIdentifiers.quote(column.name()) + ")";
        over(
            rows,
            stream -> {
              // Not a query: of one that fails while its rows are fetched, DuckDB's words are lost.
              connection.execute(
                  "CREATE OR REPLACE TEMP TABLE _fd_read AS SELECT " + count + " FROM " + stream);
              return List.of();
            });
      } catch (FlashDuckException e) {
        throw new FlashDuckException(
            ErrorCode.INVALID_REQUEST,
            "Column "
                + column.name()
                + " has a value that is no "
                + column.type()
                + ": "
                + e.getMessage(),
            e);
      }
    }
  }

  /** Whether a column has a value in every row, and no value twice. */
  synchronized boolean identifies(ArrowRows rows, Column column) {
    String distinct = "count(DISTINCT " + SqlIdentifiers.quote(column.name()) + ")";
    return over(
            rows,
            stream ->
                connection.query(
                    "SELECT count(*) = " + distinct + " FROM " + stream, row -> row.getBoolean(1)))
        .get(0);
  }

  /**
   * The number of the first row for which a condition is false, from 1.
   *
   * @param given the columns that the rows have
   * @param columns those that the condition is about; one that the rows leave out is null
   */
  synchronized Optional<Long> breaking(
      ArrowRows rows, List<Column> given, List<Column> columns, String condition) {
    String values =
        columns.stream()
            .map(
                c ->
                    "CAST("
                        + given.stream()
                            .filter(g -> g.name().equalsIgnoreCase(c.name()))
                            .findFirst()
                            .map(g -> "s." + SqlIdentifiers.quote(g.name()))
                            .orElse("NULL")
                        + " AS "
                        + c.type()
                        + ") AS "
                        + SqlIdentifiers.quote(c.name()))
            .collect(Collectors.joining(", "));
    return over(
            rows,
            stream ->
                connection.query(
                    "SELECT _fd_n FROM (SELECT row_number() OVER () AS _fd_n, "
                        + values
                        + " FROM "
                        + stream
                        + " AS s) WHERE NOT CAST(("
                        + condition
                        + "\n) AS BOOLEAN) ORDER BY _fd_n LIMIT 1",
                    row -> row.getLong(1)))
        .stream()
        .findFirst();
  }

  private <T> T over(ArrowRows rows, java.util.function.Function<String, T> question) {
    try (ArrowReader reader = rows.open(allocator);
        RegisteredStream stream = connection.register(STREAM, reader, allocator)) {
      return question.apply(SqlIdentifiers.quote(stream.name()));
    } catch (IOException e) {
      throw new FlashDuckException(
          ErrorCode.INVALID_REQUEST, "The Arrow rows cannot be read: " + e.getMessage(), e);
    }
  }

  @Override
  public synchronized void close() {
    connection.close();
  }
}
