package io.flashduck.server.consolidate;

import io.flashduck.server.catalog.CatalogSnapshot;
import io.flashduck.server.catalog.TableName;
import io.flashduck.server.config.ExportConfig;
import io.flashduck.server.config.ExportPolicy;
import io.flashduck.server.engine.Engine;
import io.flashduck.server.engine.EngineConnection;
import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps one complete, current Parquet file per table in the export folder.
 *
 * <p>Each emission copies one snapshot of the table to a temporary file, syncs it, renames it over
 * the old one and syncs the folder; its footer names the version and the sequence of the snapshot.
 * Whoever commits is never delayed: {@link #published} only notes what is to be done, and one
 * emission covers all changes that came before its snapshot. A failed emission leaves the old file,
 * is tried again with growing pauses, and shows in {@link #states}.
 *
 * <p>Threading: thread-safe; emission runs on the thread {@code flashduck-export}, {@link #verify}
 * on the caller's.
 */
public final class Consolidator implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Consolidator.class);

  private final ConsolidateSettings settings;
  private final Engine engine;
  private final ExportFiles files;
  private final ExportLayout layout;
  private final FolderLock folderLock;
  private final EmissionSchedule schedule;
  private final TableExports exports = new TableExports();
  private final ExportWaiters waiters = new ExportWaiters();
  private final Verifier verifier;
  private final ExportLane lane;
  private final ChangeLog changeLog;
  private final VersionFiles versions;
  private final Clock clock;

  private Consolidator(
      ConsolidateSettings settings,
      Engine engine,
      EmissionContext context,
      FolderLock folderLock,
      Clock clock) {
    this.settings = settings;
    this.engine = engine;
    this.files = context.files();
    this.layout = context.layout();
    this.folderLock = folderLock;
    this.clock = clock;
    this.schedule =
        new EmissionSchedule(
            table -> settings.policy().apply(table).schedule(),
            settings.retryFirst(),
            settings.retryMost());
    this.changeLog =
        new ChangeLog(
            this::maySplice, table -> schedule.progress(table).map(p -> p.exported()).orElse(-1L));
    this.versions = new VersionFiles(layout, files);
    TableEmitter emitter = new TableEmitter(context, versions);
    this.verifier = new Verifier(context, emitter);
    LatestManifest manifest = new LatestManifest(layout, files);
    this.lane = new ExportLane(engine, schedule, exports, emitter, waiters, manifest);
  }

  /**
   * Takes the export folder and removes unfinished files from it; emits nothing before {@link
   * #start}.
   *
   * @param engine allowed to read and write the export folder; used until {@link #close}
   * @param files how the files are changed
   * @throws FlashDuckException ALREADY_RUNNING if another server exports into the folder; IO_ERROR
   */
  public static Consolidator open(
      ConsolidateSettings settings,
      Engine engine,
      TableStorage storage,
      ExportFiles files,
      Clock clock) {
    try {
      files.createDirectories(settings.exportDir());
      // DuckDB compares resolved paths with the folders that it may use.
      ExportLayout layout = new ExportLayout(settings.exportDir().toRealPath());
      files.createDirectories(layout.temporaryFolder());
      FolderLock folderLock = FolderLock.take(layout.lockFile(), layout.folder());
      try {
        Strays.removeParts(layout, files);
        EmissionContext context =
            new EmissionContext(storage, layout, files, settings, identity(engine, settings));
        return new Consolidator(settings, engine, context, folderLock, clock);
      } catch (IOException | RuntimeException e) {
        folderLock.close();
        throw e;
      }
    } catch (IOException e) {
      throw new FlashDuckException(
          ErrorCode.IO_ERROR,
          "The export folder "
              + settings.exportDir()
              + " cannot be used: "
              + e
              + ". Check its permissions or choose another with --export.",
          e);
    }
  }

  private static EmissionContext.Identity identity(Engine engine, ConsolidateSettings settings) {
    try (EngineConnection connection = engine.openInternal()) {
      connection.inTransaction(
          () -> {
            connection.execute("CREATE SCHEMA IF NOT EXISTS _flashduck");
            connection.execute(
                "CREATE TABLE IF NOT EXISTS _flashduck.export_identity (database VARCHAR)");
            return connection.update(
                "INSERT INTO _flashduck.export_identity SELECT ?"
                    + " WHERE NOT EXISTS (FROM _flashduck.export_identity)",
                UUID.randomUUID().toString());
          });
      String database =
          connection
              .query("SELECT database FROM _flashduck.export_identity", row -> row.getString(1))
              .get(0);
      String version = connection.query("SELECT version()", row -> row.getString(1)).get(0);
      int threads =
          connection.query("SELECT current_setting('threads')", row -> row.getInt(1)).get(0);
      return new EmissionContext.Identity(
          database, "duckdb-" + version, settings.writtenBy(), threads);
    }
  }

  /**
   * Starts emitting: files that do not hold the given versions are replaced, files of other tables
   * removed.
   *
   * @param catalog what exists now; nothing was published before it that it does not contain
   */
  public void start(CatalogSnapshot catalog) {
    Set<TableName> tables = Set.copyOf(catalog.tables().keySet());
    for (TableName table : tables) {
      long version = catalog.tableVersions().getOrDefault(table, catalog.version());
      published(table, version);
    }
    lane.start(() -> Strays.removeDropped(layout, files, tables));
  }

  /**
   * A commit created, changed or dropped the table. To be called in the order of versions, after
   * the commit; returns at once.
   */
  public void published(TableName table, long version) {
    schedule.changed(table, version, System.nanoTime());
    lane.wake();
  }

  /**
   * Waits until the table's file holds a version that was published; hurries the emission, whatever
   * the table's policy.
   *
   * @return fails with NOT_FOUND if the table is dropped meanwhile, INVALID_REQUEST if its policy
   *     is off, SHUTTING_DOWN, or the reason why the emission failed, which is then tried again
   */
  public CompletableFuture<ExportedFile> awaitExported(TableName table, long version) {
    if (settings.policy().apply(table).schedule().policy() == ExportPolicy.OFF) {
      return CompletableFuture.failedFuture(
          new FlashDuckException(
              ErrorCode.INVALID_REQUEST,
              "Table " + table + " is not exported: its export policy is off."));
    }
    return await(table, version);
  }

  /** Replaces the table's file now if it is not current, whatever the table's policy. */
  public CompletableFuture<ExportedFile> export(TableName table) {
    return await(table, schedule.progress(table).map(p -> p.published()).orElse(0L));
  }

  private CompletableFuture<ExportedFile> await(TableName table, long version) {
    CompletableFuture<ExportedFile> future = waiters.add(table, version);
    boolean current =
        schedule.progress(table).filter(progress -> progress.exported() >= version).isPresent();
    Optional<CurrentFile> file = exports.of(table).current();
    if (current && file.isPresent()) {
      waiters.exported(version, file.get().file());
    } else {
      schedule.demand(table);
      lane.wake();
    }
    return future;
  }

  /**
   * Compares the table with the bytes of its file, both read in full. A file that is older than the
   * table is replaced first.
   *
   * @throws FlashDuckException NOT_FOUND if there is no such table; IO_ERROR and RESOURCE_EXHAUSTED
   *     if an older file cannot be replaced
   */
  public VerifyReport verify(TableName table) {
    TableExport export = exports.of(table);
    export.lock().lock();
    try (EngineConnection connection = engine.openInternal()) {
      Verifier.Result result = verifier.verify(connection, export);
      lane.emitted(table, result.outcome());
      return result.report();
    } finally {
      export.lock().unlock();
    }
  }

  /**
   * A file of the table as it was after a write: the current one or one that is kept. Its content
   * never changes, and it is deleted when the version is no longer kept.
   *
   * @throws FlashDuckException NOT_FOUND with the sequences that there are; IO_ERROR
   */
  public Path version(TableName table, long sequence) {
    return versions.file(
        exports.of(table), sequence, settings.policy().apply(table).keepVersions());
  }

  /** Where the one who commits says which rows each commit changes. */
  public ChangeLog changeLog() {
    return changeLog;
  }

  /** Whether the next file of a table may be made from the one that is there. */
  private boolean maySplice(TableName table) {
    ExportConfig config = settings.policy().apply(table);
    // What cannot have a second row group is written in full anyway.
    return config.schedule().policy() != ExportPolicy.OFF
        && exports
            .of(table)
            .current()
            .map(file -> file.file().rows() > config.rowGroupRows())
            .orElse(true);
  }

  /** Waits until nothing is due, not even what nobody waits for. */
  void awaitIdle() throws InterruptedException {
    lane.awaitIdle();
  }

  /** Each table's state, sorted by table. */
  public List<ExportState> states() {
    long now = System.nanoTime();
    Instant instant = clock.instant();
    return schedule.progress().entrySet().stream()
        .map(entry -> state(entry.getKey(), entry.getValue(), now, instant))
        .toList();
  }

  private ExportState state(
      TableName table, EmissionSchedule.Progress progress, long now, Instant instant) {
    TableExport export = exports.of(table);
    OptionalLong first = progress.firstChange();
    OptionalLong retry = progress.retryAt();
    return new ExportState(
        table,
        export.current().map(CurrentFile::file),
        progress.published(),
        first.isPresent()
            ? Optional.of(Duration.ofNanos(Math.max(0, now - first.getAsLong())))
            : Optional.empty(),
        export.effort(),
        export.spliced(),
        progress.error(),
        retry.isPresent()
            ? Optional.of(instant.plusNanos(retry.getAsLong() - now))
            : Optional.empty());
  }

  /** Stops; what was not emitted is emitted after the next start. */
  @Override
  public void close() {
    lane.close();
    versions.close();
    waiters.failAll(
        table ->
            new FlashDuckException(
                ErrorCode.SHUTTING_DOWN,
                "The server stopped before table " + table + " was exported."));
    try {
      folderLock.close();
    } catch (IOException e) {
      LOG.warn("Releasing the export folder failed: {}", e.toString());
    }
  }
}
