package io.flashduck.server.table.apply;

import io.flashduck.server.catalog.TableName;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * Tells a few times a second how far the reading of a large group of files is, while the lane waits
 * for its statement.
 *
 * <p>Threading: used by the apply lane; a thread of its own tells and ends with the reading.
 */
final class GroupProgress {
  private static final long LARGE_BYTES = 16L << 20;
  private static final long TELL_MILLIS = 250;

  private final LoadProgress progress;
  private final TableName table;
  private final CountDownLatch ended = new CountDownLatch(1);

  private GroupProgress(LoadProgress progress, TableName table) {
    this.progress = progress;
    this.table = table;
  }

  /** Whether the reading of so many bytes may take long enough to be looked at. */
  static boolean isWorthIt(long bytes) {
    return bytes >= LARGE_BYTES;
  }

  /** Reads, and tells meanwhile; nothing is told once this has returned. */
  static <T> T during(
      LoadProgress progress, TableName table, GroupReading reading, Supplier<T> work) {
    GroupProgress telling = new GroupProgress(progress, table);
    Thread teller = new Thread(telling::tell, "flashduck-load-progress");
    teller.setDaemon(true);
    progress.reading(table, reading);
    teller.start();
    try {
      return work.get();
    } finally {
      progress.reading(table, null);
      telling.ended.countDown();
      await(teller);
    }
  }

  private void tell() {
    try {
      while (!ended.await(TELL_MILLIS, TimeUnit.MILLISECONDS)) {
        progress.tick(table);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void await(Thread teller) {
    try {
      teller.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
