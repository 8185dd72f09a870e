package io.flashduck.server.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flashduck.server.error.FlashDuckException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AccessSettingsTest {
  @TempDir private Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"127.0.0.1", "::1", "localhost", "127.1.2.3"})
  void new_loopbackWithoutCredentials_isAllowed(String host) {
    assertThatCode(() -> settings(host, false, false)).doesNotThrowAnyException();
  }

  @ParameterizedTest
  @ValueSource(strings = {"0.0.0.0", "::", "192.0.2.7"})
  void new_networkWithoutTlsOrPassword_isRefusedWithWhatToDo(String host) {
    assertThatThrownBy(() -> settings(host, false, false))
        .isInstanceOf(FlashDuckException.class)
        .hasMessageContaining(host)
        .hasMessageContaining("TLS certificate")
        .hasMessageContaining("127.0.0.1");
    assertThatThrownBy(() -> settings(host, true, false)).hasMessageContaining("password file");
    assertThatThrownBy(() -> settings(host, false, true)).hasMessageContaining("TLS certificate");
    assertThatCode(() -> settings(host, true, true)).doesNotThrowAnyException();
  }

  @Test
  void new_userWithoutPasswordFile_isRefused() {
    assertThatThrownBy(
            () ->
                new AccessSettings(
                    "127.0.0.1",
                    Optional.of("ada"),
                    Optional.empty(),
                    Optional.empty(),
                    Duration.ofHours(1)))
        .hasMessage("User 'ada' needs a password file");
  }

  @Test
  void tlsSettings_missingFile_isRefusedByName() {
    assertThatThrownBy(() -> new TlsSettings(folder.resolve("cert.pem"), folder.resolve("k.pem")))
        .hasMessageContaining("cert.pem");
  }

  @Test
  void defaults_tokenLifetime_isAMonth() {
    assertThat(AccessSettings.loopback().tokenLifetime()).isEqualTo(Duration.ofDays(30));
  }

  private AccessSettings settings(String host, boolean tls, boolean password) {
    return new AccessSettings(
        host,
        Optional.empty(),
        password ? Optional.of(file("users")) : Optional.empty(),
        tls ? Optional.of(new TlsSettings(file("cert.pem"), file("key.pem"))) : Optional.empty(),
        AccessSettings.DEFAULT_TOKEN_LIFETIME);
  }

  private Path file(String name) {
    try {
      return Files.writeString(folder.resolve(name), "x");
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }
}
