package io.flashduck.server.table;

import io.flashduck.server.catalog.CatalogSnapshot;
import io.flashduck.server.catalog.TableName;
import io.flashduck.server.config.DataConfig;
import io.flashduck.server.config.ExportConfig;
import io.flashduck.server.config.ServerConfig;
import io.flashduck.server.consolidate.ConsolidateSettings;
import io.flashduck.server.consolidate.Consolidator;
import io.flashduck.server.engine.Engine;
import io.flashduck.server.engine.EngineConnection;
import io.flashduck.server.engine.EngineSettings;
import io.flashduck.server.engine.ReadPoolSettings;
import io.flashduck.server.engine.live.LiveTable;
import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import io.flashduck.server.queue.FileLayer;
import io.flashduck.server.queue.Frame;
import io.flashduck.server.queue.FrameReader;
import io.flashduck.server.queue.QueueSettings;
import io.flashduck.server.queue.WriteQueue;
import io.flashduck.server.sync.FolderSnapshot;
import io.flashduck.server.table.apply.FolderApplier;
import io.flashduck.server.table.apply.LaneContext;
import io.flashduck.server.table.apply.WritesApplier;
import io.flashduck.server.table.change.ChangeCodec;
import io.flashduck.server.table.change.LoggedChange;
import io.flashduck.server.table.fold.ChangeFolder;
import io.flashduck.server.table.fold.FoldManifest;
import io.flashduck.server.table.fold.FoldSettings;
import io.flashduck.server.table.fold.Folding;
import io.flashduck.server.table.source.DuckTypes;
import io.flashduck.server.table.state.Bookkeeping;
import io.flashduck.server.table.state.ClientCatalog;
import io.flashduck.server.table.state.ClientMacros;
import io.flashduck.server.table.state.DatabaseState;
import io.flashduck.server.table.state.SystemViews;
import io.flashduck.server.table.statement.EvaluationWatch;
import io.flashduck.server.table.statement.StatementEvaluator;
import io.flashduck.server.table.statement.TableSources;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Clock;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.apache.arrow.memory.BufferAllocator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Opens a database: each part after those that it needs; if one fails, those that are open are
 * closed again.
 *
 * <p>Recovery: the queue is the truth of the writes, the folder that of the files. A cache that
 * does not fit to the queue is built anew. Definitions of writes that are not applied yet are known
 * first, then what differs in the folder is read, then the writes are applied.
 *
 * <p>Threading: confined to the opening thread.
 */
final class DatabaseOpening {
  private static final Logger LOG = LoggerFactory.getLogger(DatabaseOpening.class);
  private static final int INTERNAL_READERS = 8;

  /** The statements of the bookkeeping, and those of the tables that change all the time. */
  private static final int KEPT_STATEMENTS = 64;

  private final ServerConfig config;
  private final Clock clock;
  private final Consumer<String> progress;
  private final Surroundings around;
  private final Deque<AutoCloseable> open = new ArrayDeque<>();

  private DatabaseOpening(ServerConfig config, Consumer<String> progress, Surroundings around) {
    this.config = config;
    this.clock = around.clock();
    this.progress = progress;
    this.around = around;
  }

  static Database open(
      ServerConfig config,
      BufferAllocator allocator,
      Consumer<String> progress,
      Surroundings around) {
    DatabaseOpening opening = new DatabaseOpening(config, progress, around);
    try {
      return opening.open(allocator);
    } catch (RuntimeException | Error e) {
      opening.closeAll(e);
      throw e;
    }
  }

  private Database open(BufferAllocator parent) {
    long started = System.nanoTime();
    DataConfig data = withoutLinks(config.data());
    later(StateLock.acquire(data.stateDir()));
    BufferAllocator allocator = later(parent.newChildAllocator("database", 0, Long.MAX_VALUE));
    FileLayer files = around.files();
    WriteQueue queue =
        later(WriteQueue.open(data.stateDir().resolve("writes"), queueSettings(), files, clock));
    ChangeFolder changes = new ChangeFolder(data.stateDir().resolve("changes"), files);
    FoldManifest manifest = FoldedWrites.manifest(changes, queue);
    Engine engine = later(openEngine(data, queue, manifest));
    engine.prepareClients(
        Stream.concat(ClientCatalog.statements().stream(), ClientMacros.statements().stream())
            .toList());
    EngineConnection connection = later(engine.openInternal(KEPT_STATEMENTS));
    createSystemViews(connection);
    engine.live().tell(LiveTable.SETTINGS, (viewer, rows) -> SettingRows.add(config, rows));
    EngineConnection lookups = later(engine.openInternal());
    DatabaseState state = new Bookkeeping(connection).load();
    AcceptedTables accepted =
        new AcceptedTables(
            Publisher.describe(state), new DuckTypes(lookups).widening()::widenOrText);
    LaneContext context =
        new LaneContext(connection, lookups, allocator, data.dataDir(), clock, accepted::shape);
    context.progress().watch(progress);
    engine.live().tell(LiveTable.LOADS, (viewer, rows) -> context.progress().tell(rows));
    Consolidator exports = later(openExports(data, engine, context));
    context.changeLog(exports.changeLog());
    if (engine.recreated()) {
      FoldedWrites.restore(changes, manifest, context, state);
      accepted.published(Publisher.describe(state), state.counters().sequence());
    }
    queue.applied(state.counters().sequence());
    Producers producers = new Producers();
    producers.load(connection);
    foresee(queue, state.counters().sequence(), accepted, producers);
    Folding folding =
        later(
            new Folding(
                new Folding.Parts(queue, engine, allocator, clock),
                FoldSettings.of(config.queue()),
                changes,
                manifest));
    FolderFeed feed = later(new FolderFeed(data, clock));
    LoopHandle loopHandle = new LoopHandle();
    LaneParts parts =
        new LaneParts(
            context,
            state,
            queue,
            new WritesApplier(context, state, (draft, applied) -> recorded(connection, applied)),
            new FolderApplier(context, state),
            new ViewKeeper(connection),
            new Problems(connection, context),
            accepted,
            new Publisher(Publisher.describe(state).catalog()),
            exports,
            folding,
            around.lane(),
            loopHandle::offerAgain);
    engine.versions(new ExportedVersions(parts.publisher(), exports, folding));
    ApplyLane lane = new ApplyLane(parts);
    later(lane::close);
    LaneLoop loop = new LaneLoop(lane, feed);
    loopHandle.loop = loop;
    FolderSnapshot folder = feed.start(loop::offer);
    feed.applied(first(lane.applyFolder(folder, true)));
    lane.drain();
    feed.applied(
        first(lane.applyFolder(folder, true))); // a DROP among the writes forgets newer files
    lane.publish(Set.of(), true);
    ArrowSchemas schemas = later(new ArrowSchemas(engine.openInternal(), allocator));
    ChangeChecks checks =
        new ChangeChecks(schemas, allocator, table -> context.options(table).key());
    LocalDatabase database =
        new LocalDatabase(
            new LocalDatabase.Parts(
                config,
                engine,
                parts,
                loop,
                feed,
                checks,
                producers,
                evaluators(engine, parts, lane, connection)),
            open);
    engine
        .live()
        .tell(
            LiveTable.QUEUE,
            (viewer, rows) ->
                OperationRows.queue(queue.stats(), loop.trouble(), folding.status(), rows));
    engine
        .live()
        .tell(
            LiveTable.EXPORTS,
            (viewer, rows) ->
                OperationRows.exports(
                    exports.states(), parts.publisher().catalog().sequence(), rows));
    exports.start(parts.publisher().catalog());
    queue.onDurable(sequence -> loop.signalDurable());
    parts.publisher().onAwaited(loop::hurry);
    // The lane's statements see the catalog as clients do too, from the first one on.
    loop.submit(() -> ClientCatalog.statements().forEach(connection::execute));
    loop.start();
    later(loop);
    loop.signalDurable();
    folding.start();
    LOG.info(
        "Ready: {} table(s), version {}, sequence {}, {} ms",
        parts.publisher().catalog().tables().size(),
        state.counters().version(),
        state.counters().sequence(),
        (System.nanoTime() - started) / 1_000_000);
    return database;
  }

  /** Those of this version. Each transaction of its own would be synced. */
  private static void createSystemViews(EngineConnection connection) {
    connection.inTransaction(
        () -> {
          SystemViews.create().forEach(connection::execute);
          return true;
        });
  }

  /** A start needs the whole folder. */
  private static FolderApplier.Outcome first(FolderApplier.Outcome outcome) {
    if (outcome.failure().isPresent()) {
      throw outcome.failure().get();
    }
    return outcome;
  }

  private LocalDatabase.Evaluators evaluators(
      Engine engine, LaneParts parts, ApplyLane lane, EngineConnection connection) {
    LaneContext context = parts.context();
    StatementEvaluator.Rules rules =
        new StatementEvaluator.Rules(
            new TableSources(context::options, parts.state()::filesOf, context.types().widening()),
            ChangeChecks::refuseReserved,
            context::nowNanos,
            queueSettings().maxFrameBytes());
    Supplier<CatalogSnapshot> catalog = parts.publisher()::catalog;
    EngineConnection descriptions = later(engine.openInternal());
    // Clients' statements that change tables see the catalog as their queries do.
    for (String sql : ClientCatalog.statements()) {
      descriptions.execute(sql);
    }
    return new LocalDatabase.Evaluators(
        new StatementEvaluator(connection, context.allocator(), catalog, rules),
        new StatementEvaluator(descriptions, context.allocator(), catalog, rules),
        lane,
        rules,
        later(new EvaluationWatch()));
  }

  private void recorded(
      EngineConnection connection, List<io.flashduck.server.table.apply.AcceptedChange> changes) {
    Producers.persist(connection, changes);
    History.record(connection, changes, null);
    around.lane().accept(LaneStep.WRITTEN);
  }

  /** Learns the definitions and the producers of writes that are not applied yet. */
  private static void foresee(
      WriteQueue queue, long applied, AcceptedTables accepted, Producers producers) {
    try (FrameReader reader = queue.read(applied + 1)) {
      for (Optional<Frame> next = reader.next(); next.isPresent(); next = reader.next()) {
        Frame frame = next.get();
        LoggedChange change = ChangeCodec.decode(frame.payload());
        accepted.accepted(change, frame.sequence(), frame.acceptedAtNanos());
        change
            .producer()
            .ifPresent(
                position ->
                    producers.remember(
                        position, new Producers.Answer(frame.sequence(), change.recordCount())));
      }
    }
  }

  /** DuckDB compares paths with links resolved, so all of ours are. */
  private static DataConfig withoutLinks(DataConfig data) {
    try {
      Files.createDirectories(data.stateDir());
      Files.createDirectories(data.exportDir());
      return new DataConfig(
          data.dataDir().toRealPath(),
          data.stateDir().toRealPath(),
          data.exportDir().toRealPath(),
          data.follow());
    } catch (IOException e) {
      throw new FlashDuckException(
          ErrorCode.IO_ERROR,
          "The folders cannot be used: " + e + "; check --data, --state, --export and permissions",
          e);
    }
  }

  private QueueSettings queueSettings() {
    QueueSettings defaults = QueueSettings.defaults();
    return new QueueSettings(
        config.queue().segmentBytes(),
        (int) Math.min(config.queue().maxFrameBytes(), defaults.maxFrameBytes()),
        config.queue().maxPendingBytes(),
        config.queue().appendWait(),
        defaults.maxBatchBytes(),
        defaults.maxBatchFrames(),
        defaults.preallocationBytes());
  }

  /** The cache, built anew if it is of another format or from another queue. */
  private Engine openEngine(DataConfig data, WriteQueue queue, FoldManifest manifest) {
    EngineSettings settings =
        new EngineSettings(
            data.stateDir().resolve("cache.duckdb"),
            data.stateDir().resolve("tmp"),
            List.of(data.dataDir(), data.exportDir(), data.stateDir().resolve("changes")),
            config.engine().memoryLimitBytes() / 1024 + "KiB",
            config.engine().threads(),
            new ReadPoolSettings(INTERNAL_READERS, config.queue().appendWait()));
    Engine engine = Engine.open(settings);
    if (!fits(engine, queue)) {
      engine.close();
      engine = Engine.openFresh(settings);
      if (!fits(engine, queue)) {
        engine.close();
        throw new FlashDuckException(ErrorCode.INTERNAL, "A new cache does not fit the queue");
      }
    }
    if (engine.recreated()) {
      try {
        FoldedWrites.requireReach(manifest, queue);
      } catch (RuntimeException e) {
        engine.close();
        throw e;
      }
    }
    return engine;
  }

  /** Whether the cache can be used; a new one gets its tables. */
  private boolean fits(Engine engine, WriteQueue queue) {
    try (EngineConnection connection = engine.openInternal()) {
      Bookkeeping bookkeeping = new Bookkeeping(connection);
      if (engine.recreated()) {
        bookkeeping.create(clock.millis());
        return true;
      }
      if (!bookkeeping.present()) {
        LOG.warn("The cache is of another format and is built anew");
        return false;
      }
      long applied = bookkeeping.load().counters().sequence();
      if (applied + 1 < queue.stats().firstSequence()) {
        LOG.warn(
            "The cache has applied write {}, but the queue begins at {}: it is built anew",
            applied,
            queue.stats().firstSequence());
        return false;
      }
      if (applied > queue.lastSequence()) {
        LOG.warn(
            "The cache has applied write {}, but the queue ends at {}: it is built anew",
            applied,
            queue.lastSequence());
        return false;
      }
      return true;
    }
  }

  private Consolidator openExports(DataConfig data, Engine engine, LaneContext context) {
    Function<TableName, ExportConfig> policy =
        table -> context.options(table).merge().export().over(config.export());
    return Consolidator.open(
        ConsolidateSettings.of(data.exportDir(), policy, "flashduck"),
        engine,
        new StoredTables(),
        around.exports(),
        clock);
  }

  /** The lane's parts are made before its loop. */
  private static final class LoopHandle {
    private @Nullable LaneLoop loop;

    void offerAgain() {
      LaneLoop known = loop;
      if (known != null) {
        known.offerAgain();
      }
    }
  }

  private <T extends AutoCloseable> T later(T part) {
    open.push(part);
    return part;
  }

  static void close(Deque<AutoCloseable> parts, Consumer<Exception> failures) {
    while (!parts.isEmpty()) {
      try {
        parts.pop().close();
      } catch (Exception e) {
        failures.accept(e);
      }
    }
  }

  private void closeAll(Throwable failure) {
    close(open, failure::addSuppressed);
  }
}
