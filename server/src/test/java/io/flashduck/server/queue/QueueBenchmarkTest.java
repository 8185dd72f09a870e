package io.flashduck.server.queue;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** That the measurement runs; its numbers are for people. */
final class QueueBenchmarkTest {
  @TempDir Path directory;

  @Test
  void runs_short_countSomething() throws IOException {
    QueueBenchmark benchmark = new QueueBenchmark(directory, Duration.ofMillis(50));
    assertThat(benchmark.syncs(240, true).perSecond()).isPositive();
    assertThat(benchmark.syncs(240, false).perSecond()).isPositive();
    QueueBenchmark.Result two = benchmark.appends(2, 200);
    assertThat(two.perSecond()).isGreaterThanOrEqualTo(two.syncsPerSecond());
    assertThat(two.toString()).contains("2 senders x 200 bytes");
  }
}
