package io.flashduck.server.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.dictionary.Dictionary;
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
        "GEOMETRY('OGC:CRS84')",
        "GEOMETRY('OGC:CRS84')[]",
        "\"NULL\"",
        "ENUM('a','b,)(c')",
        "ENUM('', '''', 'it''s', '%s')",
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
        "STRUCT(u UUID, t TIMETZ[], e ENUM('a', 'b'))[]",
        "STRUCT(u UUID[2], t MAP(TIMETZ, UUID), h UHUGEINT)[3]",
        "UNION(a INTEGER, b INTEGER, u UUID)",
        "UNION(a INTEGER, b INTEGER)[2]",
        "UNION(a INTEGER, b UNION(c INTEGER, d INTEGER)[])[2][3]",
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
    for (TypeMode types : TypeMode.values()) {
      StatementDescription description = client.describe(sql, 1, types);
      try (ArrowResult result = client.query(description, Parameters.NONE, fixture.allocator)) {
        assertThat(result.schema()).as(sql).isEqualTo(description.resultSchema());
        assertThat(result.loadNext()).isTrue();
        assertThat(result.root().getSchema())
            .isEqualTo(WireDictionaries.inMemory(description.resultSchema()));
        Set<String> kinds = new TreeSet<>();
        collect(result.schema(), kinds);
        assertThat(kinds).doesNotContain("utf8view");
        if (types != TypeMode.STRICT) {
          assertThat(kinds).doesNotContain("dictionary");
        }
      }
      assertThat(fixture.allocator.getAllocatedMemory()).isZero();
    }
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

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "340282366920938463463374607431768211455::UHUGEINT | ffffffffffffffffffffffffffffffff",
        "(-2)::HUGEINT | feffffffffffffffffffffffffffffff",
        "'00112233-4455-6677-8899-aabbccddeeff'::UUID | 00112233445566778899aabbccddeeff",
        "'01011'::BIT | 03eb",
        "'12:34:56+02'::TIMETZ | dfc400001cda8b0a",
        "'24:00:00-15:59:59'::TIMETZ | fec1010060d71d14",
        "'00:00:00.000001+15:59:59'::TIMETZ | 0000000100000000",
      })
  void query_strict_givesTheBytesOfTheExtensionType(String expression, String hex) {
    String sql = "SELECT c FROM (VALUES (NULL), (" + expression + "), (NULL)) t(c)";
    try (ArrowResult result =
        client.query(
            client.describe(sql, 1, TypeMode.STRICT), Parameters.NONE, fixture.allocator)) {
      assertThat(result.loadNext()).isTrue();
      FieldVector column = result.root().getVector("c");
      assertThat(column.getObject(0)).isNull();
      assertThat(column.getObject(2)).isNull();
      assertThat(HexFormat.of().formatHex((byte[]) column.getObject(1))).isEqualTo(hex);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 255, 256, 257, 65_535, 65_536})
  void query_strictOfAnEnum_isADictionaryOfItsValues(int count) {
    String values =
        IntStream.range(0, count).mapToObj(i -> "'v''" + i + "'").collect(Collectors.joining(","));
    String sql = "SELECT 'v''" + (count - 1) + "'::ENUM(" + values + ") AS e";
    StatementDescription description = client.describe(sql, 1, TypeMode.STRICT);
    try (ArrowResult result = client.query(description, Parameters.NONE, fixture.allocator)) {
      assertThat(result.loadNext()).isTrue();
      FieldVector index = result.root().getVector("e");
      assertThat(index.getField().getType())
          .isEqualTo(description.resultSchema().getFields().get(0).getDictionary().getIndexType());
      Dictionary dictionary = result.dictionaries().lookup(0);
      assertThat(dictionary.getVector().getValueCount()).isEqualTo(count);
      assertThat(dictionary.getVector().getObject(count - 1)).hasToString("v'" + (count - 1));
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
