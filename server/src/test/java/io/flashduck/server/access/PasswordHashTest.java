package io.flashduck.server.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PasswordHashTest {
  @Test
  void matches_plainPassword_onlyTheSame() {
    PasswordHash hash = PasswordHash.parse("pass:wörd $");
    assertThat(hash.matches("pass:wörd $")).isTrue();
    assertThat(hash.matches("pass:wörd ")).isFalse();
    assertThat(hash.matches("")).isFalse();
  }

  @Test
  void matches_pbkdf2_alsoAfterWritingAndReading() {
    PasswordHash hash = PasswordHash.parse(PasswordHash.pbkdf2("secret").text());
    assertThat(hash.matches("secret")).isTrue();
    assertThat(hash.matches("Secret")).isFalse();
  }

  @Test
  void matches_bcryptOfCryptLibrary_onlyTheSame() {
    PasswordHash hash =
        PasswordHash.parse("$2y$05$bvIG6Nmid91Mu9RcmmWZfO5HJIMCT8riNW0hEp8f6/FuA2/mHZFpe");
    assertThat(hash.matches("password")).isTrue();
    assertThat(hash.matches("passwords")).isFalse();
    assertThat(hash.matches("x".repeat(100))).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "$2y$05$short",
        "$pbkdf2-sha256$",
        "$pbkdf2-sha256$x$YQ$YQ",
        "$pbkdf2-sha256$1000$!!$YQ",
        "$pbkdf2-sha256$0$YWFh$YQ",
        "$pbkdf2-sha256$1000$YWFh$YQ"
      })
  void parse_damagedHash_isRefused(String text) {
    assertThatThrownBy(() -> PasswordHash.parse(text))
        .isInstanceOfSatisfying(
            FlashDuckException.class,
            e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_REQUEST));
  }
}
