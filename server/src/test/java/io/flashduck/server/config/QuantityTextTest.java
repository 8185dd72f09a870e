package io.flashduck.server.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Duration;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class QuantityTextTest {
  @ParameterizedTest
  @CsvSource({
    "0,0",
    "17,17",
    "17B,17",
    "64MB,64000000",
    "64 mib,67108864",
    "1.5KiB,1536",
    "2GB,2000000000",
    "1TiB,1099511627776"
  })
  void byteSizeParse_validText_givesBytes(String text, long bytes) {
    assertThat(ByteSize.parse(text)).isEqualTo(bytes);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "MB", "-1", "1XB", "1e3", "1 000", "64M", "999999999999999TiB"})
  void byteSizeParse_otherText_isRefused(String text) {
    assertThatIllegalArgumentException().isThrownBy(() -> ByteSize.parse(text));
  }

  @Property
  void byteSizeFormat_anySize_parsesBack(@ForAll @LongRange(min = 0, max = 1L << 49) long bytes) {
    assertThat(ByteSize.parse(ByteSize.format(bytes))).isEqualTo(bytes);
  }

  @ParameterizedTest
  @CsvSource({
    "0,0",
    "500ms,500",
    "2s,2000",
    "1h30m,5400000",
    "1H 30M,5400000",
    "7d,604800000",
    "PT2S,2000",
    "pt0.25s,250"
  })
  void durationParse_validText_givesDuration(String text, long millis) {
    assertThat(DurationText.parse(text)).isEqualTo(Duration.ofMillis(millis));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "5", "s", "-1s", "1.5s", "2sec", "1s x", "PT", "1w"})
  void durationParse_otherText_isRefused(String text) {
    assertThatIllegalArgumentException().isThrownBy(() -> DurationText.parse(text));
  }

  @Property
  void durationFormat_anyMillis_parsesBack(@ForAll @LongRange(min = 0, max = 1L << 40) long ms) {
    Duration duration = Duration.ofMillis(ms);
    assertThat(DurationText.parse(DurationText.format(duration))).isEqualTo(duration);
  }
}
