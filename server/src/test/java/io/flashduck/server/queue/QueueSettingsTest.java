package io.flashduck.server.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;

final class QueueSettingsTest {
  @Test
  void defaults_pinned() {
    assertThat(QueueSettings.defaults())
        .isEqualTo(
            new QueueSettings(
                64L << 20, 1 << 30, 2L << 30, Duration.ofSeconds(10), 8 << 20, 4096, 1 << 20));
  }

  @Test
  void new_outOfRange_namesKeyValueAndRange() {
    assertThatThrownBy(() -> new QueueSettings(100, 10, 1000, Duration.ZERO, 2000, 1, 0))
        .hasMessage("segmentBytes is 100, but must be from 4096 to 1073741824");
    assertThatThrownBy(() -> new QueueSettings(4096, 1000, 1000, Duration.ZERO, 2000, 1, 0))
        .hasMessageStartingWith("maxPendingBytes is 1000, but must be from 1040 to");
    assertThatThrownBy(() -> new QueueSettings(4096, 10, 1000, Duration.ofSeconds(-1), 2000, 1, 0))
        .hasMessageContaining("maxWait");
  }
}
