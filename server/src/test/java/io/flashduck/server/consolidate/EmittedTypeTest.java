package io.flashduck.server.consolidate;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class EmittedTypeTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "HUGEINT | DECIMAL(38,0)",
        "UHUGEINT[] | VARCHAR[]",
        "INTERVAL | VARCHAR",
        "TIME WITH TIME ZONE | VARCHAR",
        "ENUM('it''s, (odd)', 'b') | VARCHAR",
        "ENUM('a')[3] | VARCHAR[]",
        "INTEGER[2][3] | INTEGER[][]",
        "TIMESTAMP_MS | TIMESTAMP",
        "VARIANT | JSON",
        "STRUCT(a HUGEINT, \"b, (c\" INTERVAL[]) | STRUCT(a VARCHAR, \"b, (c\" VARCHAR[])",
        "MAP(VARCHAR, TIMESTAMP_S) | MAP(VARCHAR, TIMESTAMP)",
        "STRUCT(m MAP(ENUM('x', 'y'), DECIMAL(10,2)))[] | STRUCT(m MAP(VARCHAR, DECIMAL(10,2)))[]",
        "UNION(num INTEGER, s BIT) | UNION(num INTEGER, s VARCHAR)"
      })
  void of_typeThatParquetLoses_isReplaced(String type, String emitted) {
    assertThat(EmittedType.of(type, false)).isEqualTo(emitted);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "BIGINT",
        "DECIMAL(18,3)",
        "TIMESTAMP WITH TIME ZONE",
        "STRUCT(\"a\"\"b\" INTEGER, c VARCHAR)[]",
        "MAP(INTEGER, STRUCT(x DOUBLE))",
        "\"NULL\"",
        "JSON",
        "GEOMETRY('OGC:CRS84')"
      })
  void of_typeThatRoundTrips_isKept(String type) {
    assertThat(EmittedType.of(type, true)).isEqualTo(type);
  }

  @Test
  void of_wideHugeInteger_isText() {
    assertThat(EmittedType.of("HUGEINT", true)).isEqualTo("VARCHAR");
  }
}
