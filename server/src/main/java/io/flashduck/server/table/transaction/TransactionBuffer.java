package io.flashduck.server.table.transaction;

import io.flashduck.server.catalog.CatalogSnapshot;
import io.flashduck.server.catalog.TableDefinition;
import io.flashduck.server.catalog.TableKey;
import io.flashduck.server.catalog.TableName;
import io.flashduck.server.engine.ClientConnection;
import io.flashduck.server.engine.Engine;
import io.flashduck.server.engine.EngineConnection;
import io.flashduck.server.engine.sql.NameRewriter;
import io.flashduck.server.engine.sql.QualifiedName;
import io.flashduck.server.engine.sql.SqlStatement;
import io.flashduck.server.engine.sql.StatementParser;
import io.flashduck.server.engine.sql.StatementRewriter;
import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import io.flashduck.server.table.change.ChangeSection;
import io.flashduck.server.table.merge.TableLayout;
import io.flashduck.server.table.statement.CapturedTables;
import io.flashduck.server.table.statement.Scope;
import io.flashduck.server.table.statement.StatementEvaluator.Overlay;
import io.flashduck.server.table.transaction.PendingChange.Touched;
import io.flashduck.server.table.transaction.PendingChange.TouchedView;
import java.util.ArrayList;
import java.util.HashMap;
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
  private final Map<TableName, StandIn> viewStandIns = new HashMap<>();
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

  private record StandIn(String text, String name) {}

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
    return changed() ? new StatementRewriter(names(searchPath)).rewritten(statement) : statement;
  }

  @Override
  public String reading(String query, List<String> searchPath) {
    return changed() ? names(searchPath).query(query) : query;
  }

  /** The text of a statement that changes temporary tables, reading what the transaction sees. */
  public String temporary(String sql, List<String> searchPath) {
    if (!changed()) {
      return sql;
    }
    SqlStatement written = StatementParser.parse(sql);
    SqlStatement read = reading(written, searchPath);
    boolean view =
        written instanceof SqlStatement.CreateView create
            && !names(searchPath).query(create.query()).equals(create.query());
    if (read.equals(written) && !view) {
      return sql;
    }
    Optional<String> from = source(written);
    int at = from.map(sql::lastIndexOf).orElse(-1);
    if (at < 0 || !withoutSource(read).equals(withoutSource(written))) {
      throw new FlashDuckException(
          ErrorCode.UNIMPLEMENTED,
          "This statement on a temporary object reads a table that the transaction has changed;"
              + " only INSERT INTO … SELECT and CREATE TEMP TABLE … AS can, or commit first");
    }
    return sql.substring(0, at)
        + source(read).orElseThrow()
        + sql.substring(at + from.orElseThrow().length());
  }

  private static Optional<String> source(SqlStatement statement) {
    if (statement instanceof SqlStatement.Insert insert) {
      return insert.source();
    }
    return statement instanceof SqlStatement.CreateTable create ? create.query() : Optional.empty();
  }

  private static List<Object> withoutSource(SqlStatement statement) {
    return statement instanceof SqlStatement.Insert insert
        ? List.of(insert.with(), insert.onConflict(), insert.returning())
        : statement instanceof SqlStatement.CreateTable ? List.of() : List.of(statement);
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

  private NameRewriter names(List<String> searchPath) {
    return new NameRewriter(
        sql ->
            connection.query("SELECT json_serialize_sql(?)", row -> row.getString(1), sql).get(0),
        name -> standIn(name, searchPath));
  }

  /** What is read in place of a name; empty for what the transaction has not changed. */
  private Optional<String> standIn(QualifiedName name, List<String> searchPath) {
    boolean foreign =
        name.catalog().isPresent() && !name.catalog().get().equalsIgnoreCase(Engine.CATALOG);
    if (foreign || client.isTemporary(name)) {
      return Optional.empty();
    }
    Scope now = new Scope(catalog(), searchPath);
    Optional<TableName> table = now.find(name).map(TableDefinition::name);
    if (table.isPresent()) {
      return Optional.ofNullable(tables.get(table.get()))
          .flatMap(Buffered::rows)
          .map(BufferedTable::view);
    }
    Optional<TableName> view = now.findView(name);
    if (view.isPresent()) {
      return viewStandIn(view.get());
    }
    Scope before = new Scope(snapshot, searchPath);
    if (before.find(name).isPresent() || before.findView(name).isPresent()) {
      throw new FlashDuckException(
          ErrorCode.NOT_FOUND,
          "Catalog Error: Table " + name + " does not exist: this transaction dropped it");
    }
    return Optional.empty();
  }

  /** A view that reads changed tables, or is itself of this transaction. */
  private Optional<String> viewStandIn(TableName view) {
    String text =
        views
            .getOrDefault(view, Optional.empty())
            .map(ChangeSection.CreateView::text)
            .orElseGet(() -> snapshot.views().getOrDefault(view, ""));
    String read = names(List.of(TableName.DEFAULT_SCHEMA)).query(text);
    if (read.equals(text) && !views.containsKey(view)) {
      return Optional.empty();
    }
    StandIn known = viewStandIns.get(view);
    if (known == null || !known.text().equals(read)) {
      known = new StandIn(read, "temp._fd_tx_" + parts.numbers().getAsLong());
      connection.execute("CREATE TEMP VIEW " + known.name() + " AS " + read);
      viewStandIns.put(view, known);
    }
    return Optional.of(known.name());
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
    viewStandIns.values().forEach(view -> connection.execute("DROP VIEW IF EXISTS " + view.name()));
    tables.values().forEach(table -> table.rows().ifPresent(BufferedTable::drop));
    LEFT_OVER.forEach(name -> connection.execute("DROP TABLE IF EXISTS temp." + name));
  }
}
