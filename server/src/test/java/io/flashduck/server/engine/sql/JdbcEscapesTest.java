package io.flashduck.server.engine.sql;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class JdbcEscapesTest {
  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '`',
      delimiter = '|',
      value = {
        "SELECT {d '2026-01-02'} | SELECT DATE '2026-01-02'",
        "SELECT {t '10:00:00'}, {ts '2026-01-02 10:00:00'} |"
            + " SELECT TIME '10:00:00', TIMESTAMP '2026-01-02 10:00:00'",
        "SELECT x LIKE 'a' {escape '!'} | SELECT x LIKE 'a' ESCAPE '!'",
        "SELECT * FROM {oj a LEFT JOIN b ON {d '2026-01-02'} = b.d} |"
            + " SELECT * FROM a LEFT JOIN b ON DATE '2026-01-02' = b.d",
        "SELECT {fn UCASE({fn CONCAT(a, 'x')})} | SELECT UCASE(CONCAT(a, 'x'))",
        "WHERE t >= {fn TIMESTAMPADD(SQL_TSI_DAY,-89,CURRENT_DATE)} AND 1=1 |"
            + " WHERE t >= (CURRENT_DATE + (-89) * INTERVAL 1 DAY) AND 1=1",
        "SELECT {fn timestampdiff(SQL_TSI_MONTH, f(a, b), {d '2026-01-02'})} |"
            + " SELECT date_diff('MONTH', f(a, b), DATE '2026-01-02')"
      })
  void escape_ofEachKind_isDuckDbsSql(String escaped, String plain) {
    assertThat(JdbcEscapes.plain(escaped)).isEqualTo(plain);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "SELECT 1",
        "SELECT {'d': 1}",
        "SELECT {d: 1, fn: {ts: 2}}",
        "SELECT MAP {'a': 1}",
        "SELECT '{d ''2026-01-02''}'",
        "SELECT {d '2026-01-02'",
        "SELECT {}",
        "SELECT {fn}",
        "SELECT \"{d '1'}\" -- {d '1'}"
      })
  void otherBraces_stayAsTheyAre(String sql) {
    assertThat(JdbcEscapes.plain(sql)).isEqualTo(sql);
  }

  @ParameterizedTest
  @ValueSource(strings = {"ABS(", "TIMESTAMPADD(", "TIMESTAMPADD(SQL_TSI_DAY,1,", "ABS(,,"})
  @Timeout(5)
  void escapes_nestedDeeply_takeTimeByTheirNumber(String call) {
    int depth = 200;
    String nested = ("{fn " + call).repeat(depth) + "x" + ")}".repeat(depth);
    assertThat(JdbcEscapes.plain("SELECT " + nested)).doesNotContain("{").contains("x");
  }

  @Test
  void script_withEscapes_isSplitAndPlain() {
    assertThat(SqlScript.split("SELECT {d '2026-01-02'}; SELECT 2"))
        .containsExactly("SELECT DATE '2026-01-02'", "SELECT 2");
  }
}
