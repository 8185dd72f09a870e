package io.flashduck.server.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.types.pojo.Schema;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The schema that is announced equals the schema that is streamed, for every type. */
final class WireTypesTest {
  @TempDir static Path folder;
  private static EngineFixture fixture;
  private static ClientConnection client;

  @BeforeAll
  static void open() {
    fixture = new EngineFixture(folder);
    client = fixture.engine.openClient();
  }

  @AfterAll
  static void close() {
    client.close();
    fixture.close();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "BOOLEAN",
        "TINYINT",
        "SMALLINT",
        "INTEGER",
        "BIGINT",
        "HUGEINT",
        "UTINYINT",
        "USMALLINT",
        "UINTEGER",
        "UBIGINT",
        "UHUGEINT",
        "FLOAT",
        "DOUBLE",
        "DECIMAL(4,1)",
        "DECIMAL(38,10)",
        "VARCHAR",
        "BLOB",
        "BIT",
        "BIGNUM",
        "VARIANT",
        "UUID",
        "JSON",
        "DATE",
        "TIME",
        "TIME_NS",
        "TIMETZ",
        "TIMESTAMP",
        "TIMESTAMP_S",
        "TIMESTAMP_MS",
        "TIMESTAMP_NS",
        "TIMESTAMPTZ",
        "TIMESTAMPTZ_NS",
        "INTERVAL",
        "GEOMETRY",
        "\"NULL\"",
        "ENUM('a','b,)(c')",
        "INTEGER[]",
        "INTEGER[3]",
        "VARCHAR[][2][]",
        "STRUCT(a INTEGER, \"b c\"\"d\" VARCHAR)",
        "STRUCT(\"select\" ENUM('x'), h STRUCT(t TIMETZ))",
        "MAP(VARCHAR, INTEGER)",
        "MAP(ENUM('a'), BIT[])",
        "UNION(i INTEGER, s VARCHAR)",
        "UNION(e ENUM('a'), d DECIMAL(3,1))",
        "ENUM('a')[]",
        "DECIMAL(5,2)[]",
        "JSON[]",
        "UUID[]",
        "VARIANT[]"
      })
  void describe_ofAType_announcesWhatIsStreamed(String type) {
    assertAnnounced(fixture, client, "SELECT NULL::" + type + " AS c");
  }

  @Test
  void describe_ofAnUnnamedStruct_announcesWhatIsStreamed() {
    assertAnnounced(fixture, client, "SELECT row(1, 'a') AS c");
    assertAnnounced(fixture, client, "SELECT [row('a'::ENUM('a'), (1, 2::BIT))] AS c");
    assertAnnounced(
        fixture, client, "SELECT {'a': 1, 'B': [true]} AS c, [] AS d, map {} AS m, NULL AS n");
    assertAnnounced(fixture, client, "SELECT 1 AS a, 2 AS a, 3 AS \"A\"");
    assertAnnounced(fixture, client, "FROM test_all_types()");
  }

  static void assertAnnounced(EngineFixture fixture, ClientConnection client, String sql) {
    StatementDescription description = client.describe(sql, 1);
    try (ArrowResult result = client.query(description, Parameters.NONE, fixture.allocator)) {
      assertThat(result.schema()).as(sql).isEqualTo(description.resultSchema());
      assertThat(result.loadNext()).isTrue();
      Set<String> kinds = new TreeSet<>();
      collect(result.schema(), kinds);
      assertThat(kinds).doesNotContain("utf8view", "dictionary");
    }
    assertThat(fixture.allocator.getAllocatedMemory()).isZero();
  }

  private static void collect(Schema schema, Set<String> kinds) {
    schema
        .getFields()
        .forEach(
            f -> {
              kinds.add(f.getType().getTypeID().toString().toLowerCase(Locale.ROOT));
              if (f.getDictionary() != null) {
                kinds.add("dictionary");
              }
              collect(new Schema(f.getChildren()), kinds);
            });
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "'01011'::BIT | 01011",
        "12345678901234567890123456789012345678901234567890::BIGNUM |"
            + " 12345678901234567890123456789012345678901234567890",
        "340282366920938463463374607431768211455::UHUGEINT | 340282366920938463463374607431768211455",
        "'12:34:56+02'::TIMETZ | 12:34:56+02",
        "'b'::ENUM('a','b') | b"
      })
  void query_ofATypeWithoutArrowForm_givesItsText(String expression, String text) {
    try (ArrowResult result =
        client.query(
            client.describe("SELECT " + expression + " AS c -- comment", 1),
            Parameters.NONE,
            fixture.allocator)) {
      assertThat(result.loadNext()).isTrue();
      assertThat(((VarCharVector) result.root().getVector("c")).getObject(0)).hasToString(text);
    }
  }

  @Test
  void query_ofTheLargestHugeInt_isExact() {
    try (ArrowResult result =
        client.query(
            client.describe("SELECT 170141183460469231731687303715884105727::HUGEINT AS c", 1),
            Parameters.NONE,
            fixture.allocator)) {
      assertThat(result.loadNext()).isTrue();
      assertThat(result.root().getVector("c").getObject(0))
          .hasToString("170141183460469231731687303715884105727");
    }
  }

  @Test
  void query_withACastColumn_keepsTheOrder() {
    try (ArrowResult result =
        client.query(
            client.describe(
                "SELECT (i % 10)::BIT AS b, i FROM range(100000) t(i) ORDER BY i DESC LIMIT 5", 1),
            Parameters.NONE,
            fixture.allocator)) {
      assertThat(result.loadNext()).isTrue();
      List<Object> seen = new ArrayList<>();
      for (int i = 0; i < result.root().getRowCount(); i++) {
        seen.add(result.root().getVector("i").getObject(i));
      }
      assertThat(seen).containsExactly(99999L, 99998L, 99997L, 99996L, 99995L);
    }
  }
}
