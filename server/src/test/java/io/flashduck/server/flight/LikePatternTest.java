package io.flashduck.server.flight;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LikePatternTest {
  @ParameterizedTest
  @CsvSource({
    "%, anything, true",
    "ord%, ORDERS, true",
    "ORD_RS, orders, true",
    "ord_rs, ordrs, false",
    "a\\_b, a_b, true",
    "a\\_b, axb, false",
    "a\\%, a%, true",
    "a\\%, ab, false",
    "a\\\\b, a\\b, true",
    "a\\, a\\, true",
    "a.b, axb, false",
    "ä%, ÄPFEL, true",
    "'', '', true",
    "'', a, false"
  })
  void test_pattern_matchesLikeDuckDb(String pattern, String text, boolean expected) {
    assertThat(LikePattern.of(pattern).test(text)).isEqualTo(expected);
  }
}
