package io.flashduck.server.consolidate;

import static io.flashduck.server.engine.sql.SqlIdentifiers.literal;
import static io.flashduck.server.engine.sql.SqlIdentifiers.quote;

import io.flashduck.server.catalog.Column;
import io.flashduck.server.catalog.TableName;
import io.flashduck.server.engine.EngineConnection;
import java.nio.file.Path;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * One table at one version, to be written.
 *
 * <p>Threading: immutable.
 *
 * @param table the table in the snapshot
 * @param position the snapshot
 * @param options how to encode
 * @param projection what to write of a row
 * @param order how rows are ordered
 */
record Emission(
    StoredTable table,
    SnapshotPosition position,
    ParquetOptions options,
    Projection projection,
    RowOrder order) {

  static Emission of(
      EngineConnection snapshot,
      StoredTable table,
      SnapshotPosition position,
      ParquetOptions options) {
    Projection projection = Projection.of(table.definition(), wideColumns(snapshot, table));
    return new Emission(
        table, position, options, projection, RowOrder.of(table.definition(), projection));
  }

  TableName name() {
    return table.definition().name();
  }

  /** Whether a file of this emission can later be changed row group by row group. */
  boolean canSplice() {
    // Rows of the old file are found by DuckDB's virtual column of that name.
    boolean shadowed =
        projection.columns().stream()
            .anyMatch(column -> column.name().equalsIgnoreCase("file_row_number"));
    return order.bounded() && !shadowed;
  }

  /** What the footer says. */
  FileProperties properties(
      EmissionContext.Identity identity, ContentHash hash, List<Cluster> clusters) {
    return new FileProperties(
        name().toString(),
        identity.database(),
        position.version(),
        position.sequence(),
        hash.rows(),
        table.definition().schemaVersion(),
        SourceFilesText.write(table.sourceFiles()),
        hash.text(identity.hashAlgorithm()),
        options.text(),
        clusters.isEmpty() ? "" : ClusterText.write(clusters),
        identity.writtenBy());
  }

  private static Set<String> wideColumns(EngineConnection snapshot, StoredTable table) {
    Set<String> wide = new HashSet<>();
    for (Column column : table.definition().columns()) {
      if (EmittedType.mayBeWide(column.type()) && anyWide(snapshot, table, column)) {
        wide.add(column.name());
      }
    }
    return wide;
  }

  private static boolean anyWide(EngineConnection snapshot, StoredTable table, Column column) {
    String name = quote(column.name());
    String condition = name + " IS NOT NULL AND TRY_CAST(" + name + " AS DECIMAL(38,0)) IS NULL";
    String sql = "SELECT 1 FROM " + table.storedName() + " WHERE " + condition + " LIMIT 1";
    return !snapshot.query(sql, row -> row.getInt(1)).isEmpty();
  }

  /**
   * Writes the rows that meet a condition to a new Parquet file.
   *
   * <p>The empty branch with NULLs keeps every column optional: DuckDB writes a column as required
   * whenever its statistics happen to know no NULL, and then a file's schema would change with its
   * content.
   *
   * @param condition over the stored table
   * @param rowGroupRows rows of each row group
   * @param sort whether the rows are stored in another order than theirs
   */
  void copy(
      EngineConnection snapshot, String condition, Path target, long rowGroupRows, boolean sort) {
    boolean hidden = sort && !order.keyed();
    String places = hidden ? ", " + order.selectList() : "";
    String nulls = hidden ? ", " + order.nulls() : "";
    String rows =
        "SELECT "
            + projection.names()
            + " FROM (SELECT "
            + projection.selectList()
            + places
            + " FROM "
            + table.storedName()
            + " WHERE "
            + condition
            + " UNION ALL SELECT "
            + projection.nulls()
            + nulls
            + " FROM range(0))";
    snapshot.execute(
        "COPY ("
            + rows
            + (sort ? " ORDER BY " + order.names() : "")
            + ") TO "
            + literal(target.toString())
            + " "
            + options.copyOptions(rowGroupRows));
  }

  /** Whether the rows are stored in their order. */
  boolean storedInOrder(EngineConnection snapshot) {
    List<String> columns = new ArrayList<>();
    String above = "false";
    for (int i = order.columns().size() - 1; i >= 0; i--) {
      String expression = order.columns().get(i).expression();
      columns.add(expression + " AS k" + i + ", lag(" + expression + ") OVER () AS p" + i);
      above = "k" + i + " > p" + i + " OR (k" + i + " = p" + i + " AND (" + above + "))";
    }
    // The first row has nothing before it: its comparison is NULL.
    String sql =
        "SELECT 1 FROM (SELECT "
            + String.join(", ", columns)
            + " FROM "
            + table.storedName()
            + ") WHERE NOT ("
            + above
            + ") LIMIT 1";
    return snapshot.query(sql, row -> row.getInt(1)).isEmpty();
  }

  /**
   * The rows at some places of the order, among those that meet a condition.
   *
   * @param places ascending, from 0
   * @param sort whether the rows are stored in another order than theirs
   */
  List<KeyBound> rowsAt(
      EngineConnection snapshot, String condition, List<Long> places, boolean sort) {
    if (places.isEmpty()) {
      return List.of();
    }
    String window = sort ? "ORDER BY " + order.names() : "";
    String sql =
        "SELECT "
            + order.texts()
            + " FROM (SELECT *, row_number() OVER ("
            + window
            + ") - 1 AS _fd_at FROM (SELECT "
            + order.selectList()
            + " FROM "
            + table.storedName()
            + " WHERE "
            + condition
            + ")) WHERE _fd_at IN ("
            + places.stream().map(String::valueOf).collect(Collectors.joining(", "))
            + ") ORDER BY _fd_at";
    return snapshot.query(sql, this::bound);
  }

  /**
   * The keys at some places of a file that this emission wrote; DuckDB reads little more than them.
   *
   * @param places ascending, from 0
   */
  List<KeyBound> keysAt(EngineConnection connection, Path file, List<Long> places) {
    if (places.isEmpty()) {
      return List.of();
    }
    String sql =
        "SELECT "
            + order.texts()
            + " FROM read_parquet("
            + literal(file.toString())
            + ", file_row_number = true) WHERE file_row_number IN ("
            + places.stream().map(String::valueOf).collect(Collectors.joining(", "))
            + ") ORDER BY file_row_number";
    return connection.query(sql, this::bound);
  }

  private KeyBound bound(ResultSet row) throws SQLException {
    List<String> values = new ArrayList<>();
    for (int i = 1; i <= order.columns().size(); i++) {
      values.add(row.getString(i));
    }
    return new KeyBound(values);
  }

  /** The hash of the rows that meet a condition over the stored table. */
  ContentHash tableHash(EngineConnection snapshot, String condition) {
    return hash(
        snapshot,
        ContentHash.aggregates(projection.tableExpressions()),
        table.storedName() + " WHERE " + condition);
  }

  /** The hash of the rows of a file that this projection wrote. */
  ContentHash fileHash(EngineConnection connection, Path file) {
    return hash(
        connection,
        ContentHash.aggregates(projection.fileExpressions()),
        "read_parquet(" + literal(file.toString()) + ")");
  }

  /** The same for the rows from one place to another; DuckDB reads only their row groups. */
  ContentHash fileHash(EngineConnection connection, Path file, long from, long to) {
    return hash(
        connection,
        ContentHash.aggregates(projection.fileExpressions()),
        "read_parquet("
            + literal(file.toString())
            + ", file_row_number = true) WHERE file_row_number BETWEEN "
            + from
            + " AND "
            + (to - 1));
  }

  /** The rows of the stored table that meet a condition. */
  long count(EngineConnection snapshot, String condition) {
    return snapshot
        .query(
            "SELECT count(*) FROM " + table.storedName() + " WHERE " + condition,
            row -> row.getLong(1))
        .get(0);
  }

  private static ContentHash hash(EngineConnection connection, String aggregates, String from) {
    return connection
        .query(
            "SELECT " + aggregates + " FROM " + from,
            row ->
                new ContentHash(
                    row.getLong(1), Long.parseUnsignedLong(row.getString(2)), row.getLong(3)))
        .get(0);
  }
}
