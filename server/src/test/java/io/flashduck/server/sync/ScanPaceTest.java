package io.flashduck.server.sync;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

final class ScanPaceTest {
  private static final Duration INTERVAL = Duration.ofSeconds(1);
  private static final long MILLI = 1_000_000;

  @Test
  void restNanos_cheapScans_isTheInterval() {
    ScanPace pace = pace(true, 3, 4);
    assertThat(pace.restNanos(0)).isEqualTo(1000 * MILLI);
  }

  @Test
  void restNanos_costlyScansWithNotices_isAHundredTimesTheCheapest() {
    assertThat(pace(true, 3000, 400, 300, 500).restNanos(0)).isEqualTo(30_000 * MILLI);
  }

  @Test
  void restNanos_onlyTheFirstScan_saysLittle() {
    assertThat(pace(true, 3000).restNanos(0)).isEqualTo(30_000 * MILLI);
  }

  @Test
  void restNanos_scansOnly_isTenTimesTheCheapest() {
    assertThat(pace(false, 300, 400).restNanos(0)).isEqualTo(3000 * MILLI);
  }

  @Test
  void restNanos_oldCosts_areForgotten() {
    assertThat(pace(false, 1, 300, 300, 300, 300, 300).restNanos(0)).isEqualTo(3000 * MILLI);
  }

  @Test
  void missedNotice_noticesAreDistrusted_forAWhile() {
    ScanPace pace = pace(true, 300, 300);
    assertThat(pace.missedNotice(0)).isTrue();
    assertThat(pace.missedNotice(1)).isFalse();
    assertThat(pace.restNanos(Duration.ofMinutes(9).toNanos())).isEqualTo(3000 * MILLI);
    assertThat(pace.restNanos(Duration.ofMinutes(11).toNanos())).isEqualTo(30_000 * MILLI);
  }

  private static ScanPace pace(boolean notices, long... costMillis) {
    ScanPace pace = new ScanPace(INTERVAL, notices);
    for (long cost : costMillis) {
      pace.scanned(cost * MILLI);
    }
    return pace;
  }
}
