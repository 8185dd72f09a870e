package io.flashduck.server.queue;

import io.flashduck.server.queue.FileLayer.OpenFile;
import io.flashduck.server.queue.FileLayer.OpenMode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;

/**
 * Measures durable appends on a disk, and the disk's own syncs beside them as the limit.
 *
 * <p>Threading: thread-safe; each run starts and ends its own threads.
 */
public final class QueueBenchmark {
  private static final Executor THREADS = task -> new Thread(task, "flashduck-bench").start();

  private final Path directory;
  private final Duration duration;

  /**
   * @param directory an empty folder on the disk in question; files stay there
   * @param duration of each run
   */
  public QueueBenchmark(Path directory, Duration duration) {
    this.directory = directory;
    this.duration = duration;
  }

  /**
   * What one run did.
   *
   * @param perSecond appends or syncs
   * @param syncsPerSecond syncs that they needed
   */
  public record Result(
      String name, double perSecond, double syncsPerSecond, double medianMicros, double p99Micros) {
    @Override
    public String toString() {
      return String.format(
          Locale.ROOT,
          "%-28s %8.0f/s  %8.0f syncs/s  median %7.1f us  p99 %7.1f us",
          name,
          perSecond,
          syncsPerSecond,
          medianMicros,
          p99Micros);
    }
  }

  /** Senders that each wait for their append to be durable before the next one. */
  public Result appends(int senders, int payloadBytes) {
    Path folder = directory.resolve("appends-" + senders + "-" + payloadBytes);
    try (WriteQueue queue =
        WriteQueue.open(
            folder, QueueSettings.defaults(), new ChannelFileLayer(), Clock.systemUTC())) {
      queue.onDurable(queue::applied);
      long deadline = System.nanoTime() + duration.toNanos();
      List<CompletableFuture<Latencies>> runs = new ArrayList<>();
      for (int i = 0; i < senders; i++) {
        ByteBuffer payload = ByteBuffer.allocate(payloadBytes);
        runs.add(
            CompletableFuture.supplyAsync(
                () -> repeat(deadline, () -> queue.append(payload).join()), THREADS));
      }
      Latencies all = new Latencies();
      runs.forEach(run -> all.addAll(run.join()));
      return all.result(senders + " senders x " + payloadBytes + " bytes", queue.stats().syncs());
    }
  }

  /**
   * The disk alone: one write and one fdatasync at a time at the end of a file.
   *
   * @param ahead whether zeros are written ahead first, so that the file does not grow
   */
  public Result syncs(int bytes, boolean ahead) throws IOException {
    String name = (ahead ? "overwrite" : "append") + " + fdatasync x " + bytes + " bytes";
    try (OpenFile file =
        new ChannelFileLayer().open(directory.resolve("syncs-" + ahead), OpenMode.CREATE)) {
      if (ahead) {
        ByteBuffer zeros = ByteBuffer.allocate(16 * 1024 * 1024);
        SegmentWriter.writeFully(file, zeros, 0);
        file.force(true);
      }
      ByteBuffer payload = ByteBuffer.allocateDirect(bytes);
      long[] position = {0};
      Latencies all =
          repeat(
              System.nanoTime() + duration.toNanos(),
              () -> {
                try {
                  position[0] += SegmentWriter.writeFully(file, payload.clear(), position[0]);
                  file.force(false);
                } catch (IOException e) {
                  throw new UncheckedIOException(e);
                }
              });
      return all.result(name, all.count);
    }
  }

  private static Latencies repeat(long deadline, Runnable step) {
    Latencies latencies = new Latencies();
    long started = System.nanoTime();
    long before = started;
    do { // at least once, however busy the machine is
      step.run();
      long after = System.nanoTime();
      latencies.add(after - before);
      before = after;
    } while (before < deadline);
    latencies.elapsedNanos = before - started;
    return latencies;
  }

  /** How long each step took; confined to one thread at a time. */
  private static final class Latencies {
    private long[] nanos = new long[1024];
    private int count;
    private long elapsedNanos;

    void add(long stepNanos) {
      if (count == nanos.length) {
        nanos = Arrays.copyOf(nanos, count * 2);
      }
      nanos[count++] = stepNanos;
    }

    void addAll(Latencies other) {
      for (int i = 0; i < other.count; i++) {
        add(other.nanos[i]);
      }
      elapsedNanos = Math.max(elapsedNanos, other.elapsedNanos);
    }

    Result result(String name, long syncs) {
      long[] sorted = Arrays.copyOf(nanos, count);
      Arrays.sort(sorted);
      double seconds = elapsedNanos / 1e9;
      return new Result(
          name,
          count / seconds,
          syncs / seconds,
          sorted[count / 2] / 1e3,
          sorted[(int) (count * 0.99)] / 1e3);
    }
  }
}
