package io.flashduck.server.flight;

import io.flashduck.server.config.QueryConfig;
import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.apache.arrow.flight.FlightProducer.ServerStreamListener;
import org.apache.arrow.memory.BufferAllocator;

/**
 * Sends results. A result holds a worker only while its statement runs or its client takes rows; a
 * client that does not take rows costs one batch of memory and no thread, and is dropped after a
 * limit.
 *
 * <p>Threading: thread-safe; results run on threads {@code flashduck-stream-N}, in the order in
 * which they became ready.
 */
final class ResultStreamer implements AutoCloseable {
  private static final int MAX_CANCELLED_EARLY = 10_000;

  private final BufferAllocator allocator;
  private final Watchdog watchdog;
  private final FlightSettings settings;
  private final ThreadPoolExecutor workers;
  private final ConcurrentMap<String, StreamTask> active = new ConcurrentHashMap<>();
  private final Set<String> cancelledEarly = new LinkedHashSet<>();

  private ResultStreamer(
      BufferAllocator allocator,
      Watchdog watchdog,
      FlightSettings settings,
      ThreadPoolExecutor workers) {
    this.allocator = allocator;
    this.watchdog = watchdog;
    this.settings = settings;
    this.workers = workers;
  }

  /**
   * @param allocator borrowed; must outlive the watchdog
   * @param watchdog borrowed
   */
  static ResultStreamer start(
      BufferAllocator allocator, Watchdog watchdog, FlightSettings settings) {
    int threads = settings.query().maxConcurrent();
    // The queue holds each active stream once at most, so the bound on streams bounds it.
    ThreadPoolExecutor workers =
        new ThreadPoolExecutor(
            threads,
            threads,
            60,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            Threads.numbered("flashduck-stream"));
    workers.allowCoreThreadTimeOut(true);
    return new ResultStreamer(allocator, watchdog, settings, workers);
  }

  /**
   * Sends the rows on a worker; returns at once.
   *
   * @param identified its rows are closed by the stream, whatever happens; its id is unique among
   *     active ones
   * @param listener gets exactly one {@code completed} or {@code error}
   * @param sessionClosed whether the session of the call was closed, which ends the stream
   */
  void stream(
      IdentifiedRows identified, ServerStreamListener listener, BooleanSupplier sessionClosed) {
    String id = identified.queryId();
    if (cancelledEarly(id)) {
      refuse(
          identified,
          listener,
          new FlashDuckException(ErrorCode.CANCELLED, "The query was cancelled"));
      return;
    }
    if (active.size() >= settings.bounds().maxCalls()) {
      refuse(
          identified,
          listener,
          new FlashDuckException(
              ErrorCode.RESOURCE_EXHAUSTED,
              "All " + settings.bounds().maxCalls() + " result streams are in use; try again"));
      return;
    }
    BufferAllocator memory =
        allocator.newChildAllocator("stream-" + id, 0, settings.bounds().maxStreamBytes());
    StreamTask task = null;
    try {
      task = new StreamTask(identified, listener, memory, this, sessionClosed);
      if (active.putIfAbsent(id, task) != null) {
        throw FlightErrors.invalid("This result is being fetched already");
      }
    } catch (RuntimeException e) {
      if (task != null) {
        task.discard();
      }
      memory.close();
      refuse(identified, listener, e);
      return;
    }
    watchdog.watch(task);
    task.start();
  }

  /**
   * Cancels the stream of that id: the active one, or the one that somebody may still ask for.
   *
   * @return false if an active one had ended already
   */
  boolean cancel(String id, FlashDuckException reason) {
    StreamTask task = active.get(id);
    if (task != null) {
      return task.stop(reason);
    }
    synchronized (cancelledEarly) {
      cancelledEarly.add(id);
      if (cancelledEarly.size() > MAX_CANCELLED_EARLY) {
        cancelledEarly.remove(cancelledEarly.iterator().next());
      }
    }
    return true;
  }

  private boolean cancelledEarly(String id) {
    synchronized (cancelledEarly) {
      return cancelledEarly.contains(id);
    }
  }

  /** The statements whose results are being sent. */
  List<ActiveQuery> activeQueries() {
    return active.values().stream()
        .map(StreamTask::query)
        .filter(query -> !query.sql().isEmpty())
        .toList();
  }

  /** How many results are being sent. */
  int activeStreams() {
    return active.size();
  }

  /** Whether no result is being worked on. */
  boolean idleWorkers() {
    return workers.getActiveCount() == 0 && workers.getQueue().isEmpty();
  }

  /** Ends every stream with SHUTTING_DOWN and waits a while for the workers. */
  @Override
  public void close() {
    FlashDuckException reason =
        new FlashDuckException(ErrorCode.SHUTTING_DOWN, "The server is stopping");
    active.values().forEach(task -> task.stop(reason));
    workers.shutdown();
    try {
      if (!workers.awaitTermination(10, TimeUnit.SECONDS)) {
        workers.shutdownNow();
      }
    } catch (InterruptedException e) {
      workers.shutdownNow();
      Thread.currentThread().interrupt();
    }
  }

  QueryConfig limits() {
    return settings.query();
  }

  void execute(Runnable work) {
    workers.execute(work);
  }

  /** Whether other streams wait for a worker. */
  boolean crowded() {
    return !workers.getQueue().isEmpty();
  }

  void ended(StreamTask task, String id, BufferAllocator memory) {
    active.remove(id, task);
    watchdog.forget(task);
    watchdog.closeWhenDrained(memory);
  }

  private static void refuse(
      IdentifiedRows identified, ServerStreamListener listener, RuntimeException reason) {
    identified.rows().close();
    identified.entry().ifPresent(entry -> entry.end(reason));
    listener.error(FlightErrors.toFlight(reason));
  }
}
