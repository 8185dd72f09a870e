package io.flashduck.server.table.apply;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.flashduck.server.catalog.TableName;
import io.flashduck.server.sync.SourceFile;
import io.flashduck.server.table.DatabaseStatus;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How far the reading of changed files is: behind {@code flashduck.loads}, in the log if it takes
 * long, and told to whoever watches the start.
 *
 * <p>Threading: thread-safe; the lane writes.
 */
public final class LoadProgress {
  private static final Logger LOG = LoggerFactory.getLogger(LoadProgress.class);
  private static final long LOG_INTERVAL_NANOS = Duration.ofSeconds(5).toNanos();
  private static final int BAR = 20;

  private volatile Consumer<String> watcher = line -> {};
  private final Map<TableName, Load> loads = new TreeMap<>();
  private long loggedAt;

  /** What the lane's statement reads; it is asked outside of the monitor. */
  private volatile @Nullable Reading reading;

  /**
   * Has {@code newWatcher} told a line for people after each file and a few times a second within
   * large ones; it must be quick.
   */
  public void watch(Consumer<String> newWatcher) {
    watcher = newWatcher;
  }

  /** The files of one table; guarded by the progress. */
  private static final class Load {
    final Instant started = Instant.now();
    final long startNanos = System.nanoTime();
    final long files;
    final long bytes;
    final Map<String, Long> done = new HashMap<>();
    long rows;
    long bytesDone;

    /** Never less than what was told before, also when a group of files is read again. */
    long bytesTold;

    boolean begun;
    long nanos = -1;
    boolean refused;
    boolean past;

    Load(long files, long bytes) {
      this.files = files;
      this.bytes = bytes;
    }

    boolean ended() {
      return nanos >= 0;
    }

    long filesDone() {
      return ended() ? files : Math.min(files, done.size());
    }

    long bytesDone() {
      bytesTold = ended() ? bytes : Math.min(bytes, Math.max(bytesTold, bytesDone));
      return bytesTold;
    }

    Duration elapsed() {
      return Duration.ofNanos(ended() ? nanos : System.nanoTime() - startNanos);
    }
  }

  /** The group of files that is read for a table. */
  private record Reading(Load load, GroupReading group) {}

  /** A round of reading begins; of other tables what was read last is kept. */
  synchronized void begin(Map<TableName, Collection<SourceFile>> work) {
    loads.values().forEach(load -> load.past = true);
    loggedAt = System.nanoTime();
    work.forEach(
        (table, files) ->
            loads.put(
                table,
                new Load(files.size(), files.stream().mapToLong(f -> f.stamp().size()).sum())));
  }

  /** A group of a table's files is being read from now on; null: no longer. */
  synchronized void reading(TableName table, @Nullable GroupReading group) {
    Load load = loads.get(table);
    if (load == null || group == null) {
      reading = null;
      return;
    }
    load.begun = true;
    reading = new Reading(load, group);
  }

  private void look() {
    Reading now = reading;
    if (now == null) {
      return;
    }
    long read = now.group.bytesRead();
    synchronized (this) {
      if (now.equals(reading)) {
        now.load.bytesTold = Math.max(now.load.bytesTold, now.load.bytesDone + read);
      }
    }
  }

  /** Tells how far the reading is, in the middle of a group of files. */
  void tick(TableName table) {
    look();
    String line;
    synchronized (this) {
      line = line(table);
      logNowAndThen(line);
    }
    watcher.accept(line);
  }

  private synchronized void logNowAndThen(String line) {
    long now = System.nanoTime();
    if (now - loggedAt >= LOG_INTERVAL_NANOS) {
      loggedAt = now;
      LOG.info("{}", line);
    }
  }

  /** A file was read, perhaps again, or turned out not to be readable. */
  void read(SourceFile file, long rows) {
    String line;
    synchronized (this) {
      Load load = loads.get(file.table());
      if (load == null) {
        return;
      }
      Long before = load.done.put(file.path(), rows);
      load.rows += rows - (before == null ? 0 : before);
      load.bytesDone += before == null ? file.stamp().size() : 0;
      line = line(file.table());
      logNowAndThen(line);
    }
    watcher.accept(line);
  }

  /** A table's files are in it. */
  synchronized void loaded(TableName table) {
    Load load = loads.get(table);
    if (load != null && load.nanos < 0) {
      load.nanos = System.nanoTime() - load.startNanos;
    }
  }

  /** The round ends; tables that are not loaded had nothing that could be read. */
  synchronized void end() {
    for (Load load : loads.values()) {
      if (load.nanos < 0) {
        load.nanos = System.nanoTime() - load.startNanos;
        load.refused = true;
      }
    }
  }

  /** Adds one row for each table: its present or last reading. */
  public void tell(ArrayNode rows) {
    look();
    tellKnown(rows);
  }

  private synchronized void tellKnown(ArrayNode rows) {
    loads.forEach(
        (table, load) -> {
          ObjectNode row = rows.addObject();
          row.put("schema_name", table.schema());
          row.put("table_name", table.name());
          row.put("state", state(load));
          row.put("files", load.files);
          row.put("files_done", load.filesDone());
          row.put("bytes", load.bytes);
          row.put("bytes_done", load.bytesDone());
          row.put("rows", load.rows);
          row.put("started", load.started.toString());
          row.put("elapsed_milliseconds", load.elapsed().toNanos() / 1e6);
        });
  }

  /** One entry for each table: its present or last reading. */
  public List<DatabaseStatus.Load> loads() {
    look();
    return known();
  }

  private synchronized List<DatabaseStatus.Load> known() {
    List<DatabaseStatus.Load> all = new ArrayList<>();
    loads.forEach(
        (table, load) ->
            all.add(
                new DatabaseStatus.Load(
                    table.toString(),
                    state(load),
                    load.files,
                    load.filesDone(),
                    load.bytes,
                    load.bytesDone(),
                    load.rows,
                    load.elapsed())));
    return all;
  }

  private static String state(Load load) {
    if (load.refused) {
      return "refused";
    }
    if (load.ended()) {
      return "loaded";
    }
    return load.done.isEmpty() && !load.begun ? "waiting" : "loading";
  }

  private String line(TableName table) {
    long files = 0;
    long filesDone = 0;
    long bytes = 0;
    long bytesDone = 0;
    for (Load load : loads.values()) {
      if (load.past) {
        continue;
      }
      files += load.files;
      filesDone += Math.min(load.files, load.done.size());
      bytes += load.bytes;
      bytesDone += load.bytesDone();
    }
    int full = bytes == 0 ? BAR : (int) (BAR * bytesDone / bytes);
    return String.format(
        Locale.ROOT,
        "Reading [%s%s] %,d of %,d files, %,d of %,d MB, %s",
        "#".repeat(full),
        ".".repeat(BAR - full),
        filesDone,
        files,
        bytesDone / 1_000_000,
        bytes / 1_000_000,
        table);
  }
}
