package io.flashduck.server.queue;

import io.flashduck.server.queue.MemoryDisk.Fault;
import io.flashduck.server.queue.QueueModel.Ending;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;

/** Any sequence of writes, faults and deaths leaves exactly what the senders were told. */
final class CrashPropertyTest {
  /** One thing that happens to a queue. */
  sealed interface Step {
    record Send(int changes, int padding) implements Step {}

    record SendIfLast(boolean rightly) implements Step {}

    record Settle() implements Step {}

    record Release(int through) implements Step {}

    record Restart(Ending ending) implements Step {}

    record Fail(int operation, Fault fault) implements Step {}
  }

  @Property(tries = 600)
  void restarts_anySteps_storedIsWhatWasTold(
      @ForAll("steps") List<Step> steps, @ForAll long seed, @ForAll boolean preallocate) {
    QueueSettings settings =
        QueueFixture.withPreallocation(QueueFixture.small(), preallocate ? 1000 : 0);
    MemoryDisk disk = new MemoryDisk(seed);
    try (QueueModel model = new QueueModel(disk, settings)) {
      for (Step step : steps) {
        run(step, model, disk);
      }
      for (Ending ending : Ending.values()) {
        model.restart(ending);
        model.send(3);
      }
      model.restart(Ending.CRASH);
      model.restart(Ending.CRASH);
    }
  }

  private static void run(Step step, QueueModel model, MemoryDisk disk) {
    if (step instanceof Step.Send send) {
      for (int i = 0; i < send.changes(); i++) {
        model.send(send.padding());
      }
    } else if (step instanceof Step.SendIfLast conditional) {
      model.sendIfLast(conditional.rightly());
    } else if (step instanceof Step.Settle) {
      model.settle();
    } else if (step instanceof Step.Release release) {
      model.settle();
      model.applyAndRelease(release.through());
    } else if (step instanceof Step.Restart restart) {
      model.restart(restart.ending());
    } else if (step instanceof Step.Fail fail) {
      disk.failNth(fail.operation(), fail.fault());
    }
  }

  @Provide
  Arbitrary<List<Step>> steps() {
    Arbitrary<Step> send =
        Arbitraries.integers()
            .between(1, 40)
            .flatMap(n -> Arbitraries.integers().between(0, 700).map(p -> new Step.Send(n, p)));
    Arbitrary<Step> conditional =
        Arbitraries.of(true, false).map(rightly -> new Step.SendIfLast(rightly));
    Arbitrary<Step> release =
        Arbitraries.integers().between(1, 200).map(through -> new Step.Release(through));
    Arbitrary<Step> restart = Arbitraries.of(Ending.class).map(Step.Restart::new);
    Arbitrary<Step> fail =
        Arbitraries.integers()
            .between(1, 25)
            .flatMap(n -> Arbitraries.of(Fault.class).map(fault -> new Step.Fail(n, fault)));
    return Arbitraries.frequencyOf(
            Tuple.of(5, send),
            Tuple.of(1, conditional),
            Tuple.of(2, Arbitraries.just(new Step.Settle())),
            Tuple.of(1, release),
            Tuple.of(3, restart),
            Tuple.of(2, fail))
        .list()
        .ofMinSize(1)
        .ofMaxSize(25);
  }
}
