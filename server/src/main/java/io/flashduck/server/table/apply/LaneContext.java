package io.flashduck.server.table.apply;

import io.flashduck.server.catalog.TableName;
import io.flashduck.server.config.TableOptions;
import io.flashduck.server.config.TablesConfig;
import io.flashduck.server.consolidate.ChangeLog;
import io.flashduck.server.engine.EngineConnection;
import io.flashduck.server.error.FlashDuckException;
import io.flashduck.server.sync.SourceFile;
import io.flashduck.server.table.change.TableShape;
import io.flashduck.server.table.source.DuckTypes;
import io.flashduck.server.table.source.FileProbe;
import io.flashduck.server.table.source.ReaderFailure;
import io.flashduck.server.table.source.SourceProbe;
import io.flashduck.server.table.state.Bookkeeping;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.BiFunction;
import org.apache.arrow.memory.BufferAllocator;
import org.jspecify.annotations.Nullable;

/**
 * What every step of the apply lane needs.
 *
 * <p>Threading: confined to the apply lane.
 */
public final class LaneContext {
  private final EngineConnection connection;
  private final EngineConnection lookups;
  private final BufferAllocator allocator;
  private final Path dataDir;
  private final Clock clock;
  private final BiFunction<TableName, TableShape, TableShape> accepted;
  private final LoadProgress progress = new LoadProgress();
  private final LaneSession session;
  private final Bookkeeping bookkeeping;
  private final DuckTypes types;
  private final SourceProbe probe;
  private volatile TablesConfig tables = TablesConfig.EMPTY;
  private @Nullable ChangeLog changeLog;

  /**
   * @param connection where the transactions run
   * @param lookups for questions that may fail: a failed statement would end the transaction
   * @param accepted the shape of a table with the writes that are accepted and not yet applied,
   *     from the shape with only those that are applied
   */
  public LaneContext(
      EngineConnection connection,
      EngineConnection lookups,
      BufferAllocator allocator,
      Path dataDir,
      Clock clock,
      BiFunction<TableName, TableShape, TableShape> accepted) {
    this.connection = connection;
    this.lookups = lookups;
    this.allocator = allocator;
    this.dataDir = dataDir;
    this.clock = clock;
    this.accepted = accepted;
    this.session = new LaneSession(connection);
    this.bookkeeping = new Bookkeeping(connection);
    this.types = new DuckTypes(lookups);
    this.probe = new SourceProbe(lookups, allocator);
  }

  /** How far the reading of files is. */
  public LoadProgress progress() {
    return progress;
  }

  public EngineConnection connection() {
    return connection;
  }

  /** For questions that may fail. */
  EngineConnection lookups() {
    return lookups;
  }

  public LaneSession session() {
    return session;
  }

  public BufferAllocator allocator() {
    return allocator;
  }

  public Bookkeeping bookkeeping() {
    return bookkeeping;
  }

  public DuckTypes types() {
    return types;
  }

  public SourceProbe probe() {
    return probe;
  }

  public Path dataDir() {
    return dataDir;
  }

  /**
   * Looks into a file.
   *
   * @param masked whether nothing of it counts, so that it need not even be readable
   */
  ProbedFile probeFile(SourceFile file, boolean masked) {
    Path path = dataDir.resolve(file.path());
    return new ProbedFile(
        file,
        path,
        masked
            ? new FileProbe(List.of(), new FileProbe.Reading.Parquet())
            : probe.probe(target(file, path), false));
  }

  /** Looks into many files at once; those that are not in the answer must be looked into alone. */
  Map<String, ProbedFile> probeTogether(Collection<SourceFile> files) {
    Map<SourceProbe.Target, SourceFile> targets = new LinkedHashMap<>();
    files.forEach(file -> targets.put(target(file, dataDir.resolve(file.path())), file));
    Map<String, ProbedFile> probed = new HashMap<>();
    probe
        .probeTogether(List.copyOf(targets.keySet()))
        .forEach(
            (target, found) -> {
              SourceFile file = Objects.requireNonNull(targets.get(target));
              probed.put(file.path(), new ProbedFile(file, target.path(), found));
            });
    return probed;
  }

  /** Looks at all of a file, because its beginning was misleading. */
  ProbedFile probeThoroughly(SourceFile file) {
    Path path = dataDir.resolve(file.path());
    return new ProbedFile(file, path, probe.probe(target(file, path), true));
  }

  private SourceProbe.Target target(SourceFile file, Path path) {
    return new SourceProbe.Target(
        path, file.format().data(), options(file.table()).read(), file.partitions());
  }

  /** What a failure says about a file: broken, or merely not what the scan saw any more. */
  Refused refusal(SourceFile file, FlashDuckException e) {
    Path path = dataDir.resolve(file.path());
    return FileCheck.unchanged(path, file.stamp())
        ? new Refused(file, Refused.Kind.BROKEN, ReaderFailure.reason(e, path, file.path()))
        : new Refused(file, Refused.Kind.CHANGING, "it changed while it was read");
  }

  /** Nanoseconds since the epoch. */
  public long nowNanos() {
    java.time.Instant now = clock.instant();
    return now.getEpochSecond() * 1_000_000_000L + now.getNano();
  }

  /** The shape of a table with all accepted writes. */
  public TableShape acceptedShape(TableName table, TableShape applied) {
    return accepted.apply(table, applied);
  }

  /** What {@code tables.yaml} says about a table. */
  public TableOptions options(TableName table) {
    return tables.options(table.schema(), table.name());
  }

  /** Where each transaction that changes a table says which rows it changes. */
  ChangeLog changeLog() {
    ChangeLog known = changeLog;
    if (known == null) {
      throw new IllegalStateException("no change log");
    }
    return known;
  }

  /** The change log from now on; it is opened later, because its owner asks for options. */
  public void changeLog(ChangeLog log) {
    changeLog = log;
  }

  /** The content of {@code tables.yaml} from now on. */
  public void tables(TablesConfig config) {
    tables = config;
  }
}
