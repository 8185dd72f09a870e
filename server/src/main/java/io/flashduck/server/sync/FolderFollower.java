package io.flashduck.server.sync;

import io.flashduck.server.config.TablesConfig;
import io.flashduck.server.sync.Hints.Kind;
import java.io.IOException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.LongStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps what is known of the data folder up to date, look by look, and says what the reader is to
 * be offered: the scan thread's work without the thread.
 *
 * <p>Threading: confined to the scan thread.
 */
final class FolderFollower {
  private static final Logger LOG = LoggerFactory.getLogger(FolderFollower.class);

  /** Hints that come while a look goes on are taken into it so often. */
  private static final int MAX_ROUNDS = 5;

  private final SourceScanner scanner;
  private final Readiness readiness;
  private final Settling settling;
  private final TablesFollower tables;
  private final ScanPace pace;
  private final Clock clock;
  private List<RejectedPath> rejected = List.of();
  private Optional<RejectedPath> tablesProblem = Optional.empty();
  private boolean changed;
  private boolean scanned;
  private long nextScan;
  private long lastScanNanos;

  /** The hints that came since the last call. */
  @FunctionalInterface
  interface HintSource {
    /**
     * Takes them.
     *
     * @param quiet whether to wait until no more come for a moment
     */
    Hints take(boolean quiet) throws InterruptedException;
  }

  /**
   * How a folder is followed.
   *
   * @param pace when it is scanned
   * @param readiness when a file is complete
   */
  record Rules(ScanPace pace, Readiness readiness) {}

  FolderFollower(
      SourceScanner scanner, Settling settling, TablesFollower tables, Rules rules, Clock clock) {
    this.scanner = scanner;
    this.settling = settling;
    this.tables = tables;
    this.pace = rules.pace();
    this.readiness = rules.readiness();
    this.clock = clock;
  }

  /**
   * Looks at what the hints name, or at everything if it is time for that.
   *
   * @throws IOException if the data folder itself cannot be read; nothing changed then
   */
  void look(Hints hints, HintSource more) throws IOException, InterruptedException {
    boolean periodic = scanned && !hints.everything() && now().nanos() >= nextScan;
    boolean full = !scanned || hints.everything() || periodic;
    Set<String> unhinted = new HashSet<>(lookOnce(hints, full));
    unhinted.removeAll(hints.paths());
    Hints late = more.take(periodic && !unhinted.isEmpty());
    for (int round = 0; !late.isEmpty() && round < MAX_ROUNDS; round++) {
      lookOnce(late, late.everything());
      unhinted.removeAll(late.paths());
      late = more.take(false);
    }
    if (!late.isEmpty()) {
      lookOnce(late, true);
    }
    if (periodic && !unhinted.isEmpty() && pace.missedNotice(now().nanos())) {
      LOG.info(
          "A scan found {} changes without a notice (the first is {}); scanning more often",
          unhinted.size(),
          unhinted.iterator().next());
    }
  }

  /** Looks once; returns the paths that changed, those that were only due excepted. */
  private Set<String> lookOnce(Hints hints, boolean full) throws IOException {
    Set<String> due = settling.due(now());
    Set<String> paths = new TreeSet<>(due);
    paths.addAll(hints.paths());
    Set<String> found = full ? scan() : refresh(paths);
    if (followTables(hints, full)) {
      scanner.useTables(tables.current());
      changed = true;
      found = new TreeSet<>(found);
      found.addAll(scan());
    }
    Moment now = now();
    Set<String> toLook = new TreeSet<>(found);
    toLook.addAll(due);
    toLook.addAll(hiddenChanges(hints, found, now));
    for (String path : toLook) {
      settling.look(path, scanner.index().find(path), hints.kinds(path), now);
    }
    if (full || !found.isEmpty()) {
      updateRejected();
    }
    Set<String> newlyFound = new TreeSet<>(found);
    newlyFound.removeAll(due);
    return newlyFound;
  }

  private Set<String> refresh(Set<String> paths) throws IOException {
    Optional<Set<String>> found = scanner.index().refresh(paths);
    return found.isPresent() ? found.get() : scan();
  }

  private Set<String> scan() throws IOException {
    long start = System.nanoTime();
    try {
      Set<String> found = scanner.index().rescan();
      scanned = true;
      return found;
    } finally {
      long end = System.nanoTime();
      lastScanNanos = end - start;
      pace.scanned(lastScanNanos);
      nextScan = end + pace.restNanos(end);
    }
  }

  private boolean followTables(Hints hints, boolean full) {
    Moment now = now();
    boolean due = tables.nextDue().orElse(Long.MAX_VALUE) <= now.nanos();
    if (!full && !due && !hints.paths().contains(TablesConfig.FILE_NAME)) {
      return false;
    }
    Set<Kind> kinds = hints.kinds(TablesConfig.FILE_NAME);
    boolean reloaded = tables.look(scanner.stamp(TablesConfig.FILE_NAME), kinds, now);
    if (!tables.problem().equals(tablesProblem)) {
      tablesProblem = tables.problem();
      tablesProblem.ifPresent(problem -> LOG.warn("{}; {}", problem.detail(), problem.advice()));
      updateRejected();
    }
    return reloaded && !tables.current().equals(scanner.tables());
  }

  /**
   * Files that were written to, although nothing that can be seen of them changed: within one tick
   * of the clock two writes leave the same times.
   */
  private Set<String> hiddenChanges(Hints hints, Set<String> found, Moment now) {
    Set<String> touched = new TreeSet<>();
    for (String path : hints.paths()) {
      if (!found.contains(path) && hints.kinds(path).contains(Kind.MODIFIED)) {
        scanner
            .index()
            .find(path)
            .filter(file -> readiness.couldHideAChange(file.stamp(), now.wallNanos()))
            .ifPresent(
                file -> {
                  scanner.index().touch(file);
                  touched.add(path);
                });
      }
    }
    return touched;
  }

  private void updateRejected() {
    List<RejectedPath> now = new ArrayList<>();
    tables.problem().ifPresent(now::add);
    now.addAll(scanner.index().rejected());
    changed = changed || !now.equals(rejected);
    rejected = now;
  }

  /** See {@link Settling#failed}. */
  void failed(SourceFile file, String reason, boolean forGood) {
    settling.failed(file, reason, forGood, now());
  }

  /** See {@link Settling#offerAgain}. */
  void offerAgain(Predicate<SourceFile> which) {
    settling.offerAgain(which);
  }

  /** Whether {@link #snapshot} is another than at the last call. */
  boolean takeChange() {
    boolean different = settling.takeChanged() || changed;
    changed = false;
    return different;
  }

  /** The last change did not reach the listener. */
  void tellAgain() {
    changed = true;
  }

  /** What is there. */
  FolderSnapshot snapshot() {
    return new FolderSnapshot(
        List.copyOf(settling.offered()), rejected, settling.held(), scanner.tables());
  }

  /** The nanoseconds until something is due; at most until the next scan. */
  long restNanos() {
    long nearest =
        LongStream.concat(
                LongStream.of(nextScan),
                LongStream.concat(stream(settling.nextDue()), stream(tables.nextDue())))
            .min()
            .orElse(nextScan);
    return Math.max(0, nearest - System.nanoTime());
  }

  /** The time between two full scans at present. */
  long scanRestNanos() {
    return pace.restNanos(System.nanoTime());
  }

  /** How long the last full scan took. */
  long lastScanNanos() {
    return lastScanNanos;
  }

  private static LongStream stream(OptionalLong value) {
    return value.isPresent() ? LongStream.of(value.getAsLong()) : LongStream.empty();
  }

  private Moment now() {
    return Moment.now(clock);
  }
}
