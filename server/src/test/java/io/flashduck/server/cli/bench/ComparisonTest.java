package io.flashduck.server.cli.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

final class ComparisonTest {
  @Test
  void ratio_oneSlowRound_isTheMedianOfTheRounds() {
    Comparison<Double> comparison =
        new Comparison<>(
            "SELECT 1",
            "statement",
            1,
            List.of("a", "b"),
            List.of(List.of(20.0, 2.0, 40.0), List.of(10.0, 1.0, 80.0)));

    assertThat(comparison.median(0, value -> value)).isEqualTo(20);
    assertThat(comparison.median(1, value -> value)).isEqualTo(10);
    assertThat(comparison.ratio(1, value -> value)).isEqualTo(2);
  }

  @Test
  void median_evenNumberOfRounds_isBetweenTheTwoInTheMiddle() {
    Comparison<Double> comparison =
        new Comparison<>(
            "SELECT 1", "statement", 1, List.of("a"), List.of(List.of(1.0, 9.0, 2.0, 4.0)));

    assertThat(comparison.median(0, value -> value)).isEqualTo(3);
  }

  @Test
  void percentile_smallAndLargeSamples_isTheSmallestValueThatCoversThem() {
    assertThat(ServerBenchmark.percentile(new long[] {7}, 99)).isEqualTo(7);
    assertThat(ServerBenchmark.percentile(new long[] {1, 2}, 50)).isEqualTo(1);
    long[] hundred = LongStream.rangeClosed(1, 100).toArray();
    assertThat(ServerBenchmark.percentile(hundred, 99)).isEqualTo(99);
  }
}
