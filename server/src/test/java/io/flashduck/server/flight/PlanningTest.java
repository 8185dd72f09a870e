package io.flashduck.server.flight;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flashduck.server.engine.ReadPool;
import io.flashduck.server.engine.SessionOptions;
import io.flashduck.server.error.FlashDuckException;
import io.grpc.Context;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Connections whose statements do not stop are not waited for. */
class PlanningTest {
  private static final long SECOND = Duration.ofSeconds(1).toNanos();

  @TempDir private Path folder;
  private FlightFixture flight;
  private Watchdog watchdog;
  private final List<ReadPool.Lease> lent = new ArrayList<>();

  @BeforeEach
  void open() {
    flight = new FlightFixture(folder, Map.of("queue.append-wait", "50ms"));
    watchdog = Watchdog.start();
  }

  @AfterEach
  void close() {
    lent.forEach(ReadPool.Lease::close);
    watchdog.close();
    flight.close();
  }

  private ReadPool.Lease borrow() {
    ReadPool.Lease lease = flight.database().engine().readPool().borrow(SessionOptions.DEFAULT);
    lent.add(lease);
    return lease;
  }

  private static SessionLease pooled(ReadPool.Lease lease) {
    return new SessionLease(lease.connection(), Optional::empty, new Sessions.PoolLender(lease));
  }

  /** How many connections the pool lends before it has none. */
  private int borrowAll() {
    for (int count = 0; ; count++) {
      try {
        borrow();
      } catch (FlashDuckException e) {
        return count;
      }
    }
  }

  @Test
  void aCallThatWasGivenUp_isNotWaitedFor() {
    int connections = borrowAll();
    Context.CancellableContext call = Context.current().withCancellation();
    Planning planning = new Planning(watchdog, Duration.ZERO);
    List<Planning.Watch> watches = new ArrayList<>();
    for (ReadPool.Lease lease : List.copyOf(lent)) {
      call.run(() -> watches.add(planning.watch(pooled(lease))));
    }
    long now = System.nanoTime();
    watches.forEach(watch -> watch.look(now + 100 * SECOND));
    assertThat(borrowAll()).isZero();
    call.cancel(null);
    watches.forEach(watch -> watch.look(now + 100 * SECOND));
    assertThat(borrowAll()).isZero();
    watches.forEach(watch -> watch.look(now + 102 * SECOND));
    assertThat(borrowAll()).isEqualTo(connections);
    watches.forEach(Planning.Watch::close);
    // As many again are not left alone.
    lent.forEach(ReadPool.Lease::abandon);
    assertThat(borrowAll()).isZero();
    lent.forEach(ReadPool.Lease::close);
    lent.clear();
    assertThat(borrowAll()).isEqualTo(connections);
  }

  @Test
  void planningBeyondTheLimit_isNotWaitedFor() {
    borrowAll();
    Planning planning = new Planning(watchdog, Duration.ofSeconds(5));
    Planning.Watch watch = planning.watch(pooled(lent.get(0)));
    long now = System.nanoTime();
    watch.look(now + 10 * SECOND);
    watch.look(now + 12 * SECOND);
    watch.close();
    assertThat(borrowAll()).isEqualTo(1);
    assertThatThrownBy(this::borrow).hasMessageContaining("read connections are busy");
  }
}
