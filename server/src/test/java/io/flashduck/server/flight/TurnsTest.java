package io.flashduck.server.flight;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import io.grpc.Context;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Whose turn it is on a connection. */
class TurnsTest {
  private final Turns turns = new Turns(Duration.ofMinutes(1));

  private static void assertCode(Runnable call, ErrorCode code) {
    assertThatThrownBy(call::run)
        .isInstanceOfSatisfying(
            FlashDuckException.class, e -> assertThat(e.code()).isEqualTo(code));
  }

  @Test
  void take_whileAResultIsOpen_asksItToGiveTheTurnBack() {
    turns.take(false);
    turns.takenBy(must -> turns.release());
    turns.take(false);
    assertThat(turns.taken()).isTrue();
  }

  @Test
  void take_whileAStatementRuns_waitsForItsEndOrForTheResultThatItOpens() {
    turns.take(false);
    CompletableFuture<Void> second = CompletableFuture.runAsync(() -> turns.take(false));
    turns.takenBy(must -> turns.release());
    second.orTimeout(60, TimeUnit.SECONDS).join();
    CompletableFuture<Void> third = CompletableFuture.runAsync(() -> turns.take(false));
    assertThat(third).isNotDone();
    turns.release();
    third.orTimeout(60, TimeUnit.SECONDS).join();
  }

  @Test
  void take_refused_failsAndAsksAgainTheNextTime() {
    AtomicInteger asked = new AtomicInteger();
    turns.take(false);
    turns.takenBy(
        must -> {
          asked.incrementAndGet();
          turns.refuse(new FlashDuckException(ErrorCode.RESOURCE_EXHAUSTED, "too large"));
        });
    assertCode(() -> turns.take(false), ErrorCode.RESOURCE_EXHAUSTED);
    assertCode(() -> turns.take(false), ErrorCode.RESOURCE_EXHAUSTED);
    assertThat(asked).hasValue(2);
    turns.release();
    turns.take(false);
  }

  @Test
  void take_thatMustHaveTheTurn_isNotRefused() {
    turns.take(false);
    AtomicInteger asked = new AtomicInteger();
    turns.takenBy(
        must -> {
          assertThat(must).isTrue();
          if (asked.incrementAndGet() == 1) {
            turns.refuse(new FlashDuckException(ErrorCode.RESOURCE_EXHAUSTED, "for another"));
          } else {
            turns.release();
          }
        });
    turns.take(true);
    assertThat(asked).hasValue(2);
  }

  @Test
  void take_afterClose_isRefused() {
    turns.take(false);
    CompletableFuture<Void> waiting =
        CompletableFuture.runAsync(() -> assertCode(() -> turns.take(false), ErrorCode.NOT_FOUND));
    turns.close();
    waiting.orTimeout(60, TimeUnit.SECONDS).join();
  }

  @Test
  void take_longerThanTheLimit_endsWithTimeout() {
    Turns impatient = new Turns(Duration.ofNanos(1));
    impatient.take(false);
    assertCode(() -> impatient.take(false), ErrorCode.TIMEOUT);
  }

  @Test
  void take_ofACancelledCall_ends() {
    turns.take(false);
    try (Context.CancellableContext call = Context.current().withCancellation()) {
      call.cancel(null);
      call.run(() -> assertCode(() -> turns.take(false), ErrorCode.CANCELLED));
    }
  }
}
