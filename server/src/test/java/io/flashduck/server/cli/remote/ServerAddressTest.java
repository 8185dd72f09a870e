package io.flashduck.server.cli.remote;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flashduck.server.error.FlashDuckException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class ServerAddressTest {
  @ParameterizedTest
  @CsvSource({
    "localhost, localhost, 31337, false",
    "db:1234, db, 1234, false",
    "grpc://db, db, 31337, false",
    "grpc+tcp://10.0.0.1:7, 10.0.0.1, 7, false",
    "grpc+tls://db:443, db, 443, true",
    "jdbc:arrow-flight-sql://db:443, db, 443, true",
    "jdbc:arrow-flight-sql://db:443?useEncryption=false&user=x, db, 443, false",
    "grpc://[::1]:9, ::1, 9, false"
  })
  void parse_everyForm(String text, String host, int port, boolean tls) {
    assertThat(ServerAddress.parse(text)).isEqualTo(new ServerAddress(host, port, tls));
  }

  @ParameterizedTest
  @ValueSource(strings = {"ftp://db", "grpc://", "db:99999", "a b", ""})
  void parse_wrong_saysWhatIsExpected(String text) {
    assertThatThrownBy(() -> ServerAddress.parse(text))
        .isInstanceOf(FlashDuckException.class)
        .hasMessageContaining("grpc://127.0.0.1:31337");
  }

  @Test
  void toString_ipv6_hasBrackets() {
    assertThat(new ServerAddress("::1", 9, false)).hasToString("[::1]:9");
  }
}
