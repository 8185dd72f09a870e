package io.flashduck.server.table.fold;

import io.flashduck.server.catalog.Column;
import io.flashduck.server.catalog.TableName;
import io.flashduck.server.engine.EngineConnection;
import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import io.flashduck.server.queue.Frame;
import io.flashduck.server.queue.FrameReader;
import io.flashduck.server.queue.WriteQueue;
import io.flashduck.server.table.apply.AcceptedChange;
import io.flashduck.server.table.change.ChangeCodec;
import io.flashduck.server.table.change.ChangeSection;
import io.flashduck.server.table.fold.FoldManifest.History;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.arrow.memory.BufferAllocator;

/**
 * Writes the changes of frames into the history, some at a time, each batch bound by one manifest.
 *
 * <p>A new file takes in those before it that are not much larger, so their number stays small
 * however often somebody asks; a row is written again about once per doubling of its file.
 *
 * <p>Threading: thread-safe; one at a time.
 */
final class HistoryFold implements AutoCloseable {
  private static final long CHUNK_BYTES = 32L << 20;

  private final WriteQueue queue;
  private final FoldStore store;
  private final FoldSettings settings;
  private final EngineConnection connection;
  private final BufferAllocator allocator;

  HistoryFold(
      WriteQueue queue,
      FoldStore store,
      FoldSettings settings,
      EngineConnection connection,
      BufferAllocator allocator) {
    this.queue = queue;
    this.store = store;
    this.settings = settings;
    this.connection = connection;
    this.allocator = allocator;
  }

  /**
   * Takes all writes up to that one into the history.
   *
   * @param sequence an applied write
   */
  synchronized void through(long sequence) {
    while (store.manifest().historySequence() < sequence) {
      long known = store.manifest().historySequence();
      long from = Math.max(known + 1, queue.stats().firstSequence());
      chunk(from, sequence, from > known + 1);
    }
  }

  private void chunk(long from, long through, boolean gap) {
    List<AcceptedChange> changes = new ArrayList<>();
    long bytes = 0;
    try (FrameReader reader = queue.read(from)) {
      while (reader.nextSequence() <= through && bytes < CHUNK_BYTES) {
        Frame frame =
            reader
                .next()
                .orElseThrow(
                    () ->
                        new FlashDuckException(ErrorCode.INTERNAL, "an applied write is missing"));
        bytes += frame.payload().remaining();
        changes.add(
            new AcceptedChange(
                frame.sequence(), frame.acceptedAtNanos(), ChangeCodec.decode(frame.payload())));
      }
    }
    write(changes, gap);
  }

  private void write(List<AcceptedChange> changes, boolean gap) {
    long last = changes.get(changes.size() - 1).sequence();
    Set<Long> failed =
        new HashSet<>(
            connection.query(
                "SELECT DISTINCT sequence FROM _flashduck.changes WHERE failure IS NOT NULL AND"
                    + " sequence BETWEEN ? AND ?",
                row -> row.getLong(1),
                changes.get(0).sequence(),
                last));
    SortedMap<TableName, TableChanges> tables = new TreeMap<>();
    for (AcceptedChange change : changes) {
      if (!failed.contains(change.sequence())) {
        for (ChangeSection section : change.change().sections()) {
          TableChanges.tableOf(section)
              .ifPresent(
                  table ->
                      tables.computeIfAbsent(table, t -> new TableChanges()).add(change, section));
        }
      }
    }
    SortedMap<TableName, History> histories = new TreeMap<>(store.manifest().histories());
    long floor = gap ? changes.get(0).sequence() - 1 : store.manifest().historyFloor();
    List<String> made = new ArrayList<>();
    boolean done = false;
    try {
      for (Map.Entry<TableName, TableChanges> table : tables.entrySet()) {
        History before = histories.getOrDefault(table.getKey(), History.NONE);
        histories.put(table.getKey(), fold(table.getKey(), table.getValue(), before, made));
      }
      store.change(manifest -> manifest.withHistories(last, floor, histories));
      done = true;
    } catch (IOException e) {
      throw new FlashDuckException(
          ErrorCode.IO_ERROR, "Writing the change history failed: " + e, e);
    } catch (FlashDuckException e) {
      done = e.code() == ErrorCode.COMMIT_UNKNOWN; // a start may find the new manifest
      throw e;
    } finally {
      if (!done) {
        made.forEach(store::forget);
      }
    }
  }

  private History fold(TableName table, TableChanges changes, History before, List<String> made)
      throws IOException {
    if (settings.historyBytes() == 0) {
      return new History(changes.last(), changes.last(), List.of());
    }
    List<ChangeFile> files = new ArrayList<>(before.files());
    for (TableChanges.Group group : changes.groups()) {
      List<ChangeFile> merged = toMerge(files, group.columns(), group.rows());
      files.removeAll(merged);
      files.add(file(table, group, merged, made));
    }
    return new History(changes.last(), before.floor(), files);
  }

  /** The youngest files of these columns, as long as each is at most twice what it goes into. */
  private List<ChangeFile> toMerge(List<ChangeFile> files, List<Column> columns, long rows) {
    List<ChangeFile> merged = new ArrayList<>();
    long sum = rows;
    long bytes = 0;
    List<ChangeFile> youngest =
        files.stream()
            .filter(file -> file.columns().equals(columns))
            .sorted(Comparator.comparingLong((ChangeFile f) -> f.span().last()).reversed())
            .toList();
    for (ChangeFile file : youngest) {
      if (file.rows() > 2 * sum || bytes + file.bytes() > settings.mergedBytes()) {
        break;
      }
      sum += file.rows();
      bytes += file.bytes();
      merged.add(file);
    }
    return merged;
  }

  private ChangeFile file(
      TableName table, TableChanges.Group group, List<ChangeFile> merged, List<String> made)
      throws IOException {
    String stage = "temp._fd_history";
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE "
            + stage
            + " ("
            + ChangeColumns.FIXED
            + ChangeColumns.definitions(group.columns())
            + ")");
    try {
      group.insert(connection, allocator, stage);
      if (!merged.isEmpty()) {
        List<String> paths =
            merged.stream().map(file -> store.folder().path(file).toString()).toList();
        connection.execute("INSERT INTO " + stage + " BY NAME FROM " + ChangeColumns.read(paths));
      }
      String name = store.newFile(store.folder().folderOf(table), "history");
      made.add(name);
      long rows =
          ParquetCopy.write(
              connection,
              "SELECT * FROM " + stage + " ORDER BY _sequence, _order",
              store.folder().directory().resolve(name));
      ChangeFolder.Written written = store.folder().settle(name);
      ChangeFile.Span span = group.span();
      for (ChangeFile file : merged) {
        span = span.join(file.span());
      }
      return new ChangeFile(name, group.columns(), span, rows, written.bytes(), written.checksum());
    } finally {
      connection.execute("DROP TABLE " + stage);
    }
  }

  /** Deletes the oldest files of the history that need not be kept. */
  synchronized void expire(long nowNanos) {
    FoldManifest now = store.manifest();
    long oldest = nowNanos - settings.historyTime().toNanos();
    long excess = now.historyBytes() - settings.historyBytes();
    List<ChangeFile> byAge = new ArrayList<>();
    now.histories().values().forEach(history -> byAge.addAll(history.files()));
    byAge.sort(Comparator.comparingLong(file -> file.span().last()));
    Set<String> expired = new HashSet<>();
    for (ChangeFile file : byAge) {
      if (excess > 0 || file.span().newestNanos() < oldest) {
        expired.add(file.name());
        excess -= file.bytes();
      }
    }
    if (!expired.isEmpty()) {
      SortedMap<TableName, History> histories = new TreeMap<>();
      now.histories().forEach((table, history) -> histories.put(table, without(history, expired)));
      store.change(
          manifest ->
              manifest.withHistories(
                  manifest.historySequence(), manifest.historyFloor(), histories));
    }
  }

  private static History without(History history, Set<String> expired) {
    Optional<Long> floor =
        history.files().stream()
            .filter(file -> expired.contains(file.name()))
            .map(file -> file.span().last())
            .max(Comparator.naturalOrder());
    return floor.isEmpty()
        ? history
        : new History(
            history.lastChange(),
            Math.max(history.floor(), floor.get()),
            history.files().stream().filter(file -> !expired.contains(file.name())).toList());
  }

  /** Stops the statement that runs, from any thread. */
  void cancel() {
    connection.cancel();
  }

  @Override
  public synchronized void close() {
    connection.close();
  }
}
