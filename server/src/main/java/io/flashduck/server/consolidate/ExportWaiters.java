package io.flashduck.server.consolidate;

import io.flashduck.server.catalog.TableName;
import io.flashduck.server.error.FlashDuckException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/**
 * Those who wait for a table's file to hold a version.
 *
 * <p>Threading: thread-safe; futures are completed outside the lock.
 */
final class ExportWaiters {
  private record Waiter(long version, CompletableFuture<ExportedFile> future) {}

  private final Map<TableName, List<Waiter>> waiting = new HashMap<>();

  /** Waits for that version or a later one. */
  synchronized CompletableFuture<ExportedFile> add(TableName table, long version) {
    Waiter waiter = new Waiter(version, new CompletableFuture<>());
    waiting.computeIfAbsent(table, name -> new ArrayList<>()).add(waiter);
    return waiter.future();
  }

  /** The table's file holds that version. */
  void exported(long version, ExportedFile file) {
    take(file.table(), version).forEach(waiter -> waiter.future().complete(file));
  }

  /** Whoever waits for that version or an earlier one waits in vain. */
  void failed(TableName table, long version, FlashDuckException reason) {
    take(table, version).forEach(waiter -> waiter.future().completeExceptionally(reason));
  }

  /** Everybody waits in vain. */
  void failAll(Function<TableName, FlashDuckException> reason) {
    Map<TableName, List<Waiter>> all;
    synchronized (this) {
      all = new HashMap<>(waiting);
      waiting.clear();
    }
    all.forEach(
        (table, waiters) ->
            waiters.forEach(waiter -> waiter.future().completeExceptionally(reason.apply(table))));
  }

  synchronized boolean any(TableName table) {
    return waiting.containsKey(table);
  }

  private synchronized List<Waiter> take(TableName table, long version) {
    List<Waiter> taken = new ArrayList<>();
    List<Waiter> waiters = waiting.getOrDefault(table, List.of());
    for (Iterator<Waiter> each = waiters.iterator(); each.hasNext(); ) {
      Waiter waiter = each.next();
      if (waiter.version() <= version) {
        taken.add(waiter);
        each.remove();
      }
    }
    if (waiters.isEmpty()) {
      waiting.remove(table);
    }
    return taken;
  }
}
