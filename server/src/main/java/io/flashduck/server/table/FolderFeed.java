package io.flashduck.server.table;

import io.flashduck.server.config.DataConfig;
import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import io.flashduck.server.sync.FolderSnapshot;
import io.flashduck.server.sync.SourceMonitor;
import io.flashduck.server.table.apply.FolderApplier;
import io.flashduck.server.table.apply.Refused;
import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The source monitor as the apply lane uses it: snapshots come in, refused files go back.
 *
 * <p>Threading: thread-safe.
 */
final class FolderFeed implements AutoCloseable {
  private final SourceMonitor monitor;
  private final Duration firstScanLimit = Duration.ofHours(1);
  private volatile @Nullable Consumer<FolderSnapshot> receiver;

  FolderFeed(DataConfig data, Clock clock) {
    this.monitor = SourceMonitor.open(data, this::changed, clock);
  }

  private void changed(FolderSnapshot snapshot) {
    Consumer<FolderSnapshot> to = receiver;
    if (to != null) {
      to.accept(snapshot);
    }
  }

  /** Begins to follow the folder and waits for what is there at first. */
  FolderSnapshot start(Consumer<FolderSnapshot> snapshots) {
    receiver = snapshots;
    monitor.start();
    try {
      return monitor.rescan().get(firstScanLimit.toSeconds(), TimeUnit.SECONDS);
    } catch (ExecutionException | TimeoutException e) {
      Throwable cause = e instanceof ExecutionException && e.getCause() != null ? e.getCause() : e;
      throw cause instanceof FlashDuckException known
          ? known
          : new FlashDuckException(ErrorCode.IO_ERROR, "The first scan failed: " + cause, cause);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new FlashDuckException(ErrorCode.CANCELLED, "The start was cancelled.", e);
    }
  }

  /** Tells the monitor what became of a snapshot. */
  void applied(FolderApplier.Outcome outcome) {
    for (Refused file : outcome.refused()) {
      monitor.retryLater(file.file(), file.reason());
    }
    if (outcome.changing()) {
      request();
    }
  }

  /** Asks for a scan; does not wait. */
  void request() {
    // A failure is in the monitor's status.
    CompletableFuture<FolderSnapshot> unused = monitor.rescan();
  }

  /**
   * Waits for a scan that begins after this call; what it found is with the lane then.
   *
   * @return false if the limit passed first, or the folder cannot be read
   */
  boolean awaitScan(Duration limit) throws InterruptedException {
    try {
      monitor.rescan().get(limit.toNanos(), TimeUnit.NANOSECONDS);
      return true;
    } catch (ExecutionException | TimeoutException e) {
      return false;
    }
  }

  @Override
  public void close() {
    monitor.close();
  }
}
