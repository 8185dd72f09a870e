package io.flashduck.server.sync;

import io.flashduck.server.catalog.TableName;
import io.flashduck.server.config.DataConfig;
import io.flashduck.server.config.FollowConfig;
import io.flashduck.server.config.TablesFile;
import io.flashduck.server.error.FlashDuckException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Follows the data folder: tells its listener what is there, at first and after each change.
 * Notices of the operating system say where to look at once; scans decide.
 *
 * <p>A file that the reader cannot read is reported with {@link #retryLater}: it is taken out of
 * the snapshots, offered again after growing pauses, and left alone after some tries until it
 * changes.
 *
 * <p>Threading: thread-safe. The listener is called on the thread {@code flashduck-scan}; while it
 * works, changes are collected into the next snapshot.
 */
public final class SourceMonitor implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(SourceMonitor.class);

  private static final long MIN_REST_AFTER_FAILURE_NANOS = Duration.ofMillis(50).toNanos();
  private static final long JOIN_MILLIS = 30_000;
  private static final String LAST_GOOD_TABLES = "tables.last-good.yaml";

  private final Path root;
  private final FolderFollower follower;
  private final Optional<FolderWatcher> watcher;
  private final Listener listener;
  private final MonitorInbox inbox;
  private final Thread thread;
  private volatile MonitorStatus status;

  /** Learns what is in the folder. */
  @FunctionalInterface
  public interface Listener {
    /** What is there now; called on the scan thread, which waits. */
    void changed(FolderSnapshot snapshot);
  }

  private SourceMonitor(
      Path root,
      FolderFollower follower,
      Optional<FolderWatcher> watcher,
      Listener listener,
      MonitorInbox inbox) {
    this.root = root;
    this.follower = follower;
    this.watcher = watcher;
    this.listener = listener;
    this.inbox = inbox;
    this.status = MonitorStatus.NOT_SCANNED;
    this.thread = new Thread(this::run, "flashduck-scan");
    thread.setDaemon(true);
  }

  /**
   * Prepares to follow the folder; {@link #start} begins.
   *
   * @throws FlashDuckException IO_ERROR if the data folder cannot be found
   */
  public static SourceMonitor open(DataConfig config, Listener listener, Clock clock) {
    Path root = SourceScanner.realRoot(config.dataDir());
    FollowConfig follow = config.follow();
    boolean local = FolderTraits.of(root).local();
    MonitorInbox inbox = new MonitorInbox();
    Optional<FolderWatcher> watcher = follow.watch() ? watch(root, inbox) : Optional.empty();
    FolderListener entered = watcher.<FolderListener>map(w -> w).orElse(FolderListener.NONE);
    List<Path> excluded = List.of(config.stateDir(), config.exportDir());
    FolderReader reader = SourceScanner.reader(root, excluded);
    TablesFile tables =
        TablesFile.open(config.dataDir(), config.stateDir().resolve(LAST_GOOD_TABLES));
    SourceScanner scanner = new SourceScanner(root, reader, tables.current(), entered);
    Readiness readiness = new Readiness(follow.settle().toNanos(), local);
    FolderFollower follower =
        new FolderFollower(
            scanner,
            new Settling(follow, readiness, new EndMarks(root)::complete),
            new TablesFollower(tables, Optional.empty(), readiness),
            new FolderFollower.Rules(
                new ScanPace(follow.scanInterval(), watcher.isPresent() && local), readiness),
            clock);
    return new SourceMonitor(root, follower, watcher, listener, inbox);
  }

  private static Optional<FolderWatcher> watch(Path root, MonitorInbox inbox) {
    try {
      return Optional.of(FolderWatcher.start(root, inbox));
    } catch (IOException e) {
      LOG.warn("Folder {} cannot be watched; changes are found by scans only", root, e);
      return Optional.empty();
    }
  }

  /** Begins with a full scan. */
  public void start() {
    inbox.requestScan(new CompletableFuture<>());
    thread.start();
  }

  /**
   * Asks for a full scan.
   *
   * @return completes with the snapshot of a scan that began after this call, once the listener has
   *     returned from it, whether or not anything changed; exceptionally with IO_ERROR if the data
   *     folder cannot be read, with SHUTTING_DOWN if the monitor is closed
   */
  public CompletableFuture<FolderSnapshot> rescan() {
    CompletableFuture<FolderSnapshot> done = new CompletableFuture<>();
    inbox.requestScan(done);
    return done;
  }

  /**
   * The reader could not read this file: it may be incomplete. Offers it again later, and again,
   * until it was tried {@link Settling#MAX_TRIES} times. Nothing happens if it has changed since.
   *
   * @param reason what is wrong, for a reader
   */
  public void retryLater(SourceFile file, String reason) {
    inbox.order(() -> follower.failed(file, reason, false));
  }

  /** The same without further tries: the file is left alone until it changes. */
  public void quarantine(SourceFile file, String reason) {
    inbox.order(() -> follower.failed(file, reason, true));
  }

  /** Offers again at once which of the table's files could not be read. */
  public void offerAgain(TableName table) {
    inbox.order(() -> follower.offerAgain(file -> file.table().equals(table)));
  }

  /** How the folder is being followed. */
  public MonitorStatus status() {
    return status;
  }

  private void run() {
    try {
      boolean open = true;
      while (open) {
        open = inbox.await(once());
      }
    } catch (InterruptedException e) {
      LOG.debug("Interrupted, which ends following the folder");
    } finally {
      inbox.close();
    }
  }

  /** One look; returns the nanoseconds to rest. */
  private long once() throws InterruptedException {
    MonitorInbox.Work work = inbox.take();
    try {
      work.orders().forEach(Runnable::run);
      follower.look(work.hints(), inbox::takeHints);
      status = status(Optional.empty());
      boolean changed = follower.takeChange();
      if (changed || !work.scans().isEmpty()) {
        tell(follower.snapshot(), changed, work.scans());
      }
      return follower.restNanos();
    } catch (IOException e) {
      return failed(work, SourceScanner.unreadable(root, e));
    } catch (RuntimeException e) {
      return failed(work, e);
    }
  }

  private void tell(
      FolderSnapshot snapshot, boolean changed, List<CompletableFuture<FolderSnapshot>> scans) {
    if (changed) {
      listener.changed(snapshot);
    }
    scans.forEach(done -> done.complete(snapshot));
  }

  private long failed(MonitorInbox.Work work, RuntimeException e) {
    Optional<String> problem = Optional.of(String.valueOf(e.getMessage()));
    if (!status.problem().equals(problem)) {
      // What is expected needs no stack trace.
      Throwable cause = e instanceof FlashDuckException ? null : e;
      LOG.warn(
          "Following the data folder failed and will be tried again: {}", problem.get(), cause);
    }
    status = status(problem);
    follower.tellAgain();
    work.scans().forEach(done -> done.completeExceptionally(e));
    return Math.max(follower.restNanos(), MIN_REST_AFTER_FAILURE_NANOS);
  }

  private MonitorStatus status(Optional<String> problem) {
    return new MonitorStatus(
        watcher.map(FolderWatcher::watchedFolders).orElse(0),
        watcher.flatMap(FolderWatcher::problem),
        Duration.ofNanos(follower.lastScanNanos()),
        Duration.ofNanos(follower.scanRestNanos()),
        problem);
  }

  /** Ends following the folder, after the listener has returned. */
  @Override
  public void close() {
    inbox.close();
    watcher.ifPresent(FolderWatcher::close);
    try {
      thread.join(JOIN_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
