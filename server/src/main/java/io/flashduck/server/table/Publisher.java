package io.flashduck.server.table;

import io.flashduck.server.catalog.CatalogSnapshot;
import io.flashduck.server.catalog.TableDefinition;
import io.flashduck.server.catalog.TableName;
import io.flashduck.server.error.FlashDuckException;
import io.flashduck.server.table.AcceptedTables.Published;
import io.flashduck.server.table.change.TableShape;
import io.flashduck.server.table.state.DatabaseState;
import io.flashduck.server.table.state.DatabaseState.Counters;
import io.flashduck.server.table.state.TableState;
import io.flashduck.server.table.state.ViewState;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells everybody what is committed: the catalog, who waits for a sequence, who waits for an
 * acknowledgement.
 *
 * <p>Threading: thread-safe; {@link #publish} is called by the apply lane only.
 */
final class Publisher {
  private static final Logger LOG = LoggerFactory.getLogger(Publisher.class);

  private final List<Consumer<CatalogSnapshot>> listeners = new CopyOnWriteArrayList<>();
  private final ConcurrentSkipListMap<Long, CompletableFuture<CatalogSnapshot>> waiting =
      new ConcurrentSkipListMap<>();
  private final ConcurrentSkipListMap<Long, FlashDuckException> failed =
      new ConcurrentSkipListMap<>();
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition published = lock.newCondition();
  private final AtomicInteger blocked = new AtomicInteger();
  private volatile Runnable awaited = () -> {};
  private volatile CatalogSnapshot catalog;

  Publisher(CatalogSnapshot initial) {
    this.catalog = initial;
  }

  /** The committed state as others see it. */
  static Published describe(DatabaseState state) {
    Counters counters = state.counters();
    SortedMap<TableName, TableDefinition> tables = new TreeMap<>();
    Map<TableName, Long> versions = new HashMap<>();
    Map<TableName, TableShape> shapes = new HashMap<>();
    for (TableState table : state.tables()) {
      shapes.put(table.name(), table.shape());
      if (table.visible()) {
        table.definition().ifPresent(d -> tables.put(table.name(), d));
        versions.put(table.name(), table.version());
      }
    }
    SortedMap<TableName, String> views = new TreeMap<>();
    for (ViewState view : state.viewsByAge()) {
      views.put(view.name(), view.text());
    }
    return new Published(
        new CatalogSnapshot(
            counters.version(),
            counters.schemaVersion(),
            counters.sequence(),
            tables,
            versions,
            views),
        shapes);
  }

  CatalogSnapshot catalog() {
    return catalog;
  }

  Runnable listen(Consumer<CatalogSnapshot> listener) {
    listeners.add(listener);
    return () -> listeners.remove(listener);
  }

  /** Calls back whenever somebody begins to wait for what is not published yet. */
  void onAwaited(Runnable listener) {
    awaited = listener;
  }

  /** Whether somebody waits for what is not published yet. */
  boolean isAwaited() {
    return !waiting.isEmpty() || blocked.get() > 0;
  }

  /** Completes with the catalog once that sequence is applied; fails if it could not be applied. */
  CompletableFuture<CatalogSnapshot> whenApplied(long sequence) {
    CompletableFuture<CatalogSnapshot> future =
        waiting.computeIfAbsent(sequence, s -> new CompletableFuture<>());
    if (catalog.sequence() >= sequence) {
      complete(sequence, catalog);
    } else {
      awaited.run();
    }
    return future;
  }

  /** Says that a write could not be applied, before the state that counts it as done. */
  void fail(long sequence, FlashDuckException failure) {
    failed.put(sequence, failure);
  }

  /** Makes a state the current one. */
  void publish(CatalogSnapshot now) {
    lock.lock();
    try {
      catalog = now;
      published.signalAll();
    } finally {
      lock.unlock();
    }
    for (Consumer<CatalogSnapshot> listener : listeners) {
      try {
        listener.accept(now);
      } catch (RuntimeException e) {
        LOG.warn("A listener of the catalog failed", e);
      }
    }
    for (Long sequence : List.copyOf(waiting.headMap(now.sequence(), true).keySet())) {
      complete(sequence, now);
    }
  }

  private void complete(long sequence, CatalogSnapshot now) {
    CompletableFuture<CatalogSnapshot> future = waiting.remove(sequence);
    if (future != null) {
      FlashDuckException failure = failed.remove(sequence);
      if (failure == null) {
        future.complete(now);
      } else {
        future.completeExceptionally(failure);
      }
    }
  }

  /** Fails everybody who waits, because nothing will be applied any more. */
  void close(FlashDuckException reason) {
    for (Long sequence : List.copyOf(waiting.keySet())) {
      CompletableFuture<CatalogSnapshot> future = waiting.remove(sequence);
      if (future != null) {
        future.completeExceptionally(reason);
      }
    }
  }

  boolean awaitSequence(long sequence, Duration limit) throws InterruptedException {
    return await(() -> catalog.sequence() >= sequence, limit);
  }

  boolean awaitVersion(long version, Duration limit) throws InterruptedException {
    return await(() -> catalog.version() >= version, limit);
  }

  private boolean await(BooleanSupplier reached, Duration limit) throws InterruptedException {
    if (reached.getAsBoolean()) {
      return true;
    }
    long left = limit.toNanos();
    blocked.incrementAndGet();
    awaited.run();
    lock.lock();
    try {
      while (!reached.getAsBoolean()) {
        if (left <= 0) {
          return false;
        }
        left = published.awaitNanos(left);
      }
      return true;
    } finally {
      lock.unlock();
      blocked.decrementAndGet();
    }
  }
}
