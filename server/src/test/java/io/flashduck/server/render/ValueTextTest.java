package io.flashduck.server.render;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Duration;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.Period;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.arrow.vector.PeriodDuration;
import org.junit.jupiter.api.Test;

final class ValueTextTest {
  @Test
  void text_number_readsAsDuckDbWritesIt() {
    assertThat(ValueText.text(1L)).isEqualTo("1");
    assertThat(ValueText.text(new BigInteger("18446744073709551615")))
        .isEqualTo("18446744073709551615");
    assertThat(ValueText.text(new BigDecimal("1E+3"))).isEqualTo("1000");
    assertThat(ValueText.text(1.0)).isEqualTo("1.0");
    assertThat(ValueText.text(-0.25)).isEqualTo("-0.25");
    assertThat(ValueText.text(1e20)).isEqualTo("1e+20");
    assertThat(ValueText.text(1.5e-7)).isEqualTo("1.5e-07");
    assertThat(ValueText.text(0.0005)).isEqualTo("0.0005");
    assertThat(ValueText.text(12345678.5)).isEqualTo("12345678.5");
    assertThat(ValueText.text(0.1f)).isEqualTo("0.1");
    assertThat(ValueText.text(Double.NaN)).isEqualTo("nan");
    assertThat(ValueText.text(Double.NEGATIVE_INFINITY)).isEqualTo("-inf");
  }

  @Test
  void text_moment_hasNoMoreDigitsThanNeeded() {
    LocalDateTime noon = LocalDateTime.of(2026, 3, 1, 12, 0);
    assertThat(ValueText.text(noon)).isEqualTo("2026-03-01 12:00:00");
    assertThat(ValueText.text(noon.plusNanos(120_000_000))).isEqualTo("2026-03-01 12:00:00.12");
    assertThat(ValueText.text(noon.atZone(ZoneOffset.UTC))).isEqualTo("2026-03-01 12:00:00+00");
    assertThat(ValueText.text(noon.atZone(ZoneId.of("Asia/Kolkata"))))
        .isEqualTo("2026-03-01 12:00:00+05:30");
    assertThat(ValueText.text(LocalDate.of(12026, 1, 2))).isEqualTo("12026-01-02");
    assertThat(ValueText.text(LocalDate.of(-43, 3, 15))).isEqualTo("0044-03-15 (BC)");
    assertThat(ValueText.text(LocalTime.of(1, 2, 3))).isEqualTo("01:02:03");
  }

  @Test
  void text_interval_namesItsUnits() {
    assertThat(
            ValueText.text(
                new PeriodDuration(Period.of(0, 14, 3), Duration.ofSeconds(3661, 500_000_000))))
        .isEqualTo("1 year 2 months 3 days 01:01:01.5");
    assertThat(ValueText.text(new PeriodDuration(Period.ZERO, Duration.ofSeconds(-5))))
        .isEqualTo("-00:00:05");
    assertThat(ValueText.text(Period.ofMonths(1))).isEqualTo("1 month");
    assertThat(ValueText.text(Duration.ZERO)).isEqualTo("00:00:00");
  }

  @Test
  void text_nested_quotesOnlyWhatNeedsIt() {
    List<Object> list = new ArrayList<>(List.of("a", "b c", "d,e", "it's"));
    list.add(null);
    assertThat(ValueText.text(list)).isEqualTo("[a, b c, 'd,e', 'it\\'s', NULL]");
    Map<String, Object> struct = new LinkedHashMap<>();
    struct.put("x", 1L);
    struct.put("y", List.of());
    assertThat(ValueText.text(struct)).isEqualTo("{'x': 1, 'y': []}");
    assertThat(ValueText.text(new MapValue(List.of(new MapValue.Entry("k", null)))))
        .isEqualTo("{k=NULL}");
  }

  @Test
  void text_blob_escapesWhatIsNotPrintable() {
    assertThat(ValueText.text(new byte[] {'a', 0, (byte) 0xff, '\\'}))
        .isEqualTo("a\\x00\\xFF\\x5C");
  }
}
