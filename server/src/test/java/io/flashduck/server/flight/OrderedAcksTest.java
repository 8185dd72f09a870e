package io.flashduck.server.flight;

import static org.assertj.core.api.Assertions.assertThat;

import io.flashduck.server.table.AckLevel;
import io.flashduck.server.table.WriteAck;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class OrderedAcksTest {
  private final List<Long> sent = new ArrayList<>();
  private final List<Throwable> failures = new ArrayList<>();
  private final OrderedAcks acks =
      new OrderedAcks(ack -> sent.add(ack.sequence()), failures::add, 4);

  @Test
  void add_finishedOutOfOrder_sendsInOrder() {
    List<CompletableFuture<WriteAck>> changes = futures(3);
    changes.forEach(acks::add);
    changes.get(1).complete(ack(2));
    assertThat(sent).isEmpty();
    changes.get(0).complete(ack(1));
    assertThat(sent).containsExactly(1L, 2L);
    changes.get(2).complete(ack(3));
    assertThat(sent).containsExactly(1L, 2L, 3L);
    acks.awaitAll();
    assertThat(failures).isEmpty();
  }

  @Test
  void add_afterAFailure_sendsWhatWasBeforeAndNothingAfter() {
    List<CompletableFuture<WriteAck>> changes = futures(3);
    changes.forEach(acks::add);
    changes.get(2).complete(ack(3));
    changes.get(1).completeExceptionally(new IllegalStateException("broken"));
    assertThat(failures).isEmpty();
    changes.get(0).complete(ack(1));
    acks.awaitAll();
    assertThat(sent).containsExactly(1L);
    assertThat(failures).hasSize(1);
    assertThat(FlightErrors.unwrap(failures.get(0))).hasMessage("broken");
    assertThat(acks.failure()).isPresent();
  }

  @Test
  void add_tooManyUnderWay_waitsForTheOldest() throws Exception {
    List<CompletableFuture<WriteAck>> changes = futures(4);
    Thread adder = new Thread(() -> changes.forEach(acks::add), "adder");
    adder.start();
    while (adder.getState() != Thread.State.WAITING) {
      Thread.onSpinWait();
    }
    changes.get(0).complete(ack(1));
    adder.join();
    assertThat(sent).containsExactly(1L);
  }

  private static List<CompletableFuture<WriteAck>> futures(int count) {
    List<CompletableFuture<WriteAck>> futures = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      futures.add(new CompletableFuture<>());
    }
    return futures;
  }

  private static WriteAck ack(long sequence) {
    return new WriteAck(sequence, 1, AckLevel.DURABLE, false);
  }
}
