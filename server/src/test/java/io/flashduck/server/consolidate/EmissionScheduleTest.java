package io.flashduck.server.consolidate;

import static org.assertj.core.api.Assertions.assertThat;

import io.flashduck.server.catalog.TableName;
import io.flashduck.server.config.ExportPolicy;
import io.flashduck.server.config.ExportSchedule;
import java.time.Duration;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

final class EmissionScheduleTest {
  private static final TableName A = TableName.ofMain("a");
  private static final TableName B = TableName.ofMain("b");

  private static EmissionSchedule schedule(ExportPolicy policy) {
    return new EmissionSchedule(
        table -> new ExportSchedule(policy, Duration.ofNanos(100), 3),
        Duration.ofNanos(10),
        Duration.ofNanos(50));
  }

  @Test
  void always_changed_dueAtOnceLongestWaitingFirst() {
    EmissionSchedule schedule = schedule(ExportPolicy.ALWAYS);
    schedule.changed(B, 1, -50);
    schedule.changed(A, 2, -40);

    assertThat(schedule.takeDue(-40)).contains(B);
    assertThat(schedule.takeDue(-40)).contains(A);
    assertThat(schedule.takeDue(-40)).isEmpty();
  }

  @Test
  void always_changesWhileRunning_oneMoreEmissionForThemAll() {
    EmissionSchedule schedule = schedule(ExportPolicy.ALWAYS);
    schedule.changed(A, 1, 0);
    assertThat(schedule.takeDue(0)).contains(A);
    schedule.changed(A, 2, 1);
    schedule.changed(A, 3, 2);
    assertThat(schedule.takeDue(3)).isEmpty();
    schedule.done(A, 1);

    assertThat(schedule.progress(A).orElseThrow().firstChange()).isEqualTo(OptionalLong.of(1));
    assertThat(schedule.takeDue(3)).contains(A);
    schedule.done(A, 3);
    assertThat(schedule.takeDue(4)).isEmpty();
    assertThat(schedule.nextDue()).isEmpty();
  }

  @Test
  void always_snapshotSawMoreThanWasPublished_notEmittedAgain() {
    EmissionSchedule schedule = schedule(ExportPolicy.ALWAYS);
    schedule.changed(A, 1, 0);
    schedule.takeDue(0);
    schedule.done(A, 2);
    schedule.changed(A, 2, 1);

    assertThat(schedule.takeDue(2)).isEmpty();
  }

  @Test
  void debounce_changes_dueAfterARestOrAfterTen() {
    EmissionSchedule schedule = schedule(ExportPolicy.DEBOUNCE);
    schedule.changed(A, 1, 0);
    schedule.changed(A, 2, 90);
    assertThat(schedule.nextDue()).isEqualTo(OptionalLong.of(190));
    assertThat(schedule.takeDue(189)).isEmpty();
    for (int i = 0; i < 12; i++) {
      schedule.changed(A, 3 + i, 170 + 90 * i);
    }

    assertThat(schedule.nextDue()).isEqualTo(OptionalLong.of(1000));
    assertThat(schedule.takeDue(1000)).contains(A);
  }

  @Test
  void every_changes_dueAfterThatMany() {
    EmissionSchedule schedule = schedule(ExportPolicy.EVERY);
    schedule.changed(A, 1, 0);
    schedule.changed(A, 2, 0);
    assertThat(schedule.takeDue(1000)).isEmpty();
    schedule.changed(A, 3, 1);
    assertThat(schedule.takeDue(1000)).contains(A);
    schedule.changed(A, 4, 2);
    schedule.done(A, 3);
    assertThat(schedule.takeDue(1000)).isEmpty();
  }

  @Test
  void off_changed_onlyOnDemand() {
    EmissionSchedule schedule = schedule(ExportPolicy.OFF);
    schedule.changed(A, 1, 0);
    assertThat(schedule.takeDue(1000)).isEmpty();
    schedule.demand(A);
    assertThat(schedule.takeDue(1000)).contains(A);
  }

  @Test
  void failed_again_pausesGrowUpToTheMost() {
    EmissionSchedule schedule = schedule(ExportPolicy.ALWAYS);
    schedule.changed(A, 1, 0);
    long now = 0;
    for (long pause : new long[] {10, 20, 40, 50, 50}) {
      assertThat(schedule.takeDue(now)).contains(A);
      schedule.failed(A, "full", now);
      assertThat(schedule.nextDue()).isEqualTo(OptionalLong.of(now + pause));
      now += pause;
    }
    assertThat(schedule.progress(A).orElseThrow().error()).contains("full");
    assertThat(schedule.takeDue(now)).contains(A);
    schedule.done(A, 1);
    assertThat(schedule.progress(A).orElseThrow().error()).isEmpty();
    assertThat(schedule.nextDue()).isEmpty();
  }

  @Test
  void forget_droppedTable_onlyIfNothingIsToCome() {
    EmissionSchedule schedule = schedule(ExportPolicy.ALWAYS);
    schedule.changed(A, 1, 0);
    schedule.takeDue(0);
    schedule.changed(A, 2, 0);
    schedule.done(A, 1);
    schedule.forget(A);
    assertThat(schedule.takeDue(0)).contains(A);
    schedule.done(A, 2);
    schedule.forget(A);
    assertThat(schedule.progress()).isEmpty();
  }
}
