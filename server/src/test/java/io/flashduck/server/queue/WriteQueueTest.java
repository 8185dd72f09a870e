package io.flashduck.server.queue;

import static io.flashduck.server.queue.QueueFixture.bytes;
import static io.flashduck.server.queue.QueueFixture.failure;
import static io.flashduck.server.queue.QueueFixture.get;
import static io.flashduck.server.queue.QueueFixture.open;
import static io.flashduck.server.queue.QueueFixture.readAll;
import static io.flashduck.server.queue.QueueFixture.readFrom;
import static io.flashduck.server.queue.QueueFixture.small;
import static io.flashduck.server.queue.QueueFixture.text;
import static io.flashduck.server.queue.QueueFixture.texts;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class WriteQueueTest {
  @TempDir Path directory;

  @Test
  void append_newQueue_sequencesFromOne() {
    try (WriteQueue queue = open(directory, small())) {
      assertThat(get(queue.append(bytes("a"))).sequence()).isEqualTo(1);
      assertThat(get(queue.append(bytes("b"))).sequence()).isEqualTo(2);
      assertThat(texts(queue)).containsExactly("a", "b");
    }
  }

  @Test
  void append_afterReopen_continues() {
    try (WriteQueue queue = open(directory, small())) {
      get(queue.append(bytes("a")));
    }
    try (WriteQueue queue = open(directory, small())) {
      assertThat(get(queue.append(bytes("b"))).sequence()).isEqualTo(2);
    }
    try (WriteQueue queue = open(directory, small())) {
      assertThat(texts(queue)).containsExactly("a", "b");
      assertThat(queue.lastSequence()).isEqualTo(2);
    }
  }

  @Test
  void append_payloadSlice_onlyPositionToLimit() {
    ByteBuffer payload = bytes("xxhelloyy").position(2).limit(7);
    try (WriteQueue queue = open(directory, small())) {
      get(queue.append(payload));
      assertThat(payload.position()).isEqualTo(2);
      assertThat(texts(queue)).containsExactly("hello");
    }
  }

  @Test
  void append_everyLengthAroundAlignmentAndBuffers_readBack() {
    QueueSettings settings =
        new QueueSettings(1 << 20, 4 << 20, 64 << 20, Duration.ofSeconds(5), 1 << 20, 64, 1 << 16);
    List<Integer> lengths = new ArrayList<>();
    for (int length = 0; length < 40; length++) {
      lengths.add(length);
    }
    for (int base : List.of(SegmentScanner.WINDOW_BYTES, 1 << 20, 3 << 20)) {
      for (int delta = -48; delta <= 8; delta += 7) {
        lengths.add(base + delta);
      }
    }
    try (WriteQueue queue = open(directory, settings)) {
      for (int length : lengths) {
        get(queue.append(pattern(length)));
      }
    }
    try (WriteQueue queue = open(directory, settings)) {
      List<Frame> frames = readAll(queue);
      assertThat(frames).hasSameSizeAs(lengths);
      for (int i = 0; i < frames.size(); i++) {
        assertThat(frames.get(i).payload()).isEqualTo(pattern(lengths.get(i)));
      }
    }
  }

  @Test
  void append_directBuffer_readBack() {
    ByteBuffer direct = ByteBuffer.allocateDirect(5).put(bytes("abcde")).flip();
    try (WriteQueue queue = open(directory, small())) {
      get(queue.append(direct));
      assertThat(texts(queue)).containsExactly("abcde");
    }
  }

  @Test
  void append_manySegments_readAcrossThem() throws IOException {
    List<String> sent = new ArrayList<>();
    try (WriteQueue queue = open(directory, small())) {
      for (int i = 0; i < 300; i++) {
        sent.add("change " + i);
        get(queue.append(bytes("change " + i)));
      }
      assertThat(queue.stats().segments()).isGreaterThan(3);
      assertThat(texts(queue)).isEqualTo(sent);
      assertThat(readFrom(queue, 250)).hasSize(51).first().returns("change 249", f -> text(f));
    }
    try (Stream<Path> files = Files.list(directory)) {
      assertThat(files.map(p -> p.getFileName().toString()))
          .allMatch(n -> n.matches("\\d{20}\\.log"));
    }
    try (WriteQueue queue = open(directory, small())) {
      assertThat(texts(queue)).isEqualTo(sent);
    }
  }

  @Test
  void append_tooLarge_refusedWithLimit() {
    try (WriteQueue queue = open(directory, small())) {
      assertThatThrownBy(() -> get(queue.append(ByteBuffer.allocate(65_537))))
          .isInstanceOfSatisfying(
              FlashDuckException.class,
              e -> assertThat(e.code()).isEqualTo(ErrorCode.RESOURCE_EXHAUSTED))
          .hasMessageContaining("65537")
          .hasMessageContaining("65536");
      assertThat(get(queue.append(bytes("next"))).sequence()).isEqualTo(1);
    }
  }

  @Test
  void append_afterClose_shuttingDown() {
    WriteQueue queue = open(directory, small());
    queue.close();
    assertThat(failure(queue.append(bytes("late")))).contains(ErrorCode.SHUTTING_DOWN);
  }

  @Test
  void close_appendsInFlight_allAnswered() {
    List<CompletableFuture<Appended>> futures = new ArrayList<>();
    try (WriteQueue queue = open(directory, small())) {
      for (int i = 0; i < 200; i++) {
        futures.add(queue.append(bytes("c" + i)));
      }
    }
    assertThat(futures).allMatch(CompletableFuture::isDone);
    try (WriteQueue queue = open(directory, small())) {
      assertThat(queue.lastSequence()).isEqualTo(200);
    }
  }

  @Test
  void acceptedAt_clockStandsOrGoesBack_strictlyIncreases() {
    AtomicLong seconds = new AtomicLong(1_000);
    Clock clock =
        new Clock() {
          @Override
          public ZoneOffset getZone() {
            return ZoneOffset.UTC;
          }

          @Override
          public Clock withZone(java.time.ZoneId zone) {
            return this;
          }

          @Override
          public Instant instant() {
            return Instant.ofEpochSecond(seconds.get());
          }
        };
    List<Long> times = new ArrayList<>();
    for (int restart = 0; restart < 4; restart++) {
      try (WriteQueue queue = WriteQueue.open(directory, small(), new ChannelFileLayer(), clock)) {
        for (int i = 0; i < 60; i++) {
          times.add(get(queue.append(ByteBuffer.allocate(100))).acceptedAtNanos());
        }
        queue.applied(queue.lastSequence());
        queue.releaseThrough(queue.lastSequence());
      }
      seconds.addAndGet(restart == 2 ? 5_000 : -100);
    }
    assertThat(times).isSorted().doesNotHaveDuplicates();
    assertThat(times.get(0)).isEqualTo(1_000_000_000_000L);
  }

  @Test
  void appendIfLast_expectedMatches_appended() {
    try (WriteQueue queue = open(directory, small())) {
      assertThat(get(queue.appendIfLast(0, bytes("a")))).map(Appended::sequence).contains(1L);
      assertThat(get(queue.appendIfLast(1, bytes("b")))).map(Appended::sequence).contains(2L);
    }
  }

  @Test
  void appendIfLast_somethingElseAppended_emptyAndNothingWritten() {
    try (WriteQueue queue = open(directory, small())) {
      get(queue.append(bytes("a")));
      get(queue.append(bytes("b")));
      long pending = queue.stats().pendingBytes();
      assertThat(get(queue.appendIfLast(1, bytes("c")))).isEmpty();
      assertThat(queue.stats().pendingBytes()).isEqualTo(pending);
      assertThat(texts(queue)).containsExactly("a", "b");
    }
  }

  @Test
  void read_atEnd_goesOnWhenMoreIsDurable() {
    try (WriteQueue queue = open(directory, small());
        FrameReader reader = queue.read(1)) {
      assertThat(reader.next()).isEmpty();
      for (int i = 0; i < 200; i++) {
        get(queue.append(bytes("x" + i)));
        assertThat(reader.next()).map(QueueFixture::text).contains("x" + i);
        assertThat(reader.next()).isEmpty();
      }
    }
  }

  @Test
  void awaitBeyond_appendComes_true() throws Exception {
    try (WriteQueue queue = open(directory, small())) {
      assertThat(queue.awaitBeyond(0, Duration.ZERO)).isFalse();
      CompletableFuture<Boolean> waiter =
          CompletableFuture.supplyAsync(
              () -> {
                try {
                  return queue.awaitBeyond(0, Duration.ofSeconds(20));
                } catch (InterruptedException e) {
                  throw new AssertionError(e);
                }
              });
      get(queue.append(bytes("a")));
      assertThat(get(waiter)).isTrue();
    }
  }

  @Test
  void onDurable_eachSync_lastSequence() {
    List<Long> told = new ArrayList<>();
    try (WriteQueue queue = open(directory, small())) {
      queue.onDurable(
          sequence -> {
            throw new IllegalStateException("a listener's failure stays its own");
          });
      queue.onDurable(told::add);
      get(queue.append(bytes("a")));
      get(queue.append(bytes("b")));
    }
    assertThat(told).containsExactly(1L, 2L);
  }

  @Test
  void stats_applied_bytesAndAgeGoDown() {
    try (WriteQueue queue = open(directory, small())) {
      Appended first = get(queue.append(bytes("a")));
      Appended second = get(queue.append(bytes("b")));
      assertThat(queue.stats().pendingBytes()).isEqualTo(2 * FrameFormat.frameBytes(1));
      assertThat(queue.stats().oldestUnappliedAt()).contains(instant(first));
      queue.applied(1);
      assertThat(queue.stats().pendingBytes()).isEqualTo(FrameFormat.frameBytes(1));
      assertThat(queue.stats().oldestUnappliedAt()).contains(instant(second));
      queue.applied(2);
      assertThat(queue.stats().pendingBytes()).isZero();
      assertThat(queue.stats().oldestUnappliedAt()).isEmpty();
      assertThat(queue.stats().appliedSequence()).isEqualTo(2);
      assertThat(queue.stats().lastSequence()).isEqualTo(2);
    }
  }

  @Test
  void stats_reopened_backlogHeldUntilApplied() {
    try (WriteQueue queue = open(directory, small())) {
      for (int i = 0; i < 100; i++) {
        get(queue.append(bytes("a")));
      }
    }
    try (WriteQueue queue = open(directory, small())) {
      assertThat(queue.stats().pendingBytes()).isEqualTo(100 * FrameFormat.frameBytes(1));
      queue.applied(100);
      assertThat(queue.stats().pendingBytes()).isZero();
    }
  }

  @Test
  void applied_beyondTheEnd_corruptState() {
    try (WriteQueue queue = open(directory, small())) {
      assertThatThrownBy(() -> queue.applied(7))
          .isInstanceOfSatisfying(
              FlashDuckException.class,
              e -> assertThat(e.code()).isEqualTo(ErrorCode.CORRUPT_STATE))
          .hasMessageContaining("sequence 7");
    }
  }

  @Test
  void releaseThrough_wholeSegments_deletedButNeverTheActiveOne() {
    try (WriteQueue queue = open(directory, small())) {
      for (int i = 0; i < 300; i++) {
        get(queue.append(bytes("change " + i)));
      }
      queue.applied(300);
      int before = queue.stats().segments();
      queue.releaseThrough(1);
      assertThat(queue.stats().segments()).isEqualTo(before);
      queue.releaseThrough(200);
      long first = queue.stats().firstSequence();
      assertThat(first).isGreaterThan(1).isLessThanOrEqualTo(201);
      assertThat(readAll(queue).get(0).sequence()).isEqualTo(first);
      assertThatThrownBy(() -> queue.read(first - 1))
          .isInstanceOfSatisfying(
              FlashDuckException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.NOT_FOUND));
      queue.releaseThrough(300);
      assertThat(queue.stats().segments()).isEqualTo(1);
    }
    try (WriteQueue queue = open(directory, small())) {
      assertThat(get(queue.append(bytes("next"))).sequence()).isEqualTo(301);
    }
  }

  @Test
  void releaseThrough_notApplied_refused() {
    try (WriteQueue queue = open(directory, small())) {
      get(queue.append(bytes("a")));
      assertThatThrownBy(() -> queue.releaseThrough(1))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  private static Instant instant(Appended appended) {
    return Instant.ofEpochSecond(0, appended.acceptedAtNanos());
  }

  private static ByteBuffer pattern(int length) {
    ByteBuffer buffer = ByteBuffer.allocate(length);
    for (int i = 0; i < length; i++) {
      buffer.put((byte) (i * 31 + length));
    }
    return buffer.flip();
  }
}
