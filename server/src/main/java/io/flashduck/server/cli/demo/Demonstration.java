package io.flashduck.server.cli.demo;

import io.flashduck.server.cli.remote.RemoteSession;
import io.flashduck.server.cli.remote.RemoteSettings;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Consumer;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.jspecify.annotations.Nullable;

/**
 * Writes the sample folder, and later feeds changes into it on a thread of its own, named {@code
 * flashduck-demo}.
 *
 * <p>Threading: thread-safe.
 */
public final class Demonstration implements AutoCloseable {
  private static final Duration STOP_LIMIT = Duration.ofSeconds(12);

  private final SampleFolder folder;
  private final long orders;
  private volatile @Nullable Thread feeding;

  private Demonstration(SampleFolder folder, long orders) {
    this.folder = folder;
    this.orders = orders;
  }

  /**
   * Writes the files.
   *
   * @param folder an empty or missing folder
   * @param orders rows of the largest table
   */
  public static Demonstration write(Path folder, long orders) {
    SampleFolder sample = SampleFolder.open(folder);
    try {
      sample.writeAll(orders);
      return new Demonstration(sample, orders);
    } catch (RuntimeException e) {
      sample.close();
      throw e;
    }
  }

  /**
   * Starts to make changes.
   *
   * @param server the server over the folder
   * @param every the pause between two changes
   * @param times how many changes; 0 for no end
   * @param tell shows a line
   * @param ended called once it ends, with the failure if there was one, else null
   */
  public void feed(
      RemoteSettings server, Duration every, int times, Consumer<String> tell, Ended ended) {
    Thread thread = new Thread(() -> ended.call(run(server, every, times, tell)), "flashduck-demo");
    thread.setDaemon(true);
    feeding = thread;
    thread.start();
  }

  /** Told how the feed ended. */
  @FunctionalInterface
  public interface Ended {
    /** With the failure, or nothing after the last change or a stop. */
    void call(Optional<RuntimeException> failure);
  }

  private Optional<RuntimeException> run(
      RemoteSettings server, Duration every, int times, Consumer<String> tell) {
    try (BufferAllocator allocator = new RootAllocator();
        RemoteSession session = RemoteSession.open(server, allocator)) {
      DemoFeed feed = new DemoFeed(folder, session, allocator, orders, tell);
      for (int done = 0; times == 0 || done < times; done++) {
        Thread.sleep(every.toMillis());
        feed.next();
      }
      return Optional.empty();
    } catch (InterruptedException stopped) {
      return Optional.empty();
    } catch (RuntimeException e) {
      return Thread.currentThread().isInterrupted() ? Optional.empty() : Optional.of(e);
    }
  }

  /** Stops the changes; the files stay. */
  @Override
  public void close() {
    Thread thread = feeding;
    if (thread != null && thread != Thread.currentThread()) {
      thread.interrupt();
      try {
        thread.join(STOP_LIMIT.toMillis());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
    folder.close();
  }
}
