package io.flashduck.server.consolidate;

import static io.flashduck.server.engine.sql.SqlIdentifiers.quote;

import io.flashduck.server.catalog.CatalogSnapshot;
import io.flashduck.server.catalog.Column;
import io.flashduck.server.catalog.TableDefinition;
import io.flashduck.server.catalog.TableKey;
import io.flashduck.server.catalog.TableName;
import io.flashduck.server.config.ExportConfig;
import io.flashduck.server.config.ExportPolicy;
import io.flashduck.server.config.ExportSchedule;
import io.flashduck.server.config.ParquetCompression;
import io.flashduck.server.config.ParquetEncodings;
import io.flashduck.server.engine.Engine;
import io.flashduck.server.engine.EngineConnection;
import io.flashduck.server.engine.EngineSettings;
import io.flashduck.server.engine.ReadPoolSettings;
import io.flashduck.server.engine.RowMapper;
import io.flashduck.server.engine.sql.SqlIdentifiers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Stored tables as the apply lane keeps them, on a real engine, and a consolidator over them. */
final class ExportFixture implements AutoCloseable {
  static final TableName ORDERS = TableName.ofMain("orders");

  private final Path dir;
  private final Engine engine;
  private final EngineConnection lane;
  private final Storage storage = new Storage();
  private final Map<TableName, StoredTable> tables = new TreeMap<>();
  private long version;
  private long spareFromBytes = Long.MAX_VALUE;
  private long sequence;
  private ExportConfig config = config(ExportPolicy.ALWAYS);
  private ExportFiles files = new SystemFiles();
  private @Nullable Consolidator consolidator;

  ExportFixture(Path dir) throws IOException {
    this.dir = dir.toRealPath();
    Files.createDirectories(exportDir());
    engine =
        Engine.open(
            new EngineSettings(
                this.dir.resolve("cache.duckdb"),
                this.dir.resolve("tmp"),
                List.of(exportDir()),
                "1GB",
                2,
                new ReadPoolSettings(1, Duration.ofSeconds(1))));
    lane = engine.openInternal();
    lane.execute("CREATE SCHEMA IF NOT EXISTS _flashduck");
    lane.execute("CREATE TABLE _flashduck.applied (version BIGINT, sequence BIGINT)");
    lane.execute("INSERT INTO _flashduck.applied VALUES (0, 0)");
    storage.states.put(0L, Map.of());
  }

  static ExportConfig config(ExportPolicy policy) {
    return new ExportConfig(
        new ExportSchedule(policy, Duration.ofMillis(200), 3),
        ParquetCompression.ZSTD,
        3,
        2048,
        ParquetEncodings.DICTIONARY,
        0);
  }

  ExportFixture with(ExportConfig newConfig) {
    config = newConfig;
    return this;
  }

  ExportFixture withSpares() {
    spareFromBytes = 0;
    return this;
  }

  ExportFixture with(ExportFiles newFiles) {
    files = newFiles;
    return this;
  }

  Path exportDir() {
    return dir.resolve("export");
  }

  Path file(TableName table) {
    return new ExportLayout(exportDir()).file(table);
  }

  Engine engine() {
    return engine;
  }

  long version() {
    return version;
  }

  /** Opens a consolidator that is not started. */
  Consolidator open() {
    consolidator =
        Consolidator.open(
            new ConsolidateSettings(
                exportDir(),
                table -> config,
                Duration.ofMillis(10),
                Duration.ofMillis(40),
                spareFromBytes,
                "flashduck test"),
            engine,
            storage,
            files,
            Clock.systemUTC());
    return consolidator;
  }

  Consolidator start() {
    Consolidator opened = open();
    opened.start(catalog());
    return opened;
  }

  CatalogSnapshot catalog() {
    TreeMap<TableName, TableDefinition> definitions = new TreeMap<>();
    tables.forEach((name, table) -> definitions.put(name, table.definition()));
    Map<TableName, Long> versions =
        tables.entrySet().stream()
            .collect(Collectors.toMap(Map.Entry::getKey, entry -> entry.getValue().version()));
    return new CatalogSnapshot(version, 1, sequence, definitions, versions, new TreeMap<>());
  }

  /** Creates a table whose columns are those of a query's result, without rows. */
  void create(TableName name, String query, String... key) {
    change(
        () -> {
          lane.execute(
              "CREATE TABLE "
                  + stored(name)
                  + " AS SELECT *, 0::BIGINT AS _fd_version, 0::BIGINT AS _fd_source,"
                  + " 0::BIGINT AS _fd_row, 0::BIGINT AS _fd_sequence FROM ("
                  + query
                  + ") LIMIT 0");
          Optional<TableKey> tableKey =
              key.length == 0
                  ? Optional.empty()
                  : Optional.of(new TableKey(List.of(key), TableKey.Origin.DECLARED));
          TableDefinition definition = new TableDefinition(name, columns(name), tableKey, 1);
          tables.put(name, new StoredTable(definition, version, stored(name), List.of("a.csv")));
        });
  }

  private List<Column> columns(TableName name) {
    return lane.query(
        "SELECT column_name, data_type FROM duckdb_columns()"
            + " WHERE schema_name = '_flashduck' AND table_name = ?"
            + " AND NOT starts_with(column_name, '_fd_') ORDER BY column_index",
        row -> new Column(row.getString(1), row.getString(2)),
        name.toString());
  }

  /** Replaces the rows with the keys of a query's rows, or adds them, as one write. */
  void upsert(TableName name, String query) {
    String keys = keys(name);
    change(
        () -> {
          lane.execute("CREATE OR REPLACE TEMP TABLE stage AS " + query);
          lane.execute("DELETE FROM " + stored(name) + " s USING stage k WHERE " + matching(name));
          lane.execute(
              "INSERT INTO "
                  + stored(name)
                  + " BY NAME SELECT *, 1 AS _fd_version, "
                  + -sequence
                  + " AS _fd_source, row_number() OVER () - 1 AS _fd_row, "
                  + sequence
                  + " AS _fd_sequence FROM stage");
          record(name, "SELECT " + keys + " FROM stage");
        });
  }

  /** Removes the rows that meet a condition, as one write. */
  void delete(TableName name, String condition) {
    change(
        () -> {
          record(name, "SELECT " + keys(name) + " FROM " + stored(name) + " WHERE " + condition);
          lane.execute("DELETE FROM " + stored(name) + " WHERE " + condition);
        });
  }

  /** Sets columns of the rows that meet a condition, as one write; not of the key. */
  void update(TableName name, String assignments, String condition) {
    change(
        () -> {
          record(name, "SELECT " + keys(name) + " FROM " + stored(name) + " WHERE " + condition);
          lane.execute("UPDATE " + stored(name) + " SET " + assignments + " WHERE " + condition);
        });
  }

  private String keys(TableName name) {
    return definition(name)
        .key()
        .map(key -> key.columns().stream().map(SqlIdentifiers::quote))
        .orElseGet(() -> Stream.of("_fd_source", "_fd_row"))
        .collect(Collectors.joining(", "));
  }

  private String matching(TableName name) {
    return definition(name).key().orElseThrow().columns().stream()
        .map(column -> "s." + quote(column) + " = k." + quote(column))
        .collect(Collectors.joining(" AND "));
  }

  private TableDefinition definition(TableName name) {
    StoredTable table = tables.get(name);
    if (table == null) {
      throw new IllegalStateException("No table " + name);
    }
    return table.definition();
  }

  private void record(TableName name, String identities) {
    if (consolidator != null) {
      consolidator.changeLog().record(lane, commit(name), identities, 1);
    }
    touch(name);
  }

  private ChangeLog.Commit commit(TableName name) {
    TableDefinition definition = definition(name);
    StoredTable before = Objects.requireNonNull(tables.get(name));
    return new ChangeLog.Commit(definition, version, before.version());
  }

  /** Adds the rows of a query as one write. */
  void insert(TableName name, String query) {
    change(
        () -> {
          lane.execute(
              "INSERT INTO "
                  + stored(name)
                  + " SELECT *, 1, "
                  + -sequence
                  + ", row_number() OVER () - 1, "
                  + sequence
                  + " FROM ("
                  + query
                  + ")");
          record(
              name,
              "SELECT "
                  + keys(name)
                  + " FROM "
                  + stored(name)
                  + " WHERE _fd_sequence = "
                  + sequence);
        });
  }

  /** Runs a statement over the stored table, named {@code t}, as one write. */
  void execute(TableName name, String sql) {
    change(
        () -> {
          lane.execute(sql.replace("{t}", stored(name)));
          if (consolidator != null) {
            consolidator.changeLog().recordAll(lane, commit(name));
          }
          touch(name);
        });
  }

  /** Runs a statement and records identities that are not those it changes. */
  void executeUnrecorded(TableName name, String sql, String identities) {
    change(
        () -> {
          lane.execute(sql.replace("{t}", stored(name)));
          record(name, identities);
        });
  }

  /** Runs a statement and records nothing. */
  void executeSilently(TableName name, String sql) {
    change(
        () -> {
          lane.execute(sql.replace("{t}", stored(name)));
          touch(name);
        });
  }

  void drop(TableName name) {
    change(
        () -> {
          lane.execute("DROP TABLE " + stored(name));
          if (consolidator != null) {
            consolidator.changeLog().drop(lane, name);
          }
          tables.remove(name);
        });
    publish(name);
  }

  void publish(TableName name) {
    if (consolidator != null) {
      consolidator.published(name, version);
    }
  }

  ExportedFile exported(TableName name) throws Exception {
    Consolidator current = consolidator;
    if (current == null) {
      throw new IllegalStateException("Not open");
    }
    current.published(name, version);
    return current.awaitExported(name, version).get(30, TimeUnit.SECONDS);
  }

  private void touch(TableName name) {
    tables.put(name, new StoredTable(definition(name), version, stored(name), List.of("a.csv")));
  }

  private void change(Runnable work) {
    version++;
    sequence++;
    lane.inTransaction(
        () -> {
          work.run();
          lane.execute(
              "UPDATE _flashduck.applied SET version = " + version + ", sequence = " + sequence);
          storage.states.put(version, Map.copyOf(tables));
          return version;
        });
  }

  static String stored(TableName name) {
    return "_flashduck." + quote(name.toString());
  }

  <T> List<T> query(String sql, RowMapper<T> mapper) {
    try (EngineConnection connection = engine.openInternal()) {
      return connection.query(sql, mapper);
    }
  }

  /** The first column of the only row. */
  String value(String sql) {
    return query(sql, row -> row.getString(1)).get(0);
  }

  void stop() {
    if (consolidator != null) {
      consolidator.close();
      consolidator = null;
    }
  }

  @Override
  public void close() {
    stop();
    lane.close();
    engine.close();
  }

  /** Definitions by version, so that a snapshot finds those of its own. */
  private static final class Storage implements TableStorage {
    final Map<Long, Map<TableName, StoredTable>> states = new ConcurrentHashMap<>();

    @Override
    public SnapshotPosition position(EngineConnection snapshot) {
      return snapshot
          .query(
              "SELECT version, sequence FROM _flashduck.applied",
              row -> new SnapshotPosition(row.getLong(1), row.getLong(2)))
          .get(0);
    }

    @Override
    public Optional<StoredTable> table(EngineConnection snapshot, TableName table) {
      return Optional.ofNullable(states.get(position(snapshot).version()))
          .map(state -> state.get(table));
    }
  }
}
