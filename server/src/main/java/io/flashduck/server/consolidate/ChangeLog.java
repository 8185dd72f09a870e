package io.flashduck.server.consolidate;

import static io.flashduck.server.engine.sql.SqlIdentifiers.quote;

import io.flashduck.server.catalog.TableDefinition;
import io.flashduck.server.catalog.TableName;
import io.flashduck.server.engine.EngineConnection;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Which rows each commit changed, so that emission encodes only the row groups that hold them.
 *
 * <p>The one who commits records, <b>in the same transaction</b>, the identities of all rows that
 * it inserted, changed or removed: {@link #record}, or {@link #recordAll} if that is cheaper. Each
 * record names the version that the transaction makes and the one before, so the records of a table
 * are a chain: a version without a record breaks it and makes the next emission a full one.
 * Forgetting a whole commit costs time only; recording fewer rows than a commit changed makes a
 * wrong file.
 *
 * <p>The records are in {@code _flashduck."schema.name#changed#…"}, one row per changed row and
 * version; no version before says that everything may have changed, a key of NULLs that no row has.
 * The end of the name depends on the key's names and types, so that a new key never meets the old
 * one's records.
 *
 * <p>Threading: {@link #record}, {@link #recordAll} and {@link #drop} are confined to the apply
 * lane; the rest is thread-safe.
 */
public final class ChangeLog {
  /**
   * More changed rows than this between two emissions are recorded as "everything": writing their
   * keys down would cost the writer more than a splice could save.
   */
  private static final long MOST_ROWS = 250_000;

  private static final int PRUNE_EVERY = 64;

  /** In place of a version before. */
  private static final long EVERYTHING = -1;

  private final Predicate<TableName> wanted;
  private final ToLongFunction<TableName> exportedVersion;
  private final Map<TableName, Pending> pending = new ConcurrentHashMap<>();

  /** What was recorded since the file was last known to be of {@code exported}. */
  private static final class Pending {
    long exported = -1;
    long rows;
    int records;

    /** The table of records, and the version whose transaction made sure that it exists. */
    String log = "";

    long logVersion;
  }

  /**
   * @param wanted whether records of the table can be of use
   * @param exportedVersion the version of a table's file, -1 if it is not known
   */
  ChangeLog(Predicate<TableName> wanted, ToLongFunction<TableName> exportedVersion) {
    this.wanted = wanted;
    this.exportedVersion = exportedVersion;
  }

  /**
   * A transaction that changes a table.
   *
   * @param definition the table after the change
   * @param version the version that the transaction makes
   * @param previous the version at which the table changed last before, 0 if it is new
   */
  public record Commit(TableDefinition definition, long version, long previous) {}

  /**
   * Records the rows that a commit changes.
   *
   * @param lane in the transaction that changes them
   * @param identities a query of the rows' key columns by name; for a table without a key of {@code
   *     _fd_source} and {@code _fd_row}
   * @param rows about how many; 0 only if there are none
   */
  public void record(EngineConnection lane, Commit commit, String identities, long rows) {
    TableName table = commit.definition().name();
    RowOrder order = order(commit.definition());
    if (!order.bounded() || !wanted.test(table)) {
      return;
    }
    Pending state = pending(table);
    state.rows += rows;
    if (state.rows > MOST_ROWS) {
      recordAll(lane, commit);
      return;
    }
    String link = commit.version() + ", " + commit.previous() + ", ";
    String changed =
        rows == 0 ? link + order.nulls() : link + order.selectList() + " FROM (" + identities + ")";
    lane.execute("INSERT INTO " + prepare(lane, commit, order, state) + " SELECT " + changed);
  }

  /** Records that a commit may have changed any row of the table, or its columns or key. */
  public void recordAll(EngineConnection lane, Commit commit) {
    TableName table = commit.definition().name();
    RowOrder order = order(commit.definition());
    if (order.bounded() && wanted.test(table)) {
      String log = prepare(lane, commit, order, pending(table));
      // What was recorded before adds nothing to "everything".
      lane.execute("DELETE FROM " + log);
      lane.execute(
          "INSERT INTO " + log + " SELECT " + commit.version() + ", NULL, " + order.nulls());
    }
  }

  /** Removes the records of a table that is dropped. */
  public void drop(EngineConnection lane, TableName table) {
    pending.remove(table);
    dropAll(lane, table);
  }

  private static void dropAll(EngineConnection lane, TableName table) {
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

  /** Makes sure that there is a table for records; those of another key go. */
  private static String prepare(
      EngineConnection lane, Commit commit, RowOrder order, Pending state) {
    TableName table = commit.definition().name();
    String log = qualified(name(table, order));
    // A version that was rolled back comes again, so only a later one proves that the table stayed.
    if (!state.log.equals(log) || commit.version() <= state.logVersion) {
      if (!exists(lane, name(table, order))) {
        dropAll(lane, table);
        String columns =
            order.columns().stream()
                .map(column -> ", " + quote(column.name()) + " " + column.type())
                .collect(Collectors.joining());
        lane.execute(
            "CREATE TABLE " + log + " (_fd_changed BIGINT, _fd_previous BIGINT" + columns + ")");
      }
      state.log = log;
      state.logVersion = commit.version();
    }
    if (state.records++ % PRUNE_EVERY == 0) {
      lane.execute("DELETE FROM " + log + " WHERE _fd_changed <= " + state.exported);
    }
    return log;
  }

  private static RowOrder order(TableDefinition definition) {
    return RowOrder.of(definition, Projection.of(definition, Set.of()));
  }

  private static String prefix(TableName table) {
    return escape(table.schema()).replace(".", "%2E") + "." + escape(table.name()) + "#changed#";
  }

  /** So that no two tables share records. */
  private static String escape(String text) {
    return text.replace("%", "%25").replace("#", "%23");
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
    return unbroken(snapshot, newer, since, emission.table().version())
        ? Optional.of(places(snapshot, order, newer, clusters))
        : Optional.empty();
  }

  /** Whether the records tell of every commit from one version to another. */
  private static boolean unbroken(EngineConnection snapshot, String newer, long from, long to) {
    Map<Long, Long> previous = new HashMap<>();
    snapshot
        .query(
            "SELECT _fd_changed, min(coalesce(_fd_previous, "
                + EVERYTHING
                + ")) FROM "
                + newer
                + " GROUP BY 1",
            row -> Map.entry(row.getLong(1), row.getLong(2)))
        .forEach(link -> previous.put(link.getKey(), link.getValue()));
    long at = to;
    while (at > from) {
      @Nullable Long next = previous.get(at);
      if (next == null || next == EVERYTHING) {
        return false;
      }
      at = next;
    }
    return true;
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
    String present = quote(order.columns().get(0).name()) + " IS NOT NULL";
    String keys =
        "SELECT " + order.tuple(List.of(order.names())) + " AS k FROM " + newer + " AND " + present;
    String sql =
        bounds.isEmpty()
            ? "SELECT 0, count(*) FROM (" + keys + ") HAVING count(*) > 0"
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
