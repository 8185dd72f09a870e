package io.flashduck.server.table;

import static org.assertj.core.api.Assertions.assertThat;

import io.flashduck.server.table.ApplyLane.Applied;
import org.junit.jupiter.api.Test;

class LanePaceTest {
  private static final long WORKED = 3_000_000;

  @Test
  void restNanos_oneChange_goesOnAtOnce() {
    assertThat(LanePace.restNanos(new Applied(1, 700, WORKED))).isZero();
  }

  @Test
  void restNanos_fewChanges_growsWithThem() {
    assertThat(LanePace.restNanos(new Applied(2, 1_400, WORKED))).isEqualTo(WORKED);
    assertThat(LanePace.restNanos(new Applied(3, 2_100, WORKED))).isEqualTo(2 * WORKED);
  }

  @Test
  void restNanos_manyChanges_isABoundedShare() {
    assertThat(LanePace.restNanos(new Applied(900, 630_000, WORKED)))
        .isEqualTo(LanePace.MOST_SHARE * WORKED);
  }

  @Test
  void restNanos_slowTransaction_isBounded() {
    assertThat(LanePace.restNanos(new Applied(900, 630_000, 1_000 * WORKED)))
        .isEqualTo(LanePace.MOST_NANOS);
  }

  @Test
  void restNanos_largeChanges_goesOnAtOnce() {
    assertThat(LanePace.restNanos(new Applied(9, 70 << 20, WORKED))).isZero();
  }

  @Test
  void restNanos_fullTransaction_goesOnAtOnce() {
    assertThat(LanePace.restNanos(new Applied(4_096, 700, WORKED))).isZero();
  }
}
