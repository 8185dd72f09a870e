package io.flashduck.server.table.transaction;

import io.flashduck.server.catalog.CatalogSnapshot;
import io.flashduck.server.catalog.TableDefinition;
import io.flashduck.server.catalog.TableKey;
import io.flashduck.server.catalog.TableName;
import io.flashduck.server.engine.ClientConnection;
import io.flashduck.server.engine.EngineConnection;
import io.flashduck.server.engine.sql.SqlStatement;
import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import io.flashduck.server.table.change.ChangeSection;
import io.flashduck.server.table.merge.TableLayout;
import io.flashduck.server.table.statement.CapturedTables;
import io.flashduck.server.table.statement.StatementEvaluator.Overlay;
import io.flashduck.server.table.transaction.PendingChange.Touched;
import io.flashduck.server.table.transaction.PendingChange.TouchedView;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.LongSupplier;
import org.apache.arrow.memory.BufferAllocator;

/**
 * Everything that a transaction has changed: how its statements read it, and the one change that it
 * becomes.
 *
 * <p>Threading: confined to whoever holds the transaction's connection.
 */
public final class TransactionBuffer implements Overlay {
  private static final List<String> LEFT_OVER =
      List.of("_fd_captured", "_fd_defined", "_fd_bound", "_fd_executions");

  private final ClientConnection client;
  private final EngineConnection connection;
  private final CatalogSnapshot snapshot;
  private final Parts parts;
  private final CapturedTables captured;
  private final Map<TableName, Buffered> tables = new LinkedHashMap<>();
  private final Map<TableName, Optional<ChangeSection.CreateView>> views = new LinkedHashMap<>();
  private final Map<String, Boolean> schemas = new LinkedHashMap<>();
  private final TransactionNames names;
  private long bytes;

  /**
   * What a buffer is given.
   *
   * @param allocator pays for Arrow rows on their way
   * @param numbers tell the temporary objects of all transactions apart
   * @param maxBytes most bytes of rows that a transaction may write
   */
  public record Parts(BufferAllocator allocator, LongSupplier numbers, long maxBytes) {}

  /**
   * A table that was changed.
   *
   * @param defined its definition was made in the transaction
   * @param rows its rows; empty if it was dropped
   */
  private record Buffered(boolean defined, Optional<BufferedTable> rows, TableDefinition now) {}

  /**
   * @param client has the transaction open
   * @param snapshot the catalog of the transaction's snapshot
   */
  public TransactionBuffer(ClientConnection client, CatalogSnapshot snapshot, Parts parts) {
    this.client = client;
    this.connection = client.internal();
    this.snapshot = snapshot;
    this.parts = parts;
    this.captured = new CapturedTables(connection, parts.allocator(), parts.maxBytes());
    this.names = new TransactionNames(client, this, parts.numbers());
  }

  /** Whether the transaction has changed anything but temporary tables. */
  public boolean changed() {
    return !tables.isEmpty() || !views.isEmpty() || !schemas.isEmpty();
  }

  /** The catalog as the transaction sees it. */
  public CatalogSnapshot catalog() {
    if (!changed()) {
      return snapshot;
    }
    SortedMap<TableName, TableDefinition> seen = new TreeMap<>(snapshot.tables());
    tables.forEach(
        (name, table) -> {
          if (table.rows().isPresent()) {
            seen.put(name, table.now());
          } else {
            seen.remove(name);
          }
        });
    SortedMap<TableName, String> seenViews = new TreeMap<>(snapshot.views());
    views.forEach(
        (name, view) -> {
          if (view.isPresent()) {
            seenViews.put(name, view.get().text());
          } else {
            seenViews.remove(name);
          }
        });
    return new CatalogSnapshot(
        snapshot.version(),
        snapshot.schemaVersion(),
        snapshot.sequence(),
        seen,
        snapshot.tableVersions(),
        seenViews);
  }

  @Override
  public TableLayout layout(TableDefinition table) {
    return rows(table.name()).layout();
  }

  @Override
  public TableLayout writable(TableLayout table) {
    return table.readFrom(rows(table.name()).rows());
  }

  @Override
  public SqlStatement reading(SqlStatement statement, List<String> searchPath) {
    return changed() ? names.statement(statement, searchPath) : statement;
  }

  @Override
  public String reading(String query, List<String> searchPath) {
    return changed() ? names.query(query, searchPath) : query;
  }

  /** The text of a statement that changes temporary tables, reading what the transaction sees. */
  public String temporary(String sql, List<String> searchPath) {
    return changed() ? names.temporary(sql, searchPath) : sql;
  }

  /** Takes sections of a change over, in order. */
  public void apply(List<ChangeSection> sections) {
    client.changedPrivately();
    for (ChangeSection section : sections) {
      if (section instanceof ChangeSection.Rows rows) {
        reserve(rows.rows().sizeBytes());
        rows(rows.table()).apply(rows);
      } else if (section instanceof ChangeSection.Create create) {
        define(create);
      } else if (section instanceof ChangeSection.Drop drop) {
        end(drop.table());
      } else if (section instanceof ChangeSection.CreateView view) {
        views.put(view.view(), Optional.of(view));
      } else if (section instanceof ChangeSection.DropView view) {
        views.put(view.view(), Optional.empty());
      } else if (section instanceof ChangeSection.CreateSchema schema) {
        schemas.put(schema.schema(), true);
      } else if (section instanceof ChangeSection.DropSchema schema) {
        schemas.put(schema.schema(), false);
      }
    }
  }

  private void reserve(long more) {
    if (bytes + more > parts.maxBytes()) {
      throw new FlashDuckException(
          ErrorCode.RESOURCE_EXHAUSTED,
          "The transaction would write more than "
              + parts.maxBytes()
              + " bytes, the most that one change may hold (queue.max-frame-bytes); commit in"
              + " smaller parts");
    }
    bytes += more;
  }

  private BufferedTable rows(TableName name) {
    Buffered known = tables.get(name);
    if (known != null && known.rows().isPresent()) {
      return known.rows().get();
    }
    TableDefinition table =
        snapshot
            .table(name)
            .filter(t -> known == null)
            .orElseThrow(
                () ->
                    new FlashDuckException(
                        ErrorCode.NOT_FOUND, "Table " + name + " does not exist"));
    return begin(table, false, false);
  }

  private BufferedTable begin(TableDefinition table, boolean defined, boolean fromNothing) {
    BufferedTable rows =
        new BufferedTable(
            connection, parts.allocator(), parts.numbers().getAsLong(), table, fromNothing);
    rows.create();
    tables.put(table.name(), new Buffered(defined, Optional.of(rows), table));
    return rows;
  }

  private void define(ChangeSection.Create create) {
    forgetRows(create.table());
    TableDefinition table =
        new TableDefinition(
            create.table(),
            create.columns(),
            create.key().isEmpty()
                ? Optional.empty()
                : Optional.of(new TableKey(create.key(), TableKey.Origin.DECLARED)),
            0,
            create.rules());
    begin(table, true, true);
  }

  private void end(TableName name) {
    TableDefinition last = catalog().table(name).orElseThrow();
    forgetRows(name);
    if (snapshot.table(name).isPresent()) {
      tables.put(name, new Buffered(true, Optional.empty(), last));
    } else {
      tables.remove(name);
    }
  }

  private void forgetRows(TableName name) {
    Buffered known = tables.get(name);
    if (known != null) {
      known.rows().ifPresent(BufferedTable::drop);
    }
  }

  /** The catalog of the snapshot. */
  CatalogSnapshot snapshot() {
    return snapshot;
  }

  /** What was written to a table; empty if nothing was. */
  Optional<BufferedTable> written(TableName table) {
    return Optional.ofNullable(tables.get(table)).flatMap(Buffered::rows);
  }

  /** Whether a view was made in the transaction. */
  boolean definesView(TableName view) {
    return views.containsKey(view);
  }

  /** The change that the transaction has become, and what it must not conflict with. */
  public PendingChange pending() {
    List<ChangeSection> sections = new ArrayList<>();
    List<Touched> touched = new ArrayList<>();
    schemas.forEach(
        (schema, exists) -> {
          if (exists) {
            sections.add(new ChangeSection.CreateSchema(schema));
          }
        });
    long count = 0;
    for (Map.Entry<TableName, Buffered> entry : tables.entrySet()) {
      List<ChangeSection> ofTable = sectionsOf(entry.getKey(), entry.getValue());
      for (ChangeSection section : ofTable) {
        count += section instanceof ChangeSection.Rows rows ? rows.rows().rowCount() : 0;
      }
      sections.addAll(ofTable);
      touched.add(touched(entry.getKey(), entry.getValue()));
    }
    List<TouchedView> touchedViews = new ArrayList<>();
    views.forEach(
        (name, view) -> {
          Optional<String> before = Optional.ofNullable(snapshot.views().get(name));
          touchedViews.add(new TouchedView(name, before));
          if (view.isPresent()) {
            sections.add(view.get());
          } else if (before.isPresent()) {
            sections.add(new ChangeSection.DropView(name));
          }
        });
    schemas.forEach(
        (schema, exists) -> {
          if (!exists) {
            sections.add(new ChangeSection.DropSchema(schema));
          }
        });
    return new PendingChange(sections, count, snapshot.sequence(), touched, touchedViews);
  }

  private List<ChangeSection> sectionsOf(TableName name, Buffered table) {
    List<ChangeSection> sections = new ArrayList<>();
    if (table.rows().isEmpty()) {
      sections.add(new ChangeSection.Drop(name));
      return sections;
    }
    BufferedTable rows = table.rows().get();
    if (table.defined()) {
      boolean replaces = snapshot.table(name).isPresent();
      sections.add(
          new ChangeSection.Create(
              name, rows.stored().columns(), rows.stored().key(), replaces, table.now().rules()));
    }
    sections.addAll(new BufferedRows(captured, rows).sections());
    return sections;
  }

  private Touched touched(TableName name, Buffered table) {
    return new Touched(
        name,
        snapshot.table(name),
        snapshot.tableVersions().getOrDefault(name, 0L),
        table.defined()
            ? Optional.empty()
            : table.rows().map(rows -> new BufferedRows(captured, rows).written()));
  }

  /** Removes the temporary objects, so that only the client's own stay when DuckDB commits. */
  public void clear() {
    names.clear();
    tables.values().forEach(table -> table.rows().ifPresent(BufferedTable::drop));
    LEFT_OVER.forEach(name -> connection.execute("DROP TABLE IF EXISTS temp." + name));
  }
}
