package io.flashduck.server.queue;

import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Short names for what every test of the queue does. */
final class QueueFixture {
  private static final int LIMIT_SECONDS = 120;

  private QueueFixture() {}

  /** Segments of 4 KiB, no preallocation, batches of 16, 1 MiB pending. */
  static QueueSettings small() {
    return new QueueSettings(4096, 65_536, 1 << 20, Duration.ofSeconds(5), 1 << 20, 16, 0);
  }

  static QueueSettings withPreallocation(QueueSettings settings, int bytes) {
    return new QueueSettings(
        settings.segmentBytes(),
        settings.maxFrameBytes(),
        settings.maxPendingBytes(),
        settings.maxWait(),
        settings.maxBatchBytes(),
        settings.maxBatchFrames(),
        bytes);
  }

  static WriteQueue open(Path directory, QueueSettings settings) {
    return WriteQueue.open(directory, settings, new ChannelFileLayer(), Clock.systemUTC());
  }

  static ByteBuffer bytes(String text) {
    return ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
  }

  static String text(Frame frame) {
    return StandardCharsets.UTF_8.decode(frame.payload().duplicate()).toString();
  }

  /** Waits for the answer; a FlashDuckException comes as itself. */
  static <T> T get(CompletableFuture<T> future) {
    try {
      return future.get(LIMIT_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof FlashDuckException failure) {
        throw failure;
      }
      throw new AssertionError(e);
    } catch (InterruptedException | TimeoutException e) {
      throw new AssertionError(e);
    }
  }

  /** The code that the append failed with, or empty if it is durable. */
  static Optional<ErrorCode> failure(CompletableFuture<?> future) {
    try {
      get(future);
      return Optional.empty();
    } catch (FlashDuckException e) {
      return Optional.of(e.code());
    }
  }

  static List<Frame> readAll(WriteQueue queue) {
    return readFrom(queue, queue.stats().firstSequence());
  }

  static List<Frame> readFrom(WriteQueue queue, long sequence) {
    List<Frame> frames = new ArrayList<>();
    try (FrameReader reader = queue.read(sequence)) {
      for (Optional<Frame> next = reader.next(); next.isPresent(); next = reader.next()) {
        frames.add(next.get());
      }
    }
    return frames;
  }

  static List<String> texts(WriteQueue queue) {
    return readAll(queue).stream().map(QueueFixture::text).toList();
  }
}
