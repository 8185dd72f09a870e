package io.flashduck.server.table;

import io.flashduck.server.catalog.CatalogSnapshot;
import io.flashduck.server.catalog.TableDefinition;
import io.flashduck.server.catalog.TableName;
import io.flashduck.server.engine.EngineConnection;
import io.flashduck.server.engine.sql.SqlIdentifiers;
import io.flashduck.server.queue.QueueStats;
import io.flashduck.server.table.merge.TableLayout;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * Puts the status together.
 *
 * <p>Threading: thread-safe.
 */
final class StatusReport {
  private final LocalDatabase.Parts parts;

  StatusReport(LocalDatabase.Parts parts) {
    this.parts = parts;
  }

  DatabaseStatus now() {
    QueueStats queue = parts.lane().queue().stats();
    try (EngineConnection connection = parts.engine().openInternal()) {
      return connection.inTransaction(
          () -> {
            CatalogSnapshot catalog = parts.lane().publisher().catalog();
            return new DatabaseStatus(
                catalog.version(),
                catalog.sequence(),
                queue.lastSequence(),
                queue.pendingBytes(),
                new DatabaseStatus.QueueFiles(
                    queue.firstSequence(), queue.segments(), queue.bytes(), queue.waitingSenders()),
                queue
                    .oldestUnappliedAt()
                    .filter(at -> queue.lastSequence() > catalog.sequence())
                    .map(at -> Duration.between(at, Instant.now())),
                queue.poisonedReason().or(parts.loop()::trouble),
                tables(connection, catalog),
                files(connection),
                parts.lane().folding().status(),
                exports(catalog.sequence()),
                parts.lane().context().progress().loads());
          });
    }
  }

  private List<DatabaseStatus.Table> tables(EngineConnection connection, CatalogSnapshot catalog) {
    Map<TableName, String> problems = new HashMap<>();
    connection.query(
        "SELECT schema_name, table_name, problem FROM _flashduck.tables WHERE problem IS NOT NULL",
        row -> problems.put(new TableName(row.getString(1), row.getString(2)), row.getString(3)));
    List<DatabaseStatus.Table> tables = new ArrayList<>();
    for (TableDefinition table : catalog.tables().values()) {
      tables.add(
          new DatabaseStatus.Table(
              table,
              catalog.tableVersions().getOrDefault(table.name(), 0L),
              rows(connection, table),
              Optional.ofNullable(problems.get(table.name()))));
    }
    return tables;
  }

  /**
   * The exact number; DuckDB's own estimate counts deleted rows too. The catalog may be one step
   * behind the transaction: a table may be gone.
   */
  private static long rows(EngineConnection connection, TableDefinition table) {
    String stored = new TableLayout(table.name(), table.columns(), List.of()).storedName();
    boolean gone =
        connection
            .query(
                "SELECT 1 FROM system.main.duckdb_tables() WHERE schema_name = '_flashduck' AND"
                    + " table_name = ?",
                row -> true,
                stored)
            .isEmpty();
    return gone
        ? 0
        : connection
            .query(
                "SELECT count(*) FROM _flashduck." + SqlIdentifiers.quote(stored),
                row -> row.getLong(1))
            .get(0);
  }

  private List<DatabaseStatus.ExportLag> exports(long applied) {
    return parts.lane().exports().states().stream()
        .map(
            export ->
                new DatabaseStatus.ExportLag(
                    export.table(),
                    export.lag().orElse(Duration.ZERO),
                    export.sequencesBehind(applied)))
        .toList();
  }

  private List<DatabaseStatus.SourceState> files(EngineConnection connection) {
    List<DatabaseStatus.SourceState> files = new ArrayList<>();
    Map<String, Problems.Problem> problems = new HashMap<>();
    parts.lane().problems().all().forEach(p -> problems.put(p.path(), p));
    files.addAll(
        connection.query(
            "SELECT path, schema_name || '.' || table_name, masked, note, rows, bytes, version,"
                + " loaded_at, load_nanos FROM _flashduck.files WHERE detail IS NOT NULL ORDER BY"
                + " path",
            row -> {
              Optional<Problems.Problem> problem =
                  Optional.ofNullable(problems.remove(row.getString(1)));
              return new DatabaseStatus.SourceState(
                  row.getString(1),
                  row.getString(2),
                  problem
                      .map(p -> state(p.state()))
                      .orElse(
                          row.getBoolean(3)
                              ? DatabaseStatus.State.MASKED
                              : DatabaseStatus.State.LOADED),
                  problem.map(Problems.Problem::reason).or(() -> noteOf(row)),
                  row.getLong(5),
                  row.getLong(6),
                  instant(row.getLong(7)),
                  Optional.of(instant(row.getLong(8))),
                  Optional.of(Duration.ofNanos(row.getLong(9))));
            }));
    for (Problems.Problem problem : problems.values()) {
      files.add(
          new DatabaseStatus.SourceState(
              problem.path(),
              problem.table().map(TableName::toString).orElse(""),
              state(problem.state()),
              Optional.of(problem.reason()),
              0,
              problem.bytes().orElse(0),
              instant(problem.modifiedNanos().orElse(0)),
              Optional.empty(),
              Optional.empty()));
    }
    return files;
  }

  private static Optional<String> noteOf(java.sql.ResultSet row) {
    try {
      return Optional.ofNullable(row.getString(4));
    } catch (java.sql.SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  private static DatabaseStatus.State state(String problem) {
    return switch (problem.toUpperCase(Locale.ROOT)) {
      case "IGNORED" -> DatabaseStatus.State.IGNORED;
      case "REJECTED" -> DatabaseStatus.State.REJECTED;
      case "SETTLING", "RETRYING" -> DatabaseStatus.State.PENDING;
      default -> DatabaseStatus.State.QUARANTINED;
    };
  }

  private static Instant instant(long nanos) {
    return Instant.ofEpochSecond(
        Math.floorDiv(nanos, 1_000_000_000L), Math.floorMod(nanos, 1_000_000_000L));
  }
}
