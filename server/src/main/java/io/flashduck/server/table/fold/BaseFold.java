package io.flashduck.server.table.fold;

import io.flashduck.server.catalog.Column;
import io.flashduck.server.catalog.TableName;
import io.flashduck.server.engine.EngineConnection;
import io.flashduck.server.engine.sql.SqlIdentifiers;
import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import io.flashduck.server.table.change.TableShape;
import io.flashduck.server.table.fold.FoldManifest.Base;
import io.flashduck.server.table.fold.FoldManifest.BaseTable;
import io.flashduck.server.table.fold.FoldManifest.ServerBase;
import io.flashduck.server.table.merge.TableLayout;
import io.flashduck.server.table.state.Bookkeeping;
import io.flashduck.server.table.state.TableState;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.LongConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes what all writes up to a sequence have left: of each row the newest write, of each deleted
 * row the tombstone, of each table what its writes say about its definition.
 *
 * <p>That is read from the stored tables, in one snapshot: a write or tombstone goes only if a
 * newer one or a floor takes its place (ADR 0002), so the stored tables have all that a table built
 * from nothing would need of them. Tables that no write has named since the last base keep their
 * file.
 *
 * <p>A snapshot in which a table is ahead of the applied writes (a file was loaded while an ALTER,
 * a DROP or a CREATE was waiting) is not used: {@link #run} says so, and the next one will do.
 *
 * <p>Threading: confined to one thread at a time.
 */
final class BaseFold implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(BaseFold.class);

  private final FoldStore store;
  private final EngineConnection connection;

  BaseFold(FoldStore store, EngineConnection connection) {
    this.store = store;
    this.connection = connection;
  }

  /**
   * Writes a base.
   *
   * @param history takes all writes up to a sequence into the history
   * @param firstKept the oldest write that the queue holds
   * @return why it was put off; empty if there is nothing more to fold
   */
  Optional<String> run(LongConsumer history, long firstKept) {
    List<String> made = new ArrayList<>();
    boolean done = false;
    connection.begin();
    try {
      long sequence = number("SELECT sequence FROM _flashduck.applied");
      if (sequence <= store.manifest().baseSequence()) {
        return Optional.empty();
      }
      Optional<String> reason = reasonToWait(sequence, firstKept);
      if (reason.isPresent()) {
        return reason;
      }
      history.accept(sequence);
      Base base = base(sequence, made);
      store.change(manifest -> manifest.withBase(base));
      done = true;
      return Optional.empty();
    } catch (IOException e) {
      throw new FlashDuckException(
          ErrorCode.IO_ERROR, "Folding writes into Parquet failed: " + e, e);
    } catch (FlashDuckException e) {
      done = e.code() == ErrorCode.COMMIT_UNKNOWN; // a start may find the new manifest
      throw e;
    } finally {
      end();
      if (!done) {
        made.forEach(store::forget);
      }
    }
  }

  /** Ends the snapshot; after a failed statement DuckDB has done so already. */
  private void end() {
    try {
      connection.rollback();
    } catch (FlashDuckException e) {
      LOG.debug("The snapshot of a fold has ended already: {}", e.getMessage());
    }
  }

  private Optional<String> reasonToWait(long sequence, long firstKept) {
    List<Long> failed =
        connection.query(
            "SELECT sequence FROM _flashduck.changes WHERE failure IS NOT NULL AND sequence >= ?"
                + " ORDER BY sequence LIMIT 1",
            row -> row.getLong(1),
            firstKept);
    if (!failed.isEmpty()) {
      return Optional.of(
          "write "
              + failed.get(0)
              + " could not be applied (see flashduck.changes); it and all after it stay in the"
              + " queue, so that a corrected FlashDuck can apply it from an empty cache");
    }
    for (TableState table : new Bookkeeping(connection).tables()) {
      Optional<TableShape.Pin> pin = table.shape().pin();
      boolean asPinned =
          pin.isEmpty() || table.layout().map(layout -> sameNames(layout, pin.get())).orElse(false);
      if (table.altered() > sequence || !asPinned) {
        return Optional.of(table.name() + " is ahead of the applied writes for a moment");
      }
    }
    return Optional.empty();
  }

  private static boolean sameNames(TableLayout layout, TableShape.Pin pin) {
    return String.join("\n", layout.key()).equalsIgnoreCase(String.join("\n", pin.key()));
  }

  private Base base(long sequence, List<String> made) throws IOException {
    SortedMap<TableName, BaseTable> tables = new TreeMap<>();
    FoldManifest now = store.manifest();
    for (TableState table : new Bookkeeping(connection).tables()) {
      if (table.shape().equals(TableShape.NONE)) {
        continue;
      }
      BaseTable known = now.base().map(b -> b.tables().get(table.name())).orElse(null);
      boolean same = known != null && now.history(table.name()).lastChange() <= known.sequence();
      tables.put(table.name(), same ? known : table(table, sequence, made));
    }
    Bookkeeping bookkeeping = new Bookkeeping(connection);
    ServerBase server =
        new ServerBase(
            bookkeeping.views(),
            bookkeeping.schemas(),
            copy("producers", "SELECT * FROM _flashduck.producers", sequence, made),
            copy("changes", "SELECT * FROM _flashduck.changes", sequence, made));
    return new Base(sequence, tables, server);
  }

  private BaseTable table(TableState table, long sequence, List<String> made) throws IOException {
    Optional<TableLayout> layout = table.layout();
    Optional<ChangeFile> rows = Optional.empty();
    if (layout.isPresent() && table.shape().pin().isPresent()) {
      List<Column> columns = written(table.shape(), layout.get());
      requireOrigins(layout.get());
      String name = store.newFile(store.folder().folderOf(table.name()), "base");
      rows = Optional.of(file(name, columns, rows(layout.get(), columns), sequence, made));
    }
    return new BaseTable(table.name(), sequence, Bookkeeping.text(table.shape()), rows);
  }

  private ChangeFile copy(String what, String query, long sequence, List<String> made)
      throws IOException {
    String name = store.newFile(store.folder().serverFolder(), what);
    return file(name, List.of(), query, sequence, made);
  }

  private ChangeFile file(
      String name, List<Column> columns, String query, long sequence, List<String> made)
      throws IOException {
    made.add(name);
    long rows = ParquetCopy.write(connection, query, store.folder().directory().resolve(name));
    ChangeFolder.Written written = store.folder().settle(name);
    return new ChangeFile(
        name,
        columns,
        new ChangeFile.Span(0, sequence, 0),
        rows,
        written.bytes(),
        written.checksum());
  }

  /** The stored columns that a write may have given values. */
  private static List<Column> written(TableShape shape, TableLayout layout) {
    return layout.columns().stream()
        .filter(
            column ->
                layout.isKey(column.name())
                    || has(shape.defined(), column.name())
                    || has(shape.written(), column.name()))
        .toList();
  }

  private static boolean has(List<Column> columns, String name) {
    return columns.stream().anyMatch(c -> c.name().equalsIgnoreCase(name));
  }

  /** A row that is named by a file's path must have one, or a start could not find it again. */
  private void requireOrigins(TableLayout layout) {
    for (String kept : List.of(layout.stored(), layout.shadow())) {
      requireOrigins(kept);
    }
    if (!layout.keyed()) {
      requireOrigins(layout.deleted());
    }
  }

  private void requireOrigins(String stored) {
    long lost =
        number(
            "SELECT count(*) FROM "
                + stored
                + " AS s ANTI JOIN _flashduck.files AS f ON f.id = s._fd_source WHERE"
                + " s._fd_sequence > 0 AND s._fd_source > 0");
    if (lost > 0) {
      throw new FlashDuckException(
          ErrorCode.INTERNAL, lost + " rows in " + stored + " are of a file without a path");
    }
  }

  private static String rows(TableLayout layout, List<Column> columns) {
    String all =
        "SELECT 'upsert' AS _op, s._fd_sequence AS _sequence, s._fd_version AS _version, 0::BIGINT"
            + " AS _order, f.path AS _path, CASE WHEN s._fd_source < 0 THEN -s._fd_source END AS"
            + " _origin, s._fd_row AS _row"
            + values(columns, layout, false)
            + " FROM %s AS s LEFT JOIN _flashduck.files AS f ON f.id = s._fd_source WHERE"
            + " s._fd_sequence > 0";
    String origin =
        layout.keyed()
            ? "NULL, NULL, NULL"
            : "f.path, CASE WHEN s._fd_source < 0 THEN -s._fd_source END, s._fd_row";
    String files = layout.keyed() ? "" : " LEFT JOIN _flashduck.files AS f ON f.id = s._fd_source";
    return String.join(
        " UNION ALL ",
        all.replace("%s", layout.stored()),
        all.replace("%s", layout.shadow()),
        "SELECT 'delete', s._fd_sequence, s._fd_version, 0::BIGINT, "
            + origin
            + values(columns, layout, true)
            + " FROM "
            + layout.deleted()
            + " AS s"
            + files);
  }

  private static String values(List<Column> columns, TableLayout layout, boolean onlyKey) {
    StringBuilder sql = new StringBuilder();
    for (Column column : columns) {
      String value =
          onlyKey && !layout.isKey(column.name())
              ? "NULL"
              : "s." + SqlIdentifiers.quote(column.name());
      sql.append(", ")
          .append(ChangeColumns.value(column, value))
          .append(" AS ")
          .append(SqlIdentifiers.quote(ChangeColumns.stored(column.name())));
    }
    return sql.toString();
  }

  private long number(String sql) {
    return connection.query(sql, row -> row.getLong(1)).get(0);
  }

  /** Stops the statement that runs, from any thread. */
  void cancel() {
    connection.cancel();
  }

  @Override
  public void close() {
    connection.close();
  }
}
