package io.flashduck.server.flight;

import io.flashduck.server.engine.EngineThreads;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Names threads.
 *
 * <p>Threading: stateless.
 */
final class Threads {
  private Threads() {}

  /** Makes one daemon thread of that name. */
  static ThreadFactory named(String name) {
    return task -> daemon(task, name);
  }

  /** Makes daemon threads {@code name-1}, {@code name-2} and so on. */
  static ThreadFactory numbered(String name) {
    AtomicInteger number = new AtomicInteger();
    return task -> daemon(task, name + "-" + number.incrementAndGet());
  }

  private static Thread daemon(Runnable task, String name) {
    Thread thread = EngineThreads.create(task, name);
    thread.setDaemon(true);
    return thread;
  }
}
