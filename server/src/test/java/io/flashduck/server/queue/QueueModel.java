package io.flashduck.server.queue;

import static org.assertj.core.api.Assertions.assertThat;

import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;

/**
 * A queue on a {@link MemoryDisk} beside what its senders were told, to compare the two after any
 * restart: what was acknowledged is there at its sequence, what was refused is not, and what is
 * unknown is there or not, but stays so.
 */
final class QueueModel implements AutoCloseable {
  private static final Path DIRECTORY = Path.of("writes");

  /** How the queue ends before it is opened again. */
  enum Ending {
    CLOSE,
    KILL,
    CRASH
  }

  private final MemoryDisk disk;
  private final QueueSettings settings;
  private final SortedMap<Long, String> acknowledged = new TreeMap<>();
  private final Set<String> unknown = new HashSet<>();
  private final List<Sent> inFlight = new ArrayList<>();
  private WriteQueue queue;
  private long releasedThrough;
  private int sent;

  private record Sent(String text, CompletableFuture<Optional<Appended>> future) {}

  QueueModel(MemoryDisk disk, QueueSettings settings) {
    this.disk = disk;
    this.settings = settings;
    this.queue = open();
  }

  WriteQueue queue() {
    return queue;
  }

  /** Sends a change without waiting for the answer. */
  void send(int padding) {
    String text = nextText(padding);
    inFlight.add(new Sent(text, queue.append(QueueFixture.bytes(text)).thenApply(Optional::of)));
  }

  /** Sends a change that only counts behind the last acknowledged one, or behind a wrong one. */
  void sendIfLast(boolean rightly) {
    settle();
    String text = nextText(5);
    long last = queue.lastSequence();
    long expected = rightly ? last : last + 3;
    inFlight.add(new Sent(text, queue.appendIfLast(expected, QueueFixture.bytes(text))));
  }

  private String nextText(int padding) {
    return "change " + sent++ + " " + "x".repeat(padding);
  }

  /** Waits for all answers and notes them; returns the codes of those that failed. */
  List<ErrorCode> settle() {
    List<ErrorCode> failures = new ArrayList<>();
    for (Sent one : inFlight) {
      try {
        QueueFixture.get(one.future())
            .ifPresent(
                appended -> {
                  assertThat(acknowledged.put(appended.sequence(), one.text())).isNull();
                });
      } catch (FlashDuckException e) {
        failures.add(e.code());
        if (e.code() == ErrorCode.COMMIT_UNKNOWN) {
          unknown.add(one.text());
        }
      }
    }
    inFlight.clear();
    return failures;
  }

  void applyAndRelease(long through) {
    long sequence = Math.min(through, queue.lastSequence());
    queue.applied(sequence);
    releasedThrough = Math.max(releasedThrough, sequence);
    try {
      queue.releaseThrough(queue.stats().appliedSequence());
    } catch (FlashDuckException e) {
      assertThat(e.code()).isIn(ErrorCode.IO_ERROR, ErrorCode.RESOURCE_EXHAUSTED);
    }
  }

  /** Ends the queue as told, opens it again and checks it. */
  void restart(Ending ending) {
    end(ending);
    queue = open();
    check();
  }

  /** Ends the queue while answers may be outstanding. */
  private void end(Ending ending) {
    switch (ending) {
      case CLOSE -> {}
      case KILL -> disk.kill();
      case CRASH -> disk.crash();
    }
    queue.close();
    settle();
  }

  /** An injected fault may hit the opening; then it must say so and succeed the next time. */
  private WriteQueue open() {
    try {
      return WriteQueue.open(DIRECTORY, settings, disk.boot(), Clock.systemUTC());
    } catch (FlashDuckException e) {
      assertThat(disk.failed()).as("the fault behind %s", e.getMessage()).isNotNull();
      assertThat(e.code())
          .as(e.getMessage())
          .isIn(ErrorCode.IO_ERROR, ErrorCode.RESOURCE_EXHAUSTED);
      disk.failNothing();
      return WriteQueue.open(DIRECTORY, settings, disk.boot(), Clock.systemUTC());
    }
  }

  /** Compares what is stored with what the senders were told. */
  void check() {
    disk.failNothing();
    List<Frame> frames = QueueFixture.readAll(queue);
    long expected = queue.stats().firstSequence();
    assertThat(expected).isLessThanOrEqualTo(releasedThrough + 1);
    long acceptedAt = 0;
    for (Frame frame : frames) {
      String text = QueueFixture.text(frame);
      assertThat(frame.sequence()).isEqualTo(expected++);
      assertThat(frame.acceptedAtNanos()).isGreaterThan(acceptedAt);
      acceptedAt = frame.acceptedAtNanos();
      String told = acknowledged.get(frame.sequence());
      if (told == null) {
        assertThat(unknown).contains(text);
        unknown.remove(text);
        acknowledged.put(frame.sequence(), text);
      } else {
        assertThat(text).isEqualTo(told);
      }
    }
    // What is not stored now must never come back.
    unknown.clear();
    assertThat(queue.lastSequence())
        .isEqualTo(expected - 1)
        .isEqualTo(acknowledged.isEmpty() ? 0 : acknowledged.lastKey());
    assertThat(acknowledged).hasSize((int) queue.lastSequence());
  }

  @Override
  public void close() {
    queue.close();
  }
}
