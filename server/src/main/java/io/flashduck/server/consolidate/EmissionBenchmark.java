package io.flashduck.server.consolidate;

import static io.flashduck.server.engine.sql.SqlIdentifiers.literal;
import static io.flashduck.server.engine.sql.SqlIdentifiers.quote;

import com.sun.management.OperatingSystemMXBean;
import io.flashduck.server.catalog.CatalogSnapshot;
import io.flashduck.server.catalog.Column;
import io.flashduck.server.catalog.TableDefinition;
import io.flashduck.server.catalog.TableKey;
import io.flashduck.server.catalog.TableName;
import io.flashduck.server.config.ExportConfig;
import io.flashduck.server.config.ParquetEncodings;
import io.flashduck.server.engine.Engine;
import io.flashduck.server.engine.EngineConnection;
import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Measures how long a change takes to get into the consolidated file, against writing the whole
 * table with DuckDB's COPY in the same run.
 *
 * <p>Times are from the commit of the change to the end of the synced rename. The full COPY is
 * measured as DuckDB does it, neither sorted nor synced, so the ratios are not flattered.
 *
 * <p>Threading: confined to its user.
 */
public final class EmissionBenchmark {
  private static final TableName TABLE = TableName.ofMain("bench");
  private static final String STORED = "_flashduck.\"main.bench\"";

  /** How the results begin that changes are compared with. */
  public static final String FULL = "full COPY";

  private static final int LIMIT_MINUTES = 10;

  private final Engine engine;
  private final Path folder;
  private final Plan plan;
  private final OperatingSystemMXBean system =
      ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);

  /**
   * What is measured.
   *
   * @param shape the table
   * @param rows how many
   * @param config the format of the files
   * @param rounds how often each measurement is made
   */
  public record Plan(BenchmarkShape shape, long rows, ExportConfig config, int rounds) {
    private static final int LEAST_ROWS = 10_000;

    public Plan {
      if (rows < LEAST_ROWS || rounds < 1) {
        throw new FlashDuckException(
            ErrorCode.INVALID_REQUEST,
            rounds < 1
                ? "rounds is " + rounds + "; give at least 1"
                : "rows is " + rows + "; give at least " + LEAST_ROWS);
      }
    }
  }

  /**
   * One measurement.
   *
   * @param what what was done
   * @param time the median
   * @param cpu the processor time of the whole process in the round of the median, with that of
   *     what is done after the file is in place
   * @param bytes of the file
   * @param encoded row groups encoded in the last round
   * @param copied row groups taken over in the last round
   */
  public record Result(
      String what, Duration time, Duration cpu, long bytes, int encoded, int copied) {}

  @FunctionalInterface
  private interface Rest {
    void await() throws InterruptedException;
  }

  private record Sample(long nanos, long cpu) {}

  /**
   * @param engine allowed to read and write the folder
   * @param folder empty; the caller deletes it
   */
  public EmissionBenchmark(Engine engine, Path folder, Plan plan) {
    this.engine = engine;
    this.folder = folder;
    this.plan = plan;
  }

  /** Measures everything and reports each result as soon as it is there. */
  public void run(Consumer<Result> report) throws Exception {
    try (EngineConnection lane = engine.openInternal()) {
      load(lane);
      Bench storage = new Bench(columns(lane), plan.shape().key());
      long rows = plan.rows();
      report.accept(copy(lane, FULL, ParquetEncodings.DICTIONARY));
      report.accept(copy(lane, FULL + ", compact", ParquetEncodings.COMPACT));
      ConsolidateSettings settings =
          ConsolidateSettings.of(folder.resolve("export"), table -> plan.config(), "benchmark");
      try (Consolidator consolidator =
          Consolidator.open(settings, engine, storage, new SystemFiles(), Clock.systemUTC())) {
        consolidator.start(storage.catalog());
        await(consolidator, 1);
        // Row numbers are key order; "?" differs in each round.
        String scattered = "(_fd_row * 104729 + ?) % " + rows + " < ";
        String start = "(?::BIGINT * 104729) % " + (rows - 1000);
        report.accept(change(lane, consolidator, "one row", "_fd_row = " + start));
        report.accept(
            change(
                lane,
                consolidator,
                "1000 rows side by side",
                "_fd_row BETWEEN " + start + " AND " + start + " + 999"));
        report.accept(change(lane, consolidator, "1000 rows scattered", scattered + "1000"));
        report.accept(change(lane, consolidator, "one percent", scattered + rows / 100));
        report.accept(change(lane, consolidator, "every row", "? > 0"));
        report.accept(copy(lane, FULL + ", compact, afterwards", ParquetEncodings.COMPACT));
        VerifyReport verified = consolidator.verify(TABLE);
        if (!verified.equal()) {
          throw new IllegalStateException("The file is wrong: " + verified);
        }
      }
    }
  }

  private void load(EngineConnection lane) {
    lane.execute("CREATE SCHEMA IF NOT EXISTS _flashduck");
    lane.execute("CREATE TABLE _flashduck.applied AS SELECT 1::BIGINT AS version");
    lane.execute(
        "CREATE TABLE "
            + STORED
            + " AS SELECT *, 0::BIGINT AS _fd_version, 1::BIGINT AS _fd_source,"
            + " row_number() OVER () - 1 AS _fd_row, 0::BIGINT AS _fd_sequence FROM ("
            + plan.shape().query(plan.rows())
            + ")");
    lane.execute("CHECKPOINT");
  }

  private static List<Column> columns(EngineConnection lane) {
    return lane
        .query(
            "SELECT column_name, data_type FROM duckdb_columns()"
                + " WHERE schema_name = '_flashduck' AND table_name = 'main.bench'"
                + " ORDER BY column_index",
            row -> new Column(row.getString(1), row.getString(2)))
        .stream()
        .filter(column -> !column.name().startsWith("_fd_"))
        .toList();
  }

  private Result copy(EngineConnection lane, String what, ParquetEncodings encodings)
      throws Exception {
    Path file = folder.resolve("copy.parquet");
    ExportConfig config = plan.config();
    String options =
        new ParquetOptions(
                config.compression(), config.compressionLevel(), config.rowGroupRows(), encodings)
            .copyOptions(config.rowGroupRows());
    String sql =
        "COPY (SELECT "
            + String.join(", ", columns(lane).stream().map(c -> quote(c.name())).toList())
            + " FROM "
            + STORED
            + ") TO "
            + literal(file.toString())
            + " "
            + options;
    List<Sample> samples = new ArrayList<>();
    for (int i = 0; i < plan.rounds(); i++) {
      Files.deleteIfExists(file);
      samples.add(
          measure(
              () -> {
                lane.execute(sql);
                return sql;
              },
              () -> {}));
    }
    long bytes = Files.size(file);
    Files.delete(file);
    return result(what, samples, bytes, new EmissionEffort(Duration.ZERO, 0, 0));
  }

  private Result change(
      EngineConnection lane, Consolidator consolidator, String what, String condition)
      throws Exception {
    List<Sample> samples = new ArrayList<>();
    ExportedFile file = await(consolidator, version(lane));
    for (int i = 0; i < plan.rounds(); i++) {
      String rows = condition.replace("?", Integer.toString(1 + 7919 * (i + 1)));
      long version = commit(lane, consolidator, rows);
      // What is done after the file is in place is not waited for, but its processor time counts.
      samples.add(measure(() -> await(consolidator, version), consolidator::awaitIdle));
      file = await(consolidator, version);
    }
    EmissionEffort effort = consolidator.states().get(0).effort().orElseThrow();
    return result(what, samples, file.bytes(), effort);
  }

  private long commit(EngineConnection lane, Consolidator consolidator, String condition) {
    long version = version(lane) + 1;
    String keys = String.join(", ", plan.shape().key().stream().map(key -> quote(key)).toList());
    lane.inTransaction(
        () -> {
          lane.execute(
              "CREATE OR REPLACE TEMP TABLE changed AS SELECT "
                  + keys
                  + " FROM "
                  + STORED
                  + " WHERE "
                  + condition);
          long rows = number(lane, "SELECT count(*) FROM changed");
          // As the apply lane does it: out with the old rows, in with the new ones at the end.
          lane.execute(
              "CREATE OR REPLACE TEMP TABLE written AS SELECT * REPLACE ("
                  + plan.shape().assignment()
                  + ") FROM "
                  + STORED
                  + " WHERE "
                  + condition
                  + " ORDER BY _fd_row");
          lane.execute("DELETE FROM " + STORED + " WHERE " + condition);
          lane.execute("INSERT INTO " + STORED + " FROM written");
          TableDefinition definition = new Bench(columns(lane), plan.shape().key()).definition();
          ChangeLog.Commit made = new ChangeLog.Commit(definition, version, version - 1);
          consolidator.changeLog().record(lane, made, "SELECT * FROM changed", rows);
          lane.execute("UPDATE _flashduck.applied SET version = " + version);
          return version;
        });
    return version;
  }

  private static ExportedFile await(Consolidator consolidator, long version) throws Exception {
    consolidator.published(TABLE, version);
    return consolidator.awaitExported(TABLE, version).get(LIMIT_MINUTES, TimeUnit.MINUTES);
  }

  private static long version(EngineConnection lane) {
    return number(lane, "SELECT version FROM _flashduck.applied");
  }

  private static long number(EngineConnection lane, String sql) {
    return lane.query(sql, row -> row.getLong(1)).get(0);
  }

  private Sample measure(Callable<?> work, Rest rest) throws Exception {
    long cpu = system.getProcessCpuTime();
    long start = System.nanoTime();
    work.call();
    long nanos = System.nanoTime() - start;
    rest.await();
    return new Sample(nanos, system.getProcessCpuTime() - cpu);
  }

  private static Result result(
      String what, List<Sample> samples, long bytes, EmissionEffort effort) {
    List<Sample> sorted = new ArrayList<>(samples);
    sorted.sort((one, other) -> Long.compare(one.nanos(), other.nanos()));
    Sample median = sorted.get(sorted.size() / 2);
    return new Result(
        what,
        Duration.ofNanos(median.nanos()),
        Duration.ofNanos(median.cpu()),
        bytes,
        effort.encodedRowGroups(),
        effort.copiedRowGroups());
  }

  /** The bookkeeping of one table that never changes its shape. */
  private record Bench(List<Column> columns, List<String> key) implements TableStorage {
    TableDefinition definition() {
      return new TableDefinition(
          TABLE, columns, Optional.of(new TableKey(key, TableKey.Origin.DECLARED)), 1);
    }

    CatalogSnapshot catalog() {
      TreeMap<TableName, TableDefinition> tables = new TreeMap<>();
      tables.put(TABLE, definition());
      return new CatalogSnapshot(1, 1, 1, tables, Map.of(TABLE, 1L), new TreeMap<>());
    }

    @Override
    public SnapshotPosition position(EngineConnection snapshot) {
      long version = version(snapshot);
      return new SnapshotPosition(version, version);
    }

    @Override
    public Optional<StoredTable> table(EngineConnection snapshot, TableName table) {
      return Optional.of(
          new StoredTable(definition(), version(snapshot), STORED, List.of("bench.parquet")));
    }
  }
}
