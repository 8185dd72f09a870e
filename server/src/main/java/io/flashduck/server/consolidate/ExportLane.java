package io.flashduck.server.consolidate;

import io.flashduck.server.catalog.TableName;
import io.flashduck.server.engine.Engine;
import io.flashduck.server.engine.EngineConnection;
import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The thread that replaces files when the schedule says so.
 *
 * <p>Threading: thread-safe; the work is done on the thread {@code flashduck-export}.
 */
final class ExportLane implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ExportLane.class);
  private static final Duration BUSY_PAUSE = Duration.ofMillis(20);
  private static final Duration CLOSE_LIMIT = Duration.ofSeconds(60);

  /** While tables are due without a pause, {@code latest.json} is still written this often. */
  private static final long MANIFEST_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final Engine engine;
  private final EmissionSchedule schedule;
  private final TableExports exports;
  private final TableEmitter emitter;
  private final ExportWaiters waiters;
  private final LatestManifest manifest;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition work = lock.newCondition();
  private final Thread thread = new Thread(this::run, "flashduck-export");
  private @Nullable Runnable first;
  private volatile @Nullable EngineConnection running;
  private volatile boolean closed;
  private final Condition rest = lock.newCondition();
  private boolean woken;
  private boolean idle;
  private boolean manifestStale = true;
  private long manifestWritten;

  ExportLane(
      Engine engine,
      EmissionSchedule schedule,
      TableExports exports,
      TableEmitter emitter,
      ExportWaiters waiters,
      LatestManifest manifest) {
    this.engine = engine;
    this.schedule = schedule;
    this.exports = exports;
    this.emitter = emitter;
    this.waiters = waiters;
    this.manifest = manifest;
  }

  /** Starts the thread. */
  void start(Runnable firstWork) {
    first = firstWork;
    manifestWritten = System.nanoTime();
    thread.setDaemon(true);
    thread.start();
  }

  /** The schedule has changed. */
  void wake() {
    lock.lock();
    try {
      woken = true;
      work.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Waits until nothing is due, not even what nobody waits for. */
  void awaitIdle() throws InterruptedException {
    lock.lock();
    try {
      while ((!idle || woken) && !closed) {
        rest.await();
      }
    } finally {
      lock.unlock();
    }
  }

  private void run() {
    Runnable start = first;
    if (start != null) {
      guarded("Cleaning the export folder", start);
    }
    while (!closed) {
      Optional<TableName> due = schedule.takeDue(System.nanoTime());
      due.ifPresent(this::emit);
      if (due.isEmpty() || System.nanoTime() - manifestWritten > MANIFEST_NANOS) {
        writeManifest();
      }
      emitter.sweep();
      if (due.isEmpty() && !prepareSpare()) {
        awaitDue();
      }
    }
    writeManifest();
    exports.all().forEach(this::discardSpare);
  }

  /** One at a time: a table may be due after it. */
  private boolean prepareSpare() {
    for (TableExport export : exports.all()) {
      if (export.lock().tryLock()) {
        try {
          if (emitter.prepare(export)) {
            return true;
          }
        } finally {
          export.lock().unlock();
        }
      }
    }
    return false;
  }

  private void discardSpare(TableExport export) {
    if (export.lock().tryLock()) {
      try {
        emitter.discardSpare(export);
      } finally {
        export.lock().unlock();
      }
    }
  }

  private void awaitDue() {
    lock.lock();
    try {
      OptionalLong next = schedule.nextDue();
      long nanos = next.isEmpty() ? Long.MAX_VALUE : next.getAsLong() - System.nanoTime();
      idle = true;
      rest.signalAll();
      while (!woken && !closed && nanos > 0) {
        nanos = work.awaitNanos(nanos);
      }
      idle = false;
      woken = false;
    } catch (InterruptedException e) {
      closed = true;
      Thread.currentThread().interrupt();
    } finally {
      lock.unlock();
    }
  }

  private void emit(TableName table) {
    TableExport export = exports.of(table);
    if (!export.lock().tryLock()) {
      schedule.postponed(table, System.nanoTime() + BUSY_PAUSE.toNanos());
      return;
    }
    try (EngineConnection connection = engine.openInternal()) {
      running = connection;
      if (!closed) {
        emitted(table, emitter.emit(connection, export));
      }
    } catch (FlashDuckException e) {
      failed(table, e);
    } catch (RuntimeException e) {
      LOG.error("Exporting {} failed", table, e);
      failed(table, new FlashDuckException(ErrorCode.INTERNAL, String.valueOf(e), e));
    } finally {
      running = null;
      export.lock().unlock();
    }
  }

  /** Records what an emission, here or elsewhere, came to. */
  void emitted(TableName table, TableEmitter.Outcome outcome) {
    schedule.done(table, outcome.version());
    if (outcome.file().isPresent()) {
      waiters.exported(outcome.version(), outcome.file().get().file());
    } else {
      schedule.forget(table);
      waiters.failed(
          table,
          outcome.version(),
          new FlashDuckException(
              ErrorCode.NOT_FOUND, "Table " + table + " was dropped before it was exported."));
    }
    if (waiters.any(table)) {
      schedule.demand(table);
    }
    if (outcome.written()) {
      lock.lock();
      try {
        manifestStale = true;
        woken = true;
        work.signalAll();
      } finally {
        lock.unlock();
      }
    }
  }

  private void failed(TableName table, FlashDuckException e) {
    if (closed) {
      return;
    }
    LOG.warn("Exporting {} failed and will be tried again: {}", table, e.getMessage());
    long version = schedule.progress(table).map(EmissionSchedule.Progress::published).orElse(0L);
    schedule.failed(table, String.valueOf(e.getMessage()), System.nanoTime());
    waiters.failed(table, version, e);
  }

  private void writeManifest() {
    lock.lock();
    try {
      if (!manifestStale) {
        return;
      }
      manifestStale = false;
    } finally {
      lock.unlock();
    }
    manifestWritten = System.nanoTime();
    try {
      List<ExportedFile> files = exports.files();
      manifest.write(files);
    } catch (IOException e) {
      LOG.warn("latest.json could not be replaced, the old one stays: {}", e.toString());
    }
  }

  private static void guarded(String what, Runnable action) {
    try {
      action.run();
    } catch (RuntimeException e) {
      LOG.warn("{} failed: {}", what, e.toString());
    }
  }

  /**
   * Stops the running emission and the thread; what was not emitted is emitted after the next
   * start.
   */
  @Override
  public void close() {
    closed = true;
    wake();
    EngineConnection connection = running;
    if (connection != null) {
      connection.cancel();
    }
    if (thread.isAlive()) {
      try {
        thread.join(CLOSE_LIMIT.toMillis());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
    if (thread.isAlive()) {
      LOG.warn("The export thread did not stop within {} s", CLOSE_LIMIT.toSeconds());
    }
  }
}
