package io.flashduck.server.consolidate;

import static io.flashduck.server.consolidate.ExportFixture.ORDERS;
import static io.flashduck.server.engine.sql.SqlIdentifiers.literal;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Every type comes back with the value that the table has. */
final class EmittedContentTest {
  @TempDir Path dir;
  private ExportFixture tables;

  @BeforeEach
  void open() throws Exception {
    tables = new ExportFixture(dir);
  }

  @AfterEach
  void close() {
    tables.close();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "true",
        "(-1)::TINYINT",
        "1::SMALLINT",
        "1::INTEGER",
        "255::UTINYINT",
        "1::USMALLINT",
        "1::UINTEGER",
        "18446744073709551615::UBIGINT",
        "99999999999999999999999999999999999999::HUGEINT",
        "170141183460469231731687303715884105727::HUGEINT",
        "340282366920938463463374607431768211455::UHUGEINT",
        "[170141183460469231731687303715884105727::HUGEINT]",
        "123456789012345678901234567890123456789012345::BIGNUM",
        "1.5::FLOAT",
        "'-0.0'::DOUBLE",
        "'nan'::DOUBLE",
        "1.25::DECIMAL(4,2)",
        "1.25::DECIMAL(38,2)",
        "'grüße'",
        "'\\x00\\xFF'::BLOB",
        "DATE '2020-02-29'",
        "'infinity'::DATE",
        "TIME '12:34:56.789012'",
        "TIMETZ '12:34:56+02:30'",
        "TIME_NS '12:34:56.123456789'",
        "TIMESTAMP '2020-01-01 01:02:03.456789'",
        "TIMESTAMP_S '2020-01-01 01:02:03'",
        "TIMESTAMP_MS '2020-01-01 01:02:03.456'",
        "TIMESTAMP_NS '2020-01-01 01:02:03.456789123'",
        "TIMESTAMPTZ '2020-01-01 01:02:03.456789+00'",
        "INTERVAL '-1 month'",
        "INTERVAL '1 microsecond'",
        "uuid()",
        "'10101'::BIT",
        "'b'::ENUM('a', 'b')",
        "[1, NULL, 2]",
        "[1, 2]::INTEGER[2]",
        "[['b'::ENUM('a', 'b')]]",
        "{'a': 1, 'b': INTERVAL '1 day', 'c d': NULL::VARCHAR}",
        "MAP {'k': 1, 'l': NULL}",
        "MAP {'k': TIMETZ '12:34:56+02:30'}",
        "union_value(num := 2)",
        "'{\"a\": 1}'::JSON",
        "{'a': [1, 2]}::VARIANT",
        "NULL",
        "NULL::STRUCT(a INTEGER[])"
      })
  void export_anyType_fileEqualsTable(String value) throws Exception {
    tables.create(ORDERS, "SELECT 0 AS id, " + value + " AS x", "id");
    tables.insert(ORDERS, "SELECT i, if(i % 7 = 0, NULL, " + value + ") FROM range(100) t(i)");
    Consolidator consolidator = tables.start();
    tables.exported(ORDERS);

    VerifyReport report = consolidator.verify(ORDERS);

    assertThat(report.problems()).isEmpty();
    String file = "read_parquet(" + literal(tables.file(ORDERS).toString()) + ")";
    assertThat(tables.value("SELECT x::VARCHAR FROM " + file + " WHERE id = 1"))
        .isEqualTo(expected());
  }

  private String expected() {
    String stored = ExportFixture.stored(ORDERS);
    String type = tables.value("SELECT typeof(x) FROM " + stored + " LIMIT 1");
    String shown = type.equals("VARIANT") ? "x::JSON" : "x";
    if (type.startsWith("UNION")) {
      return "{'element1': 0, 'num': 2}";
    }
    return tables.value("SELECT " + shown + "::VARCHAR FROM " + stored + " WHERE id = 1");
  }

  @Test
  void export_oddNames_areKept() throws Exception {
    tables.create(ORDERS, "SELECT 0 AS \"a \"\"b\", 1 AS \"select\", 2 AS \"Ünï,'(\"", "a \"b");
    tables.insert(ORDERS, "SELECT 1, 2, 3");
    Consolidator consolidator = tables.start();
    tables.exported(ORDERS);

    assertThat(consolidator.verify(ORDERS).problems()).isEmpty();
    assertThat(
            tables.query(
                "DESCRIBE FROM read_parquet(" + literal(tables.file(ORDERS).toString()) + ")",
                row -> row.getString(1)))
        .containsExactly("a \"b", "select", "Ünï,'(");
  }

  @Test
  void export_compositeKeyOfAnyTypes_inKeyOrder() throws Exception {
    tables.create(ORDERS, "SELECT '' AS b, 0.5::DECIMAL(9,2) AS a, 0 AS x", "a", "b");
    tables.insert(ORDERS, "SELECT 'k' || (i * 7919 % 5000), (i % 50) / 2, i FROM range(5000) t(i)");
    tables.start();
    tables.exported(ORDERS);

    assertThat(
            tables.value(
                "SELECT bool_and(ordered) FROM (SELECT row(a, b) > lag(row(a, b)) OVER () AS"
                    + " ordered FROM read_parquet("
                    + literal(tables.file(ORDERS).toString())
                    + "))"))
        .isEqualTo("true");
  }
}
