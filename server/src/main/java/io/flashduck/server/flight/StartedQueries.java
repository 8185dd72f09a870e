package io.flashduck.server.flight;

import io.flashduck.server.config.QueryConfig;
import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.apache.arrow.memory.BufferAllocator;

/**
 * The queries that polls started and nobody fetched yet; as many as statements may run at once, and
 * half of them for one user. One that nobody polls or fetches for {@code
 * query.stalled-client-limit}, or whose session or network connection ends, is ended; its ticket
 * runs the query again.
 *
 * <p>Threading: thread-safe; they run on threads {@code flashduck-poll-N}.
 */
final class StartedQueries implements Watchdog.Watched, AutoCloseable {
  private final BufferAllocator allocator;
  private final Watchdog watchdog;
  private final FlightSettings settings;
  private final ClosedSessions closedSessions;
  private final ConcurrentMap<String, StartedQuery> waiting = new ConcurrentHashMap<>();
  private final Map<String, Integer> perUser = new HashMap<>();
  private final ThreadPoolExecutor threads;

  /** Tells which sessions were closed. */
  @FunctionalInterface
  interface ClosedSessions {
    /** Whether the session with that id was closed after that {@link System#nanoTime()}. */
    boolean closedSince(String id, long time);
  }

  /**
   * @param closedSessions tells which sessions were closed
   */
  StartedQueries(
      BufferAllocator allocator,
      Watchdog watchdog,
      FlightSettings settings,
      ClosedSessions closedSessions) {
    this.allocator = allocator;
    this.watchdog = watchdog;
    this.settings = settings;
    this.closedSessions = closedSessions;
    this.threads =
        new ThreadPoolExecutor(
            0,
            Integer.MAX_VALUE, // bounded by what may wait
            60,
            TimeUnit.SECONDS,
            new SynchronousQueue<>(),
            Threads.numbered("flashduck-poll"));
  }

  /**
   * Starts a query, unless too many wait already.
   *
   * @param rows makes the rows; not called if nothing is started
   * @param sequence the last write that the query sees
   */
  Optional<StartedQuery> start(Call call, Supplier<IdentifiedRows> rows, long sequence) {
    String user = call.principal().name();
    if (!reserve(user)) {
      return Optional.empty();
    }
    StartedQuery started;
    try {
      started = made(call, rows.get(), sequence);
    } catch (RuntimeException e) {
      release(user);
      throw e;
    }
    waiting.put(started.id(), started);
    try {
      threads.execute(started);
    } catch (RejectedExecutionException e) {
      FlashDuckException stopping =
          new FlashDuckException(ErrorCode.SHUTTING_DOWN, "The server is stopping", e);
      started.runsNoMore();
      cancel(started.id(), stopping);
      throw stopping;
    }
    return Optional.of(started);
  }

  private StartedQuery made(Call call, IdentifiedRows rows, long sequence) {
    BufferAllocator memory =
        allocator.newChildAllocator(
            "polled-" + rows.queryId(), 0, settings.bounds().maxStreamBytes());
    return new StartedQuery(
        rows,
        memory,
        new StartedQuery.Origin(call, sequence),
        threads,
        () -> watchdog.closeWhenDrained(memory));
  }

  private synchronized boolean reserve(String user) {
    int most = settings.query().maxConcurrent();
    int all = perUser.values().stream().mapToInt(Integer::intValue).sum();
    if (all >= most || perUser.getOrDefault(user, 0) >= Math.max(1, most / 2)) {
      return false;
    }
    perUser.merge(user, 1, Integer::sum);
    return true;
  }

  private synchronized void release(String user) {
    perUser.computeIfPresent(user, (name, count) -> count == 1 ? null : count - 1);
  }

  /** The query of that id, if it waits here. */
  Optional<StartedQuery> find(String id) {
    return Optional.ofNullable(waiting.get(id));
  }

  /** Hands the query of that id over, once. */
  Optional<StartedQuery> take(String id) {
    Optional<StartedQuery> taken = Optional.ofNullable(waiting.remove(id));
    taken.ifPresent(query -> release(query.origin().user()));
    return taken;
  }

  /** Ends the query of that id; false if it does not wait here. */
  boolean cancel(String id, FlashDuckException reason) {
    Optional<StartedQuery> found = take(id);
    found.ifPresent(query -> query.discard(reason));
    return found.isPresent();
  }

  /** How many wait to be fetched. */
  int count() {
    return waiting.size();
  }

  @Override
  public void look(long now) {
    discardIf(query -> query.origin().call().isConnectionEnded());
    discardIf(
        query -> closedSessions.closedSince(query.origin().call().session(), query.startedAt()));
    long idle = settings.query().stalledClientLimit().toNanos();
    discardIf(query -> query.idleNanos(now) > idle);
    QueryConfig limits = settings.query();
    Duration limit = limits.timeout();
    if (!limit.isZero()) {
      waiting
          .values()
          .forEach(
              query -> {
                if (query.workedNanos(now) > limit.toNanos()) {
                  query.cancel(
                      new FlashDuckException(
                          ErrorCode.TIMEOUT,
                          "The statement ran longer than the limit of " + limit));
                }
              });
    }
  }

  private void discardIf(Predicate<StartedQuery> condition) {
    waiting.forEach(
        (id, query) -> {
          if (condition.test(query)) {
            cancel(id, new FlashDuckException(ErrorCode.CANCELLED, "Nobody came for the result"));
          }
        });
  }

  /** Ends all, and waits a while for them. */
  @Override
  public void close() {
    threads.shutdown();
    waiting
        .keySet()
        .forEach(
            id ->
                cancel(
                    id, new FlashDuckException(ErrorCode.SHUTTING_DOWN, "The server is stopping")));
    try {
      if (!threads.awaitTermination(10, TimeUnit.SECONDS)) {
        threads.shutdownNow();
      }
    } catch (InterruptedException e) {
      threads.shutdownNow();
      Thread.currentThread().interrupt();
    }
  }
}
