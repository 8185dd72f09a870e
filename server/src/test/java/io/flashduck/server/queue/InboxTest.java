package io.flashduck.server.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Room, order and refusal, without a disk. */
final class InboxTest {
  private static final Executor THREADS = task -> new Thread(task, "sender").start();

  @Test
  void put_noRoomAndMayNotWait_queueFullAtOnce() {
    Inbox inbox = new Inbox(limited(1000, Duration.ofMinutes(5)), List.of());
    inbox.put(change(900), true);
    assertThatThrownBy(() -> inbox.put(change(100), false))
        .isInstanceOfSatisfying(
            FlashDuckException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.QUEUE_FULL))
        .hasMessageContaining("144 bytes found no room in 0 ms, 944 of 1000")
        .hasMessageContaining("Nothing was written");
    assertThat(inbox.snapshot().heldBytes()).isEqualTo(FrameFormat.frameBytes(900));
  }

  @Test
  void put_noRoomInTime_queueFullAndNothingHeld() throws InterruptedException {
    Inbox inbox = new Inbox(limited(1000, Duration.ofMillis(20)), List.of());
    inbox.put(change(900), true);
    long started = System.nanoTime();
    assertThatThrownBy(() -> inbox.put(change(100), true)).isInstanceOf(FlashDuckException.class);
    assertThat(System.nanoTime() - started).isGreaterThanOrEqualTo(20_000_000L);
    assertThat(inbox.take()).hasSize(1);
  }

  @Test
  void put_roomComesByApplying_goesOn() throws InterruptedException {
    Inbox inbox = new Inbox(limited(1000, Duration.ofMinutes(5)), List.of());
    inbox.put(change(900), true);
    CompletableFuture<Void> second =
        CompletableFuture.runAsync(() -> inbox.put(change(500), true), THREADS);
    assertThat(inbox.take()).hasSize(1);
    inbox.settle(List.of(new PendingMark(1, FrameFormat.frameBytes(900), 5)), 0);
    assertThat(second).isNotDone();
    inbox.applied(1);
    assertThat(second).succeedsWithin(20, TimeUnit.SECONDS);
    assertThat(inbox.take()).hasSize(1);
    assertThat(inbox.snapshot().heldBytes()).isEqualTo(FrameFormat.frameBytes(500));
  }

  @Test
  void put_smallBehindWaitingLarge_doesNotOvertake() throws Exception {
    Inbox inbox = new Inbox(limited(2000, Duration.ofMinutes(5)), List.of());
    inbox.put(change(1500), true);
    CompletableFuture<Void> large =
        CompletableFuture.runAsync(() -> inbox.put(change(1800), true), THREADS);
    while (inbox.snapshot().waitingSenders() == 0) {
      Thread.onSpinWait();
    }
    assertThatThrownBy(() -> inbox.put(change(8), false)).hasMessageContaining("full");
    assertThat(large).isNotDone();
    inbox.settle(List.of(), takeBytes(inbox));
    assertThat(large).succeedsWithin(20, TimeUnit.SECONDS);
  }

  @Test
  void put_interrupted_cancelledAndNothingHeld() throws Exception {
    Inbox inbox = new Inbox(limited(1000, Duration.ofMinutes(5)), List.of());
    inbox.put(change(900), true);
    CompletableFuture<ErrorCode> outcome = new CompletableFuture<>();
    Thread sender =
        new Thread(
            () -> {
              try {
                inbox.put(change(500), true);
              } catch (FlashDuckException e) {
                outcome.complete(
                    Thread.currentThread().isInterrupted() ? e.code() : ErrorCode.INTERNAL);
              }
            },
            "sender");
    sender.start();
    sender.interrupt();
    assertThat(outcome.get(20, TimeUnit.SECONDS)).isEqualTo(ErrorCode.CANCELLED);
    assertThat(inbox.snapshot().heldBytes()).isEqualTo(FrameFormat.frameBytes(900));
  }

  @Test
  void close_senderWaiting_refusedAndTheRestIsTaken() throws InterruptedException {
    Inbox inbox = new Inbox(limited(1000, Duration.ofMinutes(5)), List.of());
    inbox.put(change(900), true);
    CompletableFuture<Void> waiting =
        CompletableFuture.runAsync(() -> inbox.put(change(500), true), THREADS);
    inbox.close();
    assertThat(waiting).failsWithin(20, TimeUnit.SECONDS);
    assertThat(inbox.take()).hasSize(1);
    assertThat(inbox.take()).isEmpty();
    assertThat(inbox.take()).isEmpty();
  }

  @Test
  void poison_waitingChanges_handedBackAndNoMoreTaken() throws InterruptedException {
    Inbox inbox = new Inbox(limited(1000, Duration.ofMinutes(5)), List.of());
    inbox.put(change(1), true);
    inbox.put(change(2), true);
    assertThat(inbox.poison("first")).hasSize(2);
    assertThat(inbox.poison("second")).isEmpty();
    assertThat(inbox.take()).isEmpty();
    assertThat(inbox.snapshot().poison()).isEqualTo("first");
    assertThatThrownBy(() -> inbox.put(change(3), true)).hasMessageContaining("first");
  }

  @Test
  void take_manyWaiting_boundedByCountAndBytes() throws InterruptedException {
    QueueSettings settings = new QueueSettings(4096, 5000, 100_000, Duration.ZERO, 2000, 3, 0);
    Inbox inbox = new Inbox(settings, List.of());
    for (int bytes : new int[] {10, 10, 10, 10, 1500, 1500, 4000, 10}) {
      inbox.put(change(bytes), false);
    }
    assertThat(inbox.take()).hasSize(3);
    assertThat(inbox.take()).hasSize(2);
    assertThat(inbox.take()).hasSize(1);
    assertThat(inbox.take()).hasSize(1);
    assertThat(inbox.take()).hasSize(1);
  }

  @Test
  void backlog_coarseRuns_releasedWithTheirLastSequence() {
    Inbox inbox =
        new Inbox(
            limited(1000, Duration.ZERO),
            List.of(new PendingMark(10, 700, 1), new PendingMark(20, 900, 2)));
    assertThatThrownBy(() -> inbox.put(change(8), false)).hasMessageContaining("full");
    inbox.applied(9);
    assertThat(inbox.snapshot().heldBytes()).isEqualTo(1600);
    inbox.applied(10);
    assertThat(inbox.snapshot().heldBytes()).isEqualTo(900);
    assertThat(inbox.snapshot().oldestUnappliedAtNanos()).hasValue(2);
    inbox.applied(5);
    assertThat(inbox.snapshot().appliedSequence()).isEqualTo(10);
    inbox.applied(20);
    inbox.put(change(8), false);
  }

  private static long takeBytes(Inbox inbox) throws InterruptedException {
    return inbox.take().stream().mapToLong(PendingAppend::frameBytes).sum();
  }

  private static PendingAppend change(int bytes) {
    return PendingAppend.of(ByteBuffer.allocate(bytes), PendingAppend.ANY);
  }

  private static QueueSettings limited(long pendingBytes, Duration wait) {
    return new QueueSettings(4096, (int) pendingBytes - 48, pendingBytes, wait, 1 << 20, 1000, 0);
  }
}
