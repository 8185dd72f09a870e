package io.flashduck.server.consolidate;

import static io.flashduck.server.engine.sql.SqlIdentifiers.literal;
import static io.flashduck.server.engine.sql.SqlIdentifiers.quote;

import io.flashduck.server.catalog.Column;
import io.flashduck.server.engine.EngineConnection;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;

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
   */
  void copy(EngineConnection snapshot, String condition, Path target, long rowGroupRows) {
    String rows = order.keyed() ? keyedRows(condition) : arrivedRows(condition);
    snapshot.execute(
        "COPY ("
            + rows
            + " ORDER BY "
            + order.names()
            + ") TO "
            + literal(target.toString())
            + " "
            + options.copyOptions(rowGroupRows));
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

  private static ContentHash hash(EngineConnection connection, String aggregates, String from) {
    return connection
        .query(
            "SELECT " + aggregates + " FROM " + from,
            row ->
                new ContentHash(
                    row.getLong(1), Long.parseUnsignedLong(row.getString(2)), row.getLong(3)))
        .get(0);
  }

  private String keyedRows(String condition) {
    return "SELECT "
        + projection.selectList()
        + " FROM "
        + table.storedName()
        + " WHERE "
        + condition
        + " UNION ALL SELECT "
        + projection.nulls()
        + " FROM range(0)";
  }

  private String arrivedRows(String condition) {
    StringBuilder places = new StringBuilder();
    StringBuilder nulls = new StringBuilder();
    for (Projection.Output column : order.columns()) {
      places.append(", ").append(column.expression()).append(" AS ").append(quote(column.name()));
      nulls.append(", NULL::").append(column.type());
    }
    return "SELECT "
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
  }
}
