package io.flashduck.server.consolidate;

import static io.flashduck.server.engine.sql.SqlIdentifiers.quote;

import io.flashduck.server.catalog.TableDefinition;
import io.flashduck.server.catalog.TableName;
import io.flashduck.server.engine.EngineConnection;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;

/**
 * Which rows each commit changed, so that emission encodes only the row groups that hold them.
 *
 * <p>The one who commits records, <b>in the same transaction</b> and under the version that the
 * transaction makes, the identities of all rows that it inserted, changed or removed: {@link
 * #record}, or {@link #recordAll} if that is cheaper. A version of a table without a record makes
 * the next emission a full one, so forgetting a whole commit costs time only; recording fewer rows
 * than a commit changed makes a wrong file.
 *
 * <p>The records are in {@code _flashduck."schema.name#changed#…"}, one row per changed row and
 * version; a row of NULLs says that everything may have changed. The end of the name depends on the
 * key's names and types, so that a new key never meets the old one's records.
 *
 * <p>Threading: {@link #record}, {@link #recordAll} and {@link #drop} are confined to the apply
 * lane; the rest is thread-safe.
 */
public final class ChangeLog {
  /** More changed rows than this between two emissions are recorded as "everything". */
  private static final long MOST_ROWS = 1_000_000;

  private static final int PRUNE_EVERY = 64;

  private final ToLongFunction<TableName> exportedVersion;
  private final Map<TableName, Pending> pending = new ConcurrentHashMap<>();

  /** What was recorded since the file was last known to be of {@code exported}. */
  private static final class Pending {
    long exported = -1;
    long rows;
    int records;
  }

  ChangeLog(ToLongFunction<TableName> exportedVersion) {
    this.exportedVersion = exportedVersion;
  }

  /**
   * Records the rows that a commit changes.
   *
   * @param lane in the transaction that changes them
   * @param definition the table after the change
   * @param version the version that the transaction makes
   * @param identities a query of the rows' key columns by name; for a table without a key of {@code
   *     _fd_source} and {@code _fd_row}
   * @param rows about how many
   */
  public void record(
      EngineConnection lane,
      TableDefinition definition,
      long version,
      String identities,
      long rows) {
    RowOrder order = order(definition);
    Pending state = pending(definition.name());
    state.rows += rows;
    if (!order.bounded()) {
      return;
    }
    if (state.rows > MOST_ROWS) {
      recordAll(lane, definition, version);
      return;
    }
    String log = prepare(lane, definition.name(), order, state);
    lane.execute(
        "INSERT INTO "
            + log
            + " SELECT "
            + version
            + ", "
            + order.selectList()
            + " FROM ("
            + identities
            + ")");
  }

  /** Records that a commit may have changed any row of the table, or its columns or key. */
  public void recordAll(EngineConnection lane, TableDefinition definition, long version) {
    RowOrder order = order(definition);
    if (order.bounded()) {
      String log = prepare(lane, definition.name(), order, pending(definition.name()));
      // What was recorded before adds nothing to "everything".
      lane.execute("DELETE FROM " + log);
      lane.execute("INSERT INTO " + log + " SELECT " + version + ", " + order.nulls());
    }
  }

  /** Removes the records of a table that is dropped. */
  public void drop(EngineConnection lane, TableName table) {
    pending.remove(table);
    List<String> logs =
        lane.query(
            "SELECT table_name FROM system.main.duckdb_tables() WHERE schema_name = '_flashduck'"
                + " AND starts_with(lower(table_name), lower(?))",
            row -> row.getString(1),
            prefix(table));
    for (String log : logs) {
      lane.execute("DROP TABLE " + qualified(log));
    }
  }

  private Pending pending(TableName table) {
    Pending state = pending.computeIfAbsent(table, name -> new Pending());
    long exported = exportedVersion.applyAsLong(table);
    if (exported > state.exported) {
      state.exported = exported;
      state.rows = 0;
    }
    return state;
  }

  private String prepare(EngineConnection lane, TableName table, RowOrder order, Pending state) {
    String log = qualified(name(table, order));
    String columns =
        order.columns().stream()
            .map(column -> ", " + quote(column.name()) + " " + column.type())
            .collect(Collectors.joining());
    lane.execute("CREATE TABLE IF NOT EXISTS " + log + " (_fd_changed BIGINT" + columns + ")");
    if (state.records++ % PRUNE_EVERY == 0) {
      lane.execute("DELETE FROM " + log + " WHERE _fd_changed <= " + state.exported);
    }
    return log;
  }

  private static RowOrder order(TableDefinition definition) {
    return RowOrder.of(definition, Projection.of(definition, Set.of()));
  }

  private static String prefix(TableName table) {
    return table + "#changed#";
  }

  private static String name(TableName table, RowOrder order) {
    String shape =
        order.columns().stream()
            .map(column -> column.name() + ' ' + column.type())
            .collect(Collectors.joining(","));
    return prefix(table) + Digests.shortHex(shape);
  }

  private static String qualified(String log) {
    return "_flashduck." + quote(log);
  }

  /**
   * How many changed rows each row group has.
   *
   * @param emission what is to be written
   * @param since the version of the file
   * @param clusters the file's row groups, in order
   * @return rows by the row group's place; empty if more may have changed than is recorded
   */
  static Optional<SortedMap<Integer, Long>> changed(
      EngineConnection snapshot, Emission emission, long since, List<Cluster> clusters) {
    RowOrder order = emission.order();
    TableName table = emission.table().definition().name();
    String log = name(table, order);
    if (!order.bounded() || !exists(snapshot, log)) {
      return Optional.empty();
    }
    String newer = qualified(log) + " WHERE _fd_changed > " + since;
    String first = quote(order.columns().get(0).name());
    boolean complete =
        snapshot
            .query(
                "SELECT coalesce(max(_fd_changed), -1) >= "
                    + emission.table().version()
                    + " AND count(*) FILTER ("
                    + first
                    + " IS NULL) = 0 FROM "
                    + newer,
                row -> row.getBoolean(1))
            .get(0);
    return complete ? Optional.of(places(snapshot, order, newer, clusters)) : Optional.empty();
  }

  private static boolean exists(EngineConnection snapshot, String log) {
    String sql =
        "SELECT 1 FROM system.main.duckdb_tables()"
            + " WHERE schema_name = '_flashduck' AND lower(table_name) = lower(?)";
    return !snapshot.query(sql, row -> row.getInt(1), log).isEmpty();
  }

  private static SortedMap<Integer, Long> places(
      EngineConnection snapshot, RowOrder order, String newer, List<Cluster> clusters) {
    SortedMap<Integer, Long> places = new TreeMap<>();
    List<String> bounds = new ArrayList<>();
    for (int i = 0; i < clusters.size(); i++) {
      Optional<KeyBound> lower = clusters.get(i).lower();
      if (lower.isPresent()) {
        bounds.add("(" + i + ", " + order.tuple(order.typed(lower.get())) + ")");
      }
    }
    String keys = "SELECT " + order.tuple(List.of(order.names())) + " AS k FROM " + newer;
    String sql =
        bounds.isEmpty()
            ? "SELECT 0, count(*) FROM (" + keys + ")"
            : "SELECT coalesce(b.i, 0), count(*) FROM ("
                + keys
                + ") c ASOF LEFT JOIN (FROM (VALUES "
                + String.join(", ", bounds)
                + ") v(i, k)) b ON c.k >= b.k GROUP BY 1";
    snapshot
        .query(sql, row -> Map.entry(row.getInt(1), row.getLong(2)))
        .forEach(place -> places.put(place.getKey(), place.getValue()));
    return places;
  }
}
