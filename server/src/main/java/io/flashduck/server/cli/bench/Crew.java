package io.flashduck.server.cli.bench;

import io.flashduck.server.cli.remote.RemoteSession;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.ToLongFunction;
import org.apache.arrow.memory.BufferAllocator;

/**
 * Connections to one server that work at the same time, each on a thread of its own.
 *
 * <p>Threading: one caller; the threads are {@code flashduck-bench}.
 */
final class Crew implements AutoCloseable {
  private final List<RemoteSession> sessions;
  private final ExecutorService threads;

  private Crew(List<RemoteSession> sessions, ExecutorService threads) {
    this.sessions = sessions;
    this.threads = threads;
  }

  /**
   * Connects; the caller closes.
   *
   * @param allocator borrowed
   */
  static Crew open(Contender contender, int clients, BufferAllocator allocator) {
    ExecutorService threads =
        Executors.newFixedThreadPool(
            clients,
            work -> {
              Thread thread = new Thread(work, "flashduck-bench");
              thread.setDaemon(true);
              return thread;
            });
    Crew crew = new Crew(new ArrayList<>(), threads);
    try {
      for (int i = 0; i < clients; i++) {
        crew.sessions.add(RemoteSession.open(contender.settings(), allocator));
      }
      return crew;
    } catch (RuntimeException e) {
      crew.close();
      throw e;
    }
  }

  /** What one member of the crew does, and what it found. */
  interface Work<T> {
    T run(RemoteSession session, int number);
  }

  /** All members work at once; their results in order. The first failure is thrown. */
  <T> List<T> together(Work<T> work) throws InterruptedException {
    CountDownLatch start = new CountDownLatch(1);
    List<Future<T>> running = new ArrayList<>();
    for (int i = 0; i < sessions.size(); i++) {
      int number = i;
      running.add(
          threads.submit(
              () -> {
                start.await();
                return work.run(sessions.get(number), number);
              }));
    }
    start.countDown();
    List<T> results = new ArrayList<>();
    for (Future<T> each : running) {
      results.add(result(each));
    }
    return results;
  }

  private static <T> T result(Future<T> future) throws InterruptedException {
    try {
      return future.get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException failure) {
        throw failure;
      }
      throw new IllegalStateException(e.getCause());
    }
  }

  static <T> long sum(List<T> results, ToLongFunction<T> figure) {
    return results.stream().mapToLong(figure).sum();
  }

  @Override
  public void close() {
    threads.shutdownNow();
    sessions.forEach(RemoteSession::close);
  }
}
