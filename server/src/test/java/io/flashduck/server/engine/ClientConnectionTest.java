package io.flashduck.server.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flashduck.server.engine.sql.QualifiedName;
import io.flashduck.server.engine.sql.StatementKind;
import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import org.apache.arrow.vector.types.FloatingPointPrecision;
import org.apache.arrow.vector.types.TimeUnit;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
final class ClientConnectionTest {
  @TempDir Path folder;
  private EngineFixture fixture;
  private EngineConnection internal;
  private ClientConnection client;

  @BeforeEach
  void open() {
    fixture = new EngineFixture(folder);
    internal = fixture.engine.openInternal();
    internal.execute("CREATE SCHEMA _flashduck");
    internal.execute(
        "CREATE TABLE _flashduck.\"main.orders\" AS SELECT i::INTEGER AS id, 'n' || i AS name,"
            + " (i / 4)::DECIMAL(10,2) AS price, DATE '2026-01-01' + i::INTEGER AS day,"
            + " (CASE WHEN i % 2 = 0 THEN 'even' ELSE 'odd' END)::ENUM('even', 'odd') AS kind,"
            + " 0 AS _fd_version FROM range(100) t(i)");
    internal.execute(
        "CREATE VIEW orders AS SELECT id, name, price, day, kind FROM _flashduck.\"main.orders\"");
    client = fixture.engine.openClient();
  }

  @AfterEach
  void close() {
    client.close();
    internal.close();
    fixture.close();
  }

  private List<List<@Nullable Object>> rows(String sql, @Nullable Object... parameters) {
    return rows(client, sql, Parameters.of(parameters));
  }

  private List<List<@Nullable Object>> rows(
      ClientConnection connection, String sql, Parameters parameters) {
    List<List<@Nullable Object>> rows = new ArrayList<>();
    StatementDescription description = connection.describe(sql, 1);
    try (ArrowResult result = connection.query(description, parameters, fixture.allocator)) {
      while (result.loadNext()) {
        for (int i = 0; i < result.root().getRowCount(); i++) {
          List<@Nullable Object> row = new ArrayList<>();
          for (var vector : result.root().getFieldVectors()) {
            row.add(ArrowParameters.value(vector, i));
          }
          rows.add(row);
        }
      }
    }
    return rows;
  }

  @Test
  void describe_ofAQuery_namesColumnsParametersAndTables() {
    StatementDescription description =
        client.describe(
            "WITH big AS (FROM orders WHERE price > ?) SELECT id, big.kind, upper(big.name) AS n FROM big"
                + " JOIN flashduck_db.main.orders o USING (id) WHERE big.day = ? AND o.kind = ? AND id ="
                + " ANY(?::INTEGER[])",
            1);
    assertThat(description.kind()).isEqualTo(StatementKind.QUERY);
    assertThat(description.resultSchema().getFields())
        .extracting(Field::getName)
        .containsExactly("id", "kind", "n");
    assertThat(description.parameterSchema().getFields())
        .extracting(Field::getType)
        .containsExactly(
            new ArrowType.FloatingPoint(FloatingPointPrecision.DOUBLE),
            new ArrowType.Date(org.apache.arrow.vector.types.DateUnit.DAY),
            ArrowType.Utf8.INSTANCE,
            ArrowType.List.INSTANCE);
    assertThat(client.references(description).tables())
        .containsExactlyInAnyOrder(
            new QualifiedName(List.of("orders")),
            new QualifiedName(List.of("flashduck_db", "main", "orders")));
    assertThat(client.references(description).functions()).contains("upper");
  }

  @Test
  void references_ofAPlainQuery_areFoundOnDemand() {
    StatementDescription description = client.describe("SELECT max(id) FROM orders o", 1);
    assertThat(description.references().complete()).isFalse();
    assertThat(client.references(description).complete()).isTrue();
    assertThat(client.references(description).tables())
        .containsExactly(new QualifiedName(List.of("orders")));
  }

  @Test
  void describe_parameterTypes_areThoseThatJdbcCanBind() {
    String sql =
        "SELECT ?::TIMESTAMP, ?::TIMESTAMP_NS, ?::TIMESTAMPTZ, ?::TIME, ?::DATE, ?::DECIMAL(15,2),"
            + " ?::DECIMAL(16,2), ?::HUGEINT, ?::UBIGINT, ?::UINTEGER, ?::USMALLINT, ?::UTINYINT,"
            + " ?::UUID, ?::JSON, ?::INTERVAL, ?::BIT, ?::STRUCT(a INTEGER), ?::DOUBLE[], ?::BLOB,"
            + " ?::BOOLEAN";
    assertThat(client.describe(sql, 1).parameterSchema().getFields())
        .allMatch(Field::isNullable)
        .extracting(f -> f.getType().toString())
        .containsExactly(
            new ArrowType.Timestamp(TimeUnit.MILLISECOND, null).toString(),
            new ArrowType.Timestamp(TimeUnit.MILLISECOND, null).toString(),
            new ArrowType.Timestamp(TimeUnit.MILLISECOND, "UTC").toString(),
            "Time(MILLISECOND, 32)",
            "Date(DAY)",
            "FloatingPoint(DOUBLE)",
            "Decimal(16, 2, 128)",
            "Int(64, true)",
            "Int(64, true)",
            "Int(64, true)",
            "Int(32, true)",
            "Int(16, true)",
            "Utf8",
            "Utf8",
            "Utf8",
            "Utf8",
            "Utf8",
            "List",
            "Binary",
            "Bool");
  }

  @Test
  void describe_withoutKnownTypes_isAGuessUntilBound() {
    StatementDescription description = client.describe("SELECT ? AS x, id FROM orders", 1);
    assertThat(description.resultKnown()).isFalse();
    assertThat(description.resultSchema().getFields())
        .extracting(Field::getName)
        .containsExactly("x", "id");
    assertThat(client.describeBound(description, Parameters.of("text")).findField("x").getType())
        .isEqualTo(ArrowType.Utf8.INSTANCE);
    assertThat(rows("SELECT ? AS x, id FROM orders WHERE id < 2", 2.5))
        .containsExactly(List.of(2.5, 0), List.of(2.5, 1));
  }

  @Test
  void query_withNamedParameters_bindsThemInOrderOfFirstUse() {
    StatementDescription description =
        client.describe("SELECT $b::VARCHAR || $a::VARCHAR || $B::VARCHAR AS x", 1);
    assertThat(description.parameterSchema().getFields())
        .extracting(Field::getName)
        .containsExactly("b", "a");
    assertThat(rows("SELECT $b::VARCHAR || $a::VARCHAR || $B::VARCHAR AS x", "1", "2"))
        .containsExactly(List.of("121"));
  }

  @Test
  void query_withEveryKindOfValue_bindsIt() {
    UUID uuid = UUID.randomUUID();
    assertThat(
            rows(
                "SELECT ?::VARCHAR, ?::VARCHAR, ?::VARCHAR, ?::VARCHAR, ?::VARCHAR, ?::VARCHAR,"
                    + " ?::VARCHAR, ?::VARCHAR, ?::VARCHAR, ?::VARCHAR",
                new BigDecimal("1E+3"),
                new BigDecimal("0.000000000000000000000000000000000000000001"),
                BigInteger.TWO.pow(200),
                BigInteger.TWO.pow(100),
                uuid,
                LocalDate.of(1500, 1, 1),
                LocalDateTime.of(1960, 1, 1, 0, 0, 0, 1_000),
                null,
                new Parameters.ListValue(Arrays.asList(1L, null, 3L)),
                "é😀"))
        .containsExactly(
            Arrays.asList(
                "1000",
                "1E-42",
                BigInteger.TWO.pow(200).toString(),
                BigInteger.TWO.pow(100).toString(),
                uuid.toString(),
                "1500-01-01",
                "1960-01-01 00:00:00.000001",
                null,
                "[1, NULL, 3]",
                "é😀"));
  }

  @Test
  void errors_haveTheCodeAndThePosition() {
    assertCode("SELEC 1", ErrorCode.INVALID_REQUEST, "LINE 1: SELEC 1\n        ^");
    assertCode("SELECT 1 +", ErrorCode.INVALID_REQUEST, "LINE 1: SELECT 1 +");
    assertCode("SELECT nope FROM orders", ErrorCode.INVALID_REQUEST, "LINE 1: SELECT nope");
    assertCode("SELECT * FROM missing", ErrorCode.NOT_FOUND, "missing does not exist");
    assertCode("SELECT nofunction(1)", ErrorCode.INVALID_REQUEST, "nofunction");
    assertCode("SELECT * FROM nowhere.missing", ErrorCode.NOT_FOUND, "missing");
    assertCode("SELECT ('a' || id)::INTEGER FROM orders", ErrorCode.TYPE_MISMATCH, "'a0'");
    assertCode("SELECT * FROM _flashdack.orders", ErrorCode.NOT_FOUND, "orders");
  }

  private void assertCode(String sql, ErrorCode code, String part) {
    assertThatThrownBy(() -> rows(sql))
        .as(sql)
        .isInstanceOfSatisfying(
            FlashDuckException.class,
            e -> {
              assertThat(e.code()).as(e.getMessage()).isEqualTo(code);
              assertThat(e).hasMessageContaining(part);
              assertThat(e.getMessage()).doesNotContain("_flashduck");
            });
    assertThat(rows("SELECT 1")).hasSize(1);
  }

  @Test
  void query_afterTheTableChanged_isPlannedAgain() {
    assertThat(rows("SELECT * FROM orders WHERE id = ?", 5L)).hasSize(1);
    internal.inTransaction(
        () -> {
          internal.execute("DROP VIEW orders");
          return internal.update("CREATE VIEW orders AS SELECT 5 AS id, 'new' AS other");
        });
    StatementDescription described = client.describe("SELECT * FROM orders WHERE id = ?", 2);
    assertThat(described.resultSchema().getFields())
        .extracting(Field::getName)
        .containsExactly("id", "other");
    try (ArrowResult result = client.query(described, Parameters.of(5L), fixture.allocator)) {
      assertThat(result.schema()).isEqualTo(described.resultSchema());
    }
  }

  @Test
  void descriptions_ofOneSession_areNotThoseOfAnother() {
    assertThat(client.describe("SELECT * FROM orders", 1).resultSchema().getFields()).hasSize(5);
    try (ClientConnection other = fixture.engine.openClient()) {
      other.execute("CREATE TEMP TABLE orders AS SELECT 1 AS mine", Parameters.NONE);
      assertThat(other.isTemporary(new QualifiedName(List.of("orders")))).isTrue();
      assertThat(other.isTemporary(new QualifiedName(List.of("main", "orders")))).isFalse();
      assertThat(other.describe("SELECT * FROM orders", 1).resultSchema().getFields()).hasSize(1);
      assertThat(client.describe("SELECT * FROM orders", 1).resultSchema().getFields()).hasSize(5);
    }
  }

  @Test
  void describe_ofATimestampWithZone_followsTheSession() {
    client.execute("SET TimeZone = 'Europe/Paris'", Parameters.NONE);
    String sql = "SELECT TIMESTAMPTZ '2026-01-01 00:00:00+00' AS t";
    StatementDescription description = client.describe(sql, 1);
    try (ArrowResult result = client.query(description, Parameters.NONE, fixture.allocator)) {
      assertThat(result.schema()).isEqualTo(description.resultSchema());
      assertThat(result.schema().findField("t").getType())
          .isEqualTo(new ArrowType.Timestamp(TimeUnit.MICROSECOND, "Europe/Paris"));
    }
  }

  @Test
  void query_inAnotherTimeZoneThanBefore_isPlannedForIt() {
    String sql = "SELECT hour(TIMESTAMPTZ '2026-01-01 02:00:00+00') AS hour";
    for (int round = 0; round < 3; round++) {
      client.apply(SessionOptions.DEFAULT);
      assertThat(rows(sql)).as("UTC, round " + round).containsExactly(List.of(2L));
      client.apply(new SessionOptions("", "Asia/Tokyo"));
      assertThat(rows(sql)).as("Tokyo, round " + round).containsExactly(List.of(11L));
    }
  }

  @Test
  void pool_lendsTheConnectionThatKnowsTheStatement() {
    ReadPool pool = fixture.engine.readPool();
    SessionOptions tokyo = new SessionOptions("", "Asia/Tokyo");
    ClientConnection inTokyo;
    ClientConnection inUtc;
    try (ReadPool.Lease first = pool.borrow(tokyo);
        ReadPool.Lease second = pool.borrow(SessionOptions.DEFAULT)) {
      inTokyo = first.connection();
      inUtc = second.connection();
    }
    lends(pool, tokyo, "SELECT 1", inTokyo);
    lends(pool, SessionOptions.DEFAULT, "SELECT 1", inUtc);
    inTokyo.apply(SessionOptions.DEFAULT);
    inTokyo.describe("SELECT 2", 1);
    inUtc.describe("SELECT 3", 1);
    for (int round = 0; round < 2; round++) {
      lends(pool, SessionOptions.DEFAULT, "SELECT 2", inTokyo);
      lends(pool, SessionOptions.DEFAULT, "SELECT 3", inUtc);
    }
  }

  private static void lends(
      ReadPool pool, SessionOptions options, String sql, ClientConnection expected) {
    try (ReadPool.Lease lease = pool.borrow(options, sql)) {
      assertThat(lease.connection()).isSameAs(expected);
    }
  }

  @Test
  void pool_lendsWithOptionsAndWaitsOnlySoLong() {
    ReadPool pool = fixture.engine.readPool();
    internal.execute("CREATE SCHEMA sales");
    internal.execute("CREATE VIEW sales.v AS SELECT 1 AS x");
    try (ReadPool.Lease first = pool.borrow(new SessionOptions("sales", "Asia/Tokyo"));
        ReadPool.Lease second = pool.borrow(SessionOptions.DEFAULT)) {
      assertThat(rows(first.connection(), "FROM v", Parameters.NONE)).hasSize(1);
      assertThat(second.connection().currentSchema()).isEqualTo("main");
      assertThat(pool.active()).isEqualTo(2);
      assertThatThrownBy(() -> pool.borrow(SessionOptions.DEFAULT))
          .isInstanceOfSatisfying(
              FlashDuckException.class,
              e -> assertThat(e.code()).isEqualTo(ErrorCode.RESOURCE_EXHAUSTED));
    }
    try (ReadPool.Lease again = pool.borrow(SessionOptions.DEFAULT)) {
      assertThat(again.connection().currentSchema()).isEqualTo("main");
    }
    assertThat(pool.active()).isZero();
  }

  @Test
  void pool_connectionReturnedWithAnOpenResult_isNotLentAgain() {
    ArrowResult open;
    try (ReadPool.Lease lease = fixture.engine.readPool().borrow(SessionOptions.DEFAULT)) {
      ClientConnection connection = lease.connection();
      open =
          connection.query(
              connection.describe("SELECT range FROM range(1000000)", 1),
              Parameters.NONE,
              fixture.allocator);
      assertThat(open.loadNext()).isTrue();
    }
    assertThatThrownBy(open::loadNext).isInstanceOf(RuntimeException.class);
    open.close();
    assertThat(fixture.allocator.getAllocatedMemory()).isZero();
  }
}
