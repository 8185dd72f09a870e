package io.flashduck.server.queue;

import java.nio.file.Path;
import java.time.Clock;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.StressOptions;
import org.jetbrains.lincheck.datastructures.Validate;
import org.junit.jupiter.api.Test;

/**
 * The answers of concurrent senders are those of some order of the same calls, one after another.
 */
public class LinearizabilityTest {
  private final WriteQueue queue =
      WriteQueue.open(
          Path.of("writes"), QueueFixture.small(), new MemoryDisk(1).boot(), Clock.systemUTC());

  @Operation
  public long append() {
    return QueueFixture.get(queue.append(QueueFixture.bytes("x"))).sequence();
  }

  @Operation
  public long appendIfLast(int expected) {
    return QueueFixture.get(queue.appendIfLast(Math.abs(expected), QueueFixture.bytes("y")))
        .map(Appended::sequence)
        .orElse(0L);
  }

  @Operation
  public long lastSequence() {
    return queue.lastSequence();
  }

  @Operation
  public int readable() {
    return QueueFixture.readAll(queue).size();
  }

  @Validate
  public void close() {
    queue.close();
  }

  @Test
  void answers_concurrentCalls_linearizable() {
    new StressOptions()
        .iterations(15)
        .invocationsPerIteration(100)
        .threads(3)
        .actorsPerThread(3)
        .actorsBefore(1)
        .actorsAfter(1)
        .sequentialSpecification(Log.class)
        .check(LinearizabilityTest.class);
  }

  /** The same queue for one caller. */
  public static class Log {
    private long last;

    public long append() {
      return ++last;
    }

    public long appendIfLast(int expected) {
      return Math.abs(expected) == last ? ++last : 0;
    }

    public long lastSequence() {
      return last;
    }

    public int readable() {
      return (int) last;
    }
  }
}
