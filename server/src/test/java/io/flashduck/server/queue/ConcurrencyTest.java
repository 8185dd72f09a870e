package io.flashduck.server.queue;

import static io.flashduck.server.queue.QueueFixture.bytes;
import static io.flashduck.server.queue.QueueFixture.failure;
import static io.flashduck.server.queue.QueueFixture.get;
import static io.flashduck.server.queue.QueueFixture.small;
import static org.assertj.core.api.Assertions.assertThat;

import io.flashduck.server.error.ErrorCode;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Many senders, readers and releases at once, on real files. */
final class ConcurrencyTest {
  private static final Executor THREADS = task -> new Thread(task, "test").start();
  private static final int LIMIT_SECONDS = 60;

  @TempDir Path directory;

  @Test
  void append_manySenders_gaplessInOrderPerSenderWithFewerSyncs() {
    int senders = 8;
    int each = 400;
    CountingFileLayer files = new CountingFileLayer(() -> {});
    try (WriteQueue queue = WriteQueue.open(directory, large(), files, Clock.systemUTC())) {
      int before = files.forces();
      CountDownLatch start = new CountDownLatch(1);
      List<CompletableFuture<Void>> threads = new ArrayList<>();
      for (int sender = 0; sender < senders; sender++) {
        String name = "sender" + sender;
        threads.add(
            CompletableFuture.runAsync(
                () -> {
                  awaitQuietly(start);
                  sendInPairs(queue, name, each);
                },
                THREADS));
      }
      start.countDown();
      threads.forEach(QueueFixture::get);
      int syncs = files.forces() - before;
      assertThat(queue.lastSequence()).isEqualTo((long) senders * each);
      assertThat(syncs).isLessThanOrEqualTo(senders * each / 2);
      assertThat(queue.stats().syncs()).isLessThanOrEqualTo(syncs);
      assertEachSenderInOrder(QueueFixture.readAll(queue), senders, each);
    }
  }

  /** Two at a time, so that a sender's own order is at stake too. */
  private static void sendInPairs(WriteQueue queue, String name, int count) {
    long last = 0;
    for (int i = 0; i < count; i += 2) {
      CompletableFuture<Appended> first = queue.append(bytes(name + " " + i));
      CompletableFuture<Appended> second = queue.append(bytes(name + " " + (i + 1)));
      assertThat(get(first).sequence()).isGreaterThan(last);
      last = get(second).sequence();
      assertThat(last).isGreaterThan(get(first).sequence());
    }
  }

  private static void assertEachSenderInOrder(List<Frame> frames, int senders, int each) {
    Map<String, Integer> next = new HashMap<>();
    long sequence = 1;
    for (Frame frame : frames) {
      assertThat(frame.sequence()).isEqualTo(sequence++);
      String[] parts = QueueFixture.text(frame).split(" ", -1);
      assertThat(Integer.parseInt(parts[1])).isEqualTo(next.getOrDefault(parts[0], 0));
      next.merge(parts[0], 1, Integer::sum);
    }
    assertThat(next).hasSize(senders);
    assertThat(next.values()).containsOnly(each);
  }

  @Test
  void append_whileASyncRuns_allShareTheNextOne() throws InterruptedException {
    Semaphore syncing = new Semaphore(0);
    Semaphore goOn = new Semaphore(0);
    CountingFileLayer files =
        new CountingFileLayer(
            () -> {
              if (Thread.currentThread().getName().equals("flashduck-queue")) {
                syncing.release();
                goOn.acquireUninterruptibly();
              }
            });
    try (WriteQueue queue = WriteQueue.open(directory, large(), files, Clock.systemUTC())) {
      CompletableFuture<Appended> first = queue.append(bytes("first"));
      assertThat(syncing.tryAcquire(LIMIT_SECONDS, TimeUnit.SECONDS)).isTrue();
      List<CompletableFuture<Appended>> others = new ArrayList<>();
      for (int i = 0; i < 100; i++) {
        others.add(queue.append(bytes("other " + i)));
      }
      int before = files.forces();
      assertThat(first).isNotDone();
      goOn.release(1000);
      others.forEach(QueueFixture::get);
      assertThat(files.forces() - before).isEqualTo(2);
    }
  }

  @Test
  @Timeout(LIMIT_SECONDS)
  void append_queueFull_waitsForApplied() {
    QueueSettings settings =
        new QueueSettings(4096, 1000, 10_000, Duration.ofSeconds(50), 1 << 20, 100, 0);
    try (WriteQueue queue =
        WriteQueue.open(directory, settings, new ChannelFileLayer(), Clock.systemUTC())) {
      CompletableFuture<Void> sender =
          CompletableFuture.runAsync(
              () -> {
                for (int i = 0; i < 500; i++) {
                  get(queue.append(ByteBuffer.allocate(900)));
                }
              },
              THREADS);
      long applied = 0;
      long most = 0;
      try (FrameReader reader = queue.read(1)) {
        while (applied < 500) {
          Optional<Frame> next = reader.next();
          most = Math.max(most, queue.stats().pendingBytes());
          if (next.isPresent()) {
            applied = next.get().sequence();
          } else if (queue.stats().pendingBytes() >= 9_000) {
            queue.applied(applied); // only now has the sender no room left
          } else {
            Thread.onSpinWait();
          }
        }
      }
      assertThat(sender).succeedsWithin(LIMIT_SECONDS, TimeUnit.SECONDS);
      assertThat(most).isBetween(9_000L, 10_000L);
    }
  }

  @Test
  void append_queueFullTooLong_refusedAndNothingWritten() {
    QueueSettings settings =
        new QueueSettings(4096, 900, 1000, Duration.ofMillis(10), 1 << 20, 100, 0);
    try (WriteQueue queue =
        WriteQueue.open(directory, settings, new ChannelFileLayer(), Clock.systemUTC())) {
      get(queue.append(ByteBuffer.allocate(900)));
      assertThat(failure(queue.append(ByteBuffer.allocate(900)))).contains(ErrorCode.QUEUE_FULL);
      queue.applied(1);
      assertThat(get(queue.append(ByteBuffer.allocate(900))).sequence()).isEqualTo(2);
    }
  }

  @Test
  void append_fromTheAnswerOfAnother_doesNotWaitInTheQueuesThread() {
    QueueSettings settings =
        new QueueSettings(4096, 900, 1000, Duration.ofHours(1), 1 << 20, 100, 0);
    try (WriteQueue queue =
        WriteQueue.open(directory, settings, new ChannelFileLayer(), Clock.systemUTC())) {
      List<Optional<ErrorCode>> nested = new ArrayList<>();
      CompletableFuture<Appended> appended =
          queue
              .append(ByteBuffer.allocate(900))
              .whenComplete(
                  (done, failure) -> {
                    if (Thread.currentThread().getName().equals("flashduck-queue")) {
                      nested.add(failure(queue.append(ByteBuffer.allocate(900))));
                    }
                  });
      get(appended);
      assertThat(nested).allMatch(code -> code.equals(Optional.of(ErrorCode.QUEUE_FULL)));
    }
  }

  @Test
  void appendIfLast_manyCompeting_exactlyOneWinsEachSequence() {
    AtomicLong wins = new AtomicLong();
    ConcurrentLinkedQueue<String> winners = new ConcurrentLinkedQueue<>();
    try (WriteQueue queue =
        WriteQueue.open(directory, small(), new ChannelFileLayer(), Clock.systemUTC())) {
      List<CompletableFuture<Void>> threads = new ArrayList<>();
      for (int thread = 0; thread < 4; thread++) {
        String name = "t" + thread;
        threads.add(
            CompletableFuture.runAsync(
                () -> {
                  for (long last = queue.lastSequence(); last < 300; last = queue.lastSequence()) {
                    String text = name + " after " + last;
                    Optional<Appended> won = get(queue.appendIfLast(last, bytes(text)));
                    if (won.isPresent()) {
                      assertThat(won.get().sequence()).isEqualTo(last + 1);
                      wins.incrementAndGet();
                      winners.add(text);
                    }
                  }
                },
                THREADS));
      }
      threads.forEach(QueueFixture::get);
      assertThat(QueueFixture.texts(queue))
          .hasSize((int) wins.get())
          .containsExactlyInAnyOrderElementsOf(winners);
    }
  }

  @Test
  void readers_whileAppendingAndReleasing_seeEverythingOnce() {
    int count = 3000;
    try (WriteQueue queue =
        WriteQueue.open(directory, small(), new ChannelFileLayer(), Clock.systemUTC())) {
      CompletableFuture<Void> sender =
          CompletableFuture.runAsync(
              () -> {
                for (int i = 1; i <= count; i++) {
                  CompletableFuture<Appended> future = queue.append(bytes("c" + i));
                  if (i % 7 == 0) {
                    get(future);
                  }
                }
              },
              THREADS);
      long seen = 0;
      try (FrameReader reader = queue.read(1)) {
        while (seen < count) {
          Optional<Frame> next = reader.next();
          if (next.isPresent()) {
            assertThat(QueueFixture.text(next.get())).isEqualTo("c" + ++seen);
          } else {
            queue.applied(seen);
            queue.releaseThrough(seen);
          }
        }
      }
      assertThat(sender).succeedsWithin(LIMIT_SECONDS, TimeUnit.SECONDS);
      queue.applied(count);
      queue.releaseThrough(count);
      assertThat(queue.stats().segments()).isEqualTo(1);
    }
  }

  private static void awaitQuietly(CountDownLatch latch) {
    try {
      assertThat(latch.await(LIMIT_SECONDS, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private static QueueSettings large() {
    return new QueueSettings(
        1 << 20, 65_536, 8 << 20, Duration.ofSeconds(5), 1 << 20, 4096, 65_536);
  }
}
