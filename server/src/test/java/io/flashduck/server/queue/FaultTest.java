package io.flashduck.server.queue;

import static io.flashduck.server.queue.QueueFixture.bytes;
import static io.flashduck.server.queue.QueueFixture.failure;
import static io.flashduck.server.queue.QueueFixture.get;
import static io.flashduck.server.queue.QueueFixture.small;
import static io.flashduck.server.queue.QueueFixture.texts;
import static io.flashduck.server.queue.QueueFixture.withPreallocation;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import io.flashduck.server.queue.MemoryDisk.Fault;
import io.flashduck.server.queue.MemoryDisk.Operation;
import io.flashduck.server.queue.QueueModel.Ending;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Clock;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Every operation fails once, and each failure has the right one of the three outcomes. */
final class FaultTest {
  private static final Path DIRECTORY = Path.of("writes");

  private final MemoryDisk disk = new MemoryDisk(11);

  @Test
  void everyOperation_failsOnce_storedIsWhatWasTold() {
    Set<Operation> hit = EnumSet.noneOf(Operation.class);
    for (Ending ending : Ending.values()) {
      for (Fault fault : Fault.values()) {
        Operation failed = Operation.LIST;
        for (int n = 1; failed != null; n++) {
          failed = scenario(n, fault, ending, n);
          if (failed != null) {
            hit.add(failed);
          }
        }
      }
    }
    assertThat(hit).containsExactlyInAnyOrder(Operation.values());
  }

  /**
   * Opens, writes over several segments, releases, and restarts; null if it had fewer operations.
   */
  private static @Nullable Operation scenario(int n, Fault fault, Ending ending, long seed) {
    MemoryDisk faulty = new MemoryDisk(seed);
    faulty.failNth(n, fault);
    try (QueueModel model = new QueueModel(faulty, withPreallocation(small(), 700))) {
      for (int i = 0; i < 6; i++) {
        model.send(900);
        model.send(i);
        model.settle();
      }
      model.applyAndRelease(9);
      model.send(10);
      model.settle();
      Operation failed = faulty.failed();
      model.restart(ending);
      model.send(20);
      model.settle();
      model.restart(Ending.CRASH);
      return failed == null ? faulty.failed() : failed;
    }
  }

  @Test
  void write_fails_notDoneAndTheNextSucceeds() {
    try (WriteQueue queue = open()) {
      get(queue.append(bytes("a")));
      for (Fault fault : Fault.values()) {
        disk.failNext(Operation.WRITE, fault);
        ErrorCode expected =
            fault == Fault.NO_SPACE ? ErrorCode.RESOURCE_EXHAUSTED : ErrorCode.IO_ERROR;
        assertThat(failure(queue.append(bytes("lost")))).contains(expected);
      }
      assertThat(get(queue.append(bytes("b"))).sequence()).isEqualTo(2);
      assertThat(queue.stats().poisonedReason()).isEmpty();
      disk.crash();
    }
    assertThat(reopened()).containsExactly("a", "b");
  }

  @Test
  void write_failsThenPowerIsLost_notDoneStaysNotDone() {
    for (int seed = 0; seed < 200; seed++) {
      MemoryDisk failing = new MemoryDisk(seed);
      try (WriteQueue queue = open(failing)) {
        failing.failNext(Operation.WRITE, Fault.ERROR_AFTER);
        assertThat(failure(queue.append(ByteBuffer.allocate(24)))).contains(ErrorCode.IO_ERROR);
        failing.crash();
      }
      try (WriteQueue queue = open(failing)) {
        assertThat(queue.lastSequence()).as("seed %d", seed).isZero();
      }
    }
  }

  @Test
  void force_fails_unknownAndPoisonedUntilReopened() {
    int forces;
    int writes;
    try (WriteQueue queue = open()) {
      get(queue.append(bytes("a")));
      disk.failNext(Operation.FORCE, Fault.ERROR);
      assertThatThrownBy(() -> get(queue.append(bytes("maybe"))))
          .isInstanceOfSatisfying(
              FlashDuckException.class,
              e -> assertThat(e.code()).isEqualTo(ErrorCode.COMMIT_UNKNOWN))
          .hasMessageContaining("injected: FORCE")
          .hasMessageContaining("Restart");
      forces = disk.count(Operation.FORCE);
      writes = disk.count(Operation.WRITE);
      assertThat(failure(queue.append(bytes("refused")))).contains(ErrorCode.COMMIT_UNKNOWN);
      assertThat(failure(queue.appendIfLast(1, bytes("refused"))))
          .contains(ErrorCode.COMMIT_UNKNOWN);
      assertThat(queue.stats().poisonedReason())
          .hasValueSatisfying(r -> assertThat(r).contains("FORCE"));
      assertThat(texts(queue)).containsExactly("a");
    }
    assertThat(disk.count(Operation.FORCE)).isEqualTo(forces);
    assertThat(disk.count(Operation.WRITE)).isEqualTo(writes);
    try (WriteQueue queue = open()) {
      assertThat(texts(queue)).startsWith("a").doesNotContain("refused");
      get(queue.append(bytes("after")));
      disk.crash();
    }
    assertThat(reopened()).startsWith("a").endsWith("after").doesNotContain("refused");
  }

  @Test
  void force_failsAndPageCacheKeepsTheFrame_durableAfterReopen() {
    for (int seed = 0; seed < 50; seed++) {
      MemoryDisk lying = new MemoryDisk(seed);
      try (WriteQueue queue = open(lying)) {
        get(queue.append(bytes("a")));
        lying.failNext(Operation.FORCE, Fault.ERROR);
        assertThat(failure(queue.append(ByteBuffer.allocate(500))))
            .contains(ErrorCode.COMMIT_UNKNOWN);
      }
      try (WriteQueue queue = open(lying)) {
        assertThat(queue.lastSequence()).isEqualTo(2);
        lying.crash();
      }
      try (WriteQueue queue = open(lying)) {
        assertThat(queue.lastSequence()).isEqualTo(2);
      }
    }
  }

  @Test
  void cutBack_failsAfterFailedWrite_unknown() {
    for (Operation cut : new Operation[] {Operation.TRUNCATE, Operation.FORCE}) {
      MemoryDisk twice = new MemoryDisk(3);
      twice.capacity(SegmentHeader.BYTES + 100);
      try (WriteQueue queue = open(twice)) {
        get(queue.append(bytes("a")));
        twice.failNext(cut, Fault.ERROR);
        assertThat(failure(queue.append(ByteBuffer.allocate(200))))
            .contains(ErrorCode.COMMIT_UNKNOWN);
        assertThat(queue.stats().poisonedReason()).isPresent();
      }
    }
  }

  @Test
  void diskFull_refusedReadsGoOnAndRecoversWithRoom() {
    for (int preallocation : new int[] {0, 600}) {
      MemoryDisk full = new MemoryDisk(preallocation);
      full.capacity(20_000);
      QueueSettings settings = withPreallocation(small(), preallocation);
      int accepted = 0;
      try (WriteQueue queue =
          WriteQueue.open(DIRECTORY, settings, full.boot(), Clock.systemUTC())) {
        while (failure(queue.append(ByteBuffer.allocate(300))).isEmpty()) {
          accepted++;
        }
        assertThat(accepted).isGreaterThan(40);
        assertThatThrownBy(() -> get(queue.append(ByteBuffer.allocate(300))))
            .isInstanceOfSatisfying(
                FlashDuckException.class,
                e -> assertThat(e.code()).isEqualTo(ErrorCode.RESOURCE_EXHAUSTED))
            .hasMessageContaining("nothing of it is stored")
            .hasMessageContaining("Make room");
        assertThat(QueueFixture.readAll(queue)).hasSize(accepted);
        queue.applied(accepted);
        assertThat(queue.stats().pendingBytes()).isZero();
        queue.releaseThrough(accepted);
        assertThat(get(queue.append(ByteBuffer.allocate(300))).sequence()).isEqualTo(accepted + 1);
        full.crash();
      }
      try (WriteQueue queue =
          WriteQueue.open(DIRECTORY, settings, full.boot(), Clock.systemUTC())) {
        assertThat(queue.lastSequence()).isEqualTo(accepted + 1);
      }
    }
  }

  @Test
  void open_fullDisk_resourceExhausted() {
    disk.capacity(10);
    assertThatThrownBy(this::open)
        .isInstanceOfSatisfying(
            FlashDuckException.class,
            e -> assertThat(e.code()).isEqualTo(ErrorCode.RESOURCE_EXHAUSTED));
    assertThat(disk.names()).isEmpty();
  }

  @Test
  void roll_renameFails_notDoneAndTheNextSucceeds() {
    try (WriteQueue queue = open()) {
      while (queue.stats().bytes() < small().segmentBytes()) {
        get(queue.append(ByteBuffer.allocate(500)));
      }
      disk.failNext(Operation.RENAME, Fault.ERROR);
      long last = queue.lastSequence();
      assertThat(failure(queue.append(bytes("lost")))).contains(ErrorCode.IO_ERROR);
      assertThat(get(queue.append(bytes("next"))).sequence()).isEqualTo(last + 1);
      assertThat(queue.stats().segments()).isEqualTo(2);
    }
  }

  @Test
  void roll_folderSyncFails_poisoned() {
    try (WriteQueue queue = open()) {
      while (queue.stats().bytes() < small().segmentBytes()) {
        get(queue.append(ByteBuffer.allocate(500)));
      }
      disk.failNext(Operation.FORCE_DIRECTORY, Fault.ERROR);
      assertThat(failure(queue.append(bytes("unknown")))).contains(ErrorCode.COMMIT_UNKNOWN);
      assertThat(failure(queue.append(bytes("refused")))).contains(ErrorCode.COMMIT_UNKNOWN);
    }
    assertThat(reopened()).doesNotContain("unknown", "refused");
  }

  @Test
  void read_fails_ioErrorAndTheReaderGoesOn() {
    try (WriteQueue queue = open()) {
      get(queue.append(bytes("a")));
      try (FrameReader reader = queue.read(1)) {
        disk.failNext(Operation.READ, Fault.ERROR);
        assertThatThrownBy(reader::next)
            .isInstanceOfSatisfying(
                FlashDuckException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.IO_ERROR));
        assertThat(reader.next()).map(QueueFixture::text).contains("a");
      }
    }
  }

  @Test
  void close_markFails_nothingLost() {
    try (WriteQueue queue = open()) {
      get(queue.append(bytes("a")));
      disk.failNext(Operation.WRITE, Fault.ERROR_AFTER);
    }
    assertThat(reopened()).containsExactly("a");
  }

  private WriteQueue open() {
    return open(disk);
  }

  private static WriteQueue open(MemoryDisk disk) {
    return WriteQueue.open(DIRECTORY, small(), disk.boot(), Clock.systemUTC());
  }

  private List<String> reopened() {
    try (WriteQueue queue = open()) {
      return texts(queue);
    }
  }
}
