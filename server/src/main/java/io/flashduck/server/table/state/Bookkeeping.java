package io.flashduck.server.table.state;

import io.flashduck.server.catalog.TableName;
import io.flashduck.server.engine.EngineConnection;
import io.flashduck.server.table.change.TableShape;
import io.flashduck.server.table.state.DatabaseState.Counters;
import io.flashduck.server.table.state.DatabaseState.FileKey;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The tables of the schema {@code _flashduck} that hold {@link DatabaseState}, changed in the same
 * transaction as the rows that they are about.
 *
 * <p>Threading: confined to the apply lane, whose connection it uses.
 */
public final class Bookkeeping {
  /** Changes whenever these tables do; a cache of another format is built anew. */
  static final int FORMAT = 4;

  private static final List<String> PRODUCER_COLUMNS =
      List.of(
          "producer VARCHAR", "producer_sequence BIGINT", "sequence BIGINT", "record_count BIGINT");

  private static final List<String> CHANGE_COLUMNS =
      List.of(
          "sequence BIGINT",
          "accepted_at BIGINT",
          "schema_name VARCHAR",
          "table_name VARCHAR",
          "operation VARCHAR",
          "rows BIGINT",
          "producer VARCHAR",
          "producer_sequence BIGINT",
          "failure VARCHAR");

  /** Into the positions of producers. */
  public static final RowInsert PRODUCERS = new RowInsert("_flashduck.producers", PRODUCER_COLUMNS);

  /** Into the lines of applied writes. */
  public static final RowInsert CHANGES = new RowInsert("_flashduck.changes", CHANGE_COLUMNS);

  private static final List<String> TABLES =
      List.of(
          "CREATE SCHEMA IF NOT EXISTS _flashduck",
          "CREATE TABLE _flashduck.applied (sequence BIGINT, version BIGINT, schema_version BIGINT,"
              + " next_file_id BIGINT, format INTEGER)",
          "CREATE TABLE _flashduck.tables (schema_name VARCHAR, table_name VARCHAR, visible"
              + " BOOLEAN, version BIGINT, newest_file_version BIGINT, definition VARCHAR, shape"
              + " VARCHAR, problem VARCHAR, key VARCHAR[], key_origin VARCHAR, altered BIGINT)",
          FileRow.CREATE,
          "CREATE TABLE _flashduck.views (schema_name VARCHAR, view_name VARCHAR, text VARCHAR,"
              + " search_path VARCHAR, sequence BIGINT)",
          "CREATE TABLE _flashduck.schemas (schema_name VARCHAR)",
          RowInsert.create("_flashduck.producers", PRODUCER_COLUMNS),
          RowInsert.create("_flashduck.changes", CHANGE_COLUMNS),
          "CREATE TABLE _flashduck.problems (path VARCHAR, schema_name VARCHAR, table_name VARCHAR,"
              + " state VARCHAR, reason VARCHAR, bytes BIGINT, version BIGINT, first_seen BIGINT)");

  private final EngineConnection connection;

  public Bookkeeping(EngineConnection connection) {
    this.connection = connection;
  }

  /** Whether the cache has tables of this format. */
  public boolean present() {
    List<Integer> formats =
        connection
                    .query(
                        "SELECT count(*) FROM system.main.duckdb_tables() WHERE schema_name ="
                            + " '_flashduck' AND table_name = 'applied'",
                        row -> row.getInt(1))
                    .get(0)
                == 0
            ? List.of()
            : connection.query("SELECT format FROM _flashduck.applied", row -> row.getInt(1));
    return formats.equals(List.of(FORMAT));
  }

  /**
   * Creates the tables.
   *
   * @param firstVersion versions go on from here; higher than those of any earlier cache, so that
   *     an exported file never looks newer than the table it came from
   */
  public void create(long firstVersion) {
    connection.inTransaction(
        () -> {
          TABLES.forEach(connection::execute);
          connection.execute(
              "INSERT INTO _flashduck.applied VALUES (0, ?, ?, 1, " + FORMAT + ")",
              firstVersion,
              firstVersion);
          return true;
        });
  }

  /** Reads the committed state. */
  public DatabaseState load() {
    Counters counters =
        connection
            .query(
                "SELECT sequence, version, schema_version, next_file_id FROM _flashduck.applied",
                row -> new Counters(row.getLong(1), row.getLong(2), row.getLong(3), row.getLong(4)))
            .get(0);
    DatabaseState state = new DatabaseState(counters);
    tables().forEach(table -> state.tables.put(table.name(), table));
    connection.query(
        "SELECT id, schema_name, table_name, path, detail FROM _flashduck.files",
        row -> loadFile(state, row));
    views().forEach(view -> state.views.put(view.name(), view));
    state.schemas.addAll(schemas());
    return state;
  }

  /** All tables, as the connection's transaction sees them. */
  public List<TableState> tables() {
    return connection.query(
        "SELECT schema_name, table_name, visible, version, newest_file_version, definition,"
            + " shape, problem, altered FROM _flashduck.tables",
        Bookkeeping::table);
  }

  /** All views, as the connection's transaction sees them. */
  public List<ViewState> views() {
    return connection.query(
        "SELECT schema_name, view_name, text, search_path, sequence FROM _flashduck.views",
        row ->
            new ViewState(
                new TableName(row.getString(1), row.getString(2)),
                row.getString(3),
                StateJson.strings(row.getString(4)),
                row.getLong(5)));
  }

  /** The schemas that exist also without tables. */
  public List<String> schemas() {
    return connection.query("SELECT schema_name FROM _flashduck.schemas", row -> row.getString(1));
  }

  /** A shape as the bookkeeping stores it. */
  public static String text(TableShape shape) {
    return StateJson.shape(shape);
  }

  /** The shape of such a text. */
  public static TableShape shape(String text) {
    return StateJson.shape(text);
  }

  /** One table, as the connection's transaction sees it. */
  public Optional<TableState> table(TableName name) {
    return connection
        .query(
            "SELECT schema_name, table_name, visible, version, newest_file_version, definition,"
                + " shape, problem, altered FROM _flashduck.tables WHERE lower(schema_name || '.'"
                + " || table_name) = ?",
            Bookkeeping::table,
            name.folded())
        .stream()
        .findFirst();
  }

  private static TableState table(ResultSet row) throws SQLException {
    TableName name = new TableName(row.getString(1), row.getString(2));
    @Nullable String definition = row.getString(6);
    return new TableState(
        name,
        StateJson.shape(row.getString(7)),
        definition == null ? Optional.empty() : Optional.of(StateJson.definition(name, definition)),
        row.getBoolean(3),
        row.getLong(4),
        row.getLong(5),
        Optional.ofNullable(row.getString(8)),
        row.getLong(9));
  }

  private static boolean loadFile(DatabaseState state, ResultSet row) throws SQLException {
    long id = row.getLong(1);
    TableName table = new TableName(row.getString(2), row.getString(3));
    String path = row.getString(4);
    @Nullable String detail = row.getString(5);
    if (detail == null) {
      state.retiredIds.put(new FileKey(table, path), id);
    } else {
      state
          .files
          .computeIfAbsent(
              table, t -> new TreeMap<>(io.flashduck.server.table.source.Paths.BINARY_ORDER))
          .put(path, StateJson.file(id, table, path, detail));
    }
    return true;
  }

  /** Writes what the draft changes; inside of the transaction that it is about. */
  public void persist(StateDraft draft) {
    draft.tables.forEach((name, table) -> persistTable(draft.stored(name), table));
    persistFiles(draft);
    for (Map.Entry<TableName, Optional<ViewState>> entry : draft.views.entrySet()) {
      TableName name = entry.getKey();
      connection.execute(
          "DELETE FROM _flashduck.views WHERE lower(schema_name || '.' || view_name) = ?",
          name.folded());
      entry
          .getValue()
          .ifPresent(
              view ->
                  connection.execute(
                      "INSERT INTO _flashduck.views VALUES (?, ?, ?, ?, ?)",
                      name.schema(),
                      name.name(),
                      view.text(),
                      StateJson.strings(view.searchPath()),
                      view.sequence()));
    }
    draft.schemas.forEach(
        (name, exists) -> {
          connection.execute(
              "DELETE FROM _flashduck.schemas WHERE lower(schema_name) = lower(?)", name);
          if (exists) {
            connection.execute("INSERT INTO _flashduck.schemas VALUES (?)", name);
          }
        });
    Counters counters = draft.counters();
    connection.updateKept(
        "UPDATE _flashduck.applied SET sequence = ?, version = ?, schema_version = ?, next_file_id"
            + " = ?",
        counters.sequence(),
        counters.version(),
        counters.schemaVersion(),
        counters.nextFileId());
  }

  private void persistTable(Optional<TableState> before, Optional<TableState> now) {
    if (before.isPresent() && now.isPresent() && differsInVersions(before.get(), now.get())) {
      connection.updateKept(
          "UPDATE _flashduck.tables SET version = ?, newest_file_version = ? WHERE schema_name = ?"
              + " AND table_name = ?",
          now.get().version(),
          now.get().newestFileVersion(),
          before.get().name().schema(),
          before.get().name().name());
      return;
    }
    before.ifPresent(table -> deleteTable(table.name()));
    now.ifPresent(this::insertTable);
  }

  private static boolean differsInVersions(TableState before, TableState now) {
    boolean sameName = before.name().toString().equals(now.name().toString()); // the case too
    return sameName
        && before
            .withVersion(now.version())
            .withNewestFileVersion(now.newestFileVersion())
            .equals(now);
  }

  private void deleteTable(TableName name) {
    connection.updateKept(
        "DELETE FROM _flashduck.tables WHERE lower(schema_name || '.' || table_name) = ?",
        name.folded());
  }

  private void insertTable(TableState table) {
    connection.updateKept(
        "INSERT INTO _flashduck.tables SELECT ?, ?, ?, ?, ?, ?, ?, ?, from_json(?,"
            + " '[\"VARCHAR\"]'), ?, ?",
        table.name().schema(),
        table.name().name(),
        table.visible(),
        table.version(),
        table.newestFileVersion(),
        table.definition().map(StateJson::definition).orElse(null),
        StateJson.shape(table.shape()),
        table.problem().orElse(null),
        StateJson.strings(
            table.definition().flatMap(d -> d.key()).map(k -> k.columns()).orElse(List.of())),
        table.definition().flatMap(d -> d.key()).map(k -> k.origin().name()).orElse(null),
        table.altered());
  }

  /**
   * Writes what has changed of the files since the last call. It is called before the rows are
   * merged too: the rule of which row wins needs paths.
   */
  public void persistFiles(StateDraft draft) {
    List<Long> forgotten = new ArrayList<>();
    List<FileRow> rows = new ArrayList<>();
    for (FileKey key : draft.unwritten) {
      draft.writtenId(key).ifPresent(forgotten::add);
      Optional<FileState> file = draft.files.getOrDefault(key, Optional.empty());
      Long retired = draft.retired.get(key);
      if (file.isPresent()) {
        rows.add(FileRow.of(file.get()));
      } else if (retired != null) {
        rows.add(FileRow.retired(key, retired));
      }
      draft.written.put(key, file.map(FileState::id).or(() -> Optional.ofNullable(retired)));
    }
    draft.unwritten.clear();
    FileRow.delete(connection, forgotten);
    FileRow.insert(connection, rows);
  }
}
