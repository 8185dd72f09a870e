package io.flashduck.server.flight;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class CookiesTest {
  @Test
  void values_severalInOneHeaderQuotedOrNot_areFound() {
    assertThat(Cookies.values(List.of("a=1; s=x-_9; b=2"), "s")).containsExactly("x-_9");
    assertThat(Cookies.values(List.of("a=\"1\"; S=\"x\""), "s")).containsExactly("x");
    assertThat(Cookies.values(List.of("a=1", "s=1", "s=2;s=3"), "s"))
        .containsExactly("1", "2", "3");
    assertThat(Cookies.values(List.of("s=a=b"), "s")).containsExactly("a=b");
  }

  @Test
  void values_malformed_areSkipped() {
    assertThat(Cookies.values(List.of("", ";;", "s", "=x", "xs=1"), "s")).isEmpty();
    assertThat(Cookies.values(List.of("s=\""), "s")).containsExactly("\"");
  }
}
