package io.flashduck.server.flight;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.Any;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.arrow.flight.CancelFlightInfoRequest;
import org.apache.arrow.flight.CancelStatus;
import org.apache.arrow.flight.FlightClient;
import org.apache.arrow.flight.FlightDescriptor;
import org.apache.arrow.flight.FlightInfo;
import org.apache.arrow.flight.FlightRuntimeException;
import org.apache.arrow.flight.FlightStatusCode;
import org.apache.arrow.flight.FlightStream;
import org.apache.arrow.flight.GetSessionOptionsRequest;
import org.apache.arrow.flight.Location;
import org.apache.arrow.flight.PollInfo;
import org.apache.arrow.flight.SessionOptionValueFactory;
import org.apache.arrow.flight.SetSessionOptionsRequest;
import org.apache.arrow.flight.SetSessionOptionsResult;
import org.apache.arrow.flight.client.ClientCookieMiddleware;
import org.apache.arrow.flight.sql.FlightSqlClient;
import org.apache.arrow.flight.sql.FlightSqlClient.PreparedStatement;
import org.apache.arrow.flight.sql.FlightSqlProducer.Schemas;
import org.apache.arrow.flight.sql.impl.FlightSql.CommandStatementQuery;
import org.apache.arrow.flight.sql.impl.FlightSql.SqlInfo;
import org.apache.arrow.flight.sql.util.TableRef;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.IntVector;
import org.apache.arrow.vector.VarBinaryVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.ipc.ReadChannel;
import org.apache.arrow.vector.ipc.message.MessageSerializer;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.Schema;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Arrow's own Flight SQL client: what the protocol says, seen by its reference. */
@Timeout(60)
@SuppressWarnings("try") // Arrow's clients say that closing them can be interrupted
class FlightSqlClientTest {
  private static final String LONG =
      "SELECT count(*) FROM range(2000000) a(i), range(2000000) b(j) WHERE (i * j) % 7 = 3";

  @TempDir private static Path folder;
  private static FlightFixture flight;

  @BeforeAll
  static void serve() {
    FlightFixture.parquet(
        folder,
        "orders.parquet",
        "SELECT i::INTEGER AS id, 'name ' || i AS name, (i * 1.5)::DECIMAL(12,2) AS price"
            + " FROM range(10) t(i)");
    FlightFixture.parquet(folder, "sales/customers.parquet", "SELECT 1 AS id, 'a' AS email");
    flight = new FlightFixture(folder, Map.of());
  }

  @AfterAll
  static void stop() {
    flight.close();
  }

  @Test
  void execute_schemaOfThePlan_equalsTheSchemaOfTheStream() throws Exception {
    try (FlightSqlClient client = client()) {
      for (String sql :
          List.of(
              "SELECT * FROM orders",
              "SELECT 1::UTINYINT AS a, 2::HUGEINT AS b, uuid() AS c, '1'::BIT AS d,"
                  + " INTERVAL 1 DAY AS e, 'x'::ENUM('x', 'y') AS f, [1, 2] AS g, {'a': 1} AS h,"
                  + " MAP {'k': 1} AS i, NULL AS j, '10:00'::TIMETZ AS k, now() AS l",
              "SHOW TABLES",
              "DESCRIBE orders",
              "EXPLAIN SELECT 1",
              "FROM orders WHERE false")) {
        FlightInfo info = client.execute(sql);
        assertThat(info.getEndpoints()).hasSize(1);
        assertThat(info.getEndpoints().get(0).getLocations()).isEmpty();
        try (FlightStream stream = client.getStream(info.getEndpoints().get(0).getTicket())) {
          assertThat(info.getSchemaOptional()).contains(stream.getSchema());
          assertThat(stream.getSchema().getFields())
              .noneMatch(field -> field.getDictionary() != null)
              .noneMatch(field -> field.getType() instanceof ArrowType.Utf8View);
          while (stream.next()) {
            assertThat(stream.getRoot().getRowCount()).isPositive();
          }
        }
      }
      Field price =
          client
              .execute("SELECT price FROM orders")
              .getSchemaOptional()
              .orElseThrow()
              .findField("price");
      assertThat(price.getMetadata())
          .containsEntry("ARROW:FLIGHT:SQL:PRECISION", "12")
          .containsEntry("ARROW:FLIGHT:SQL:SCALE", "2");
    }
  }

  @Test
  void executeUpdate_severalStatements_runInOrder() throws Exception {
    try (FlightSqlClient client = client()) {
      client.executeUpdate(
          "CREATE TABLE several (id INTEGER PRIMARY KEY); INSERT INTO several VALUES (1), (2);"
              + " DELETE FROM several WHERE id = 1");
      assertThat(flight.rows("FROM several")).containsExactly(List.of("2"));
      assertThat(client.executeUpdate("INSERT INTO several VALUES (3), (4)")).isEqualTo(2);
    }
  }

  @Test
  void execute_changeAsQuery_isDoneWithoutAFetch() throws Exception {
    try (FlightSqlClient client = client()) {
      client.executeUpdate("CREATE TABLE unfetched (id INTEGER)");
      FlightInfo info = client.execute("INSERT INTO unfetched VALUES (1)");
      assertThat(flight.rows("FROM unfetched")).containsExactly(List.of("1"));
      FlightFixture.rows(client, info);
      assertThat(flight.rows("FROM unfetched")).containsExactly(List.of("1"));
    }
  }

  @Test
  void prepare_datasetSchema_isEmptyForWhatChangesOnly() throws Exception {
    try (FlightSqlClient client = client()) {
      for (String update :
          List.of(
              "INSERT INTO orders VALUES (1, 'a', 2)",
              "UPDATE orders SET name = 'x'",
              "DELETE FROM orders",
              "CREATE TABLE prepared_only (x INTEGER)",
              "SET TimeZone = 'UTC'")) {
        try (PreparedStatement prepared = client.prepare(update)) {
          assertThat(prepared.getResultSetSchema().getFields()).as(update).isEmpty();
        }
      }
      for (String query :
          List.of(
              "SELECT 1",
              "SHOW TABLES",
              "DESCRIBE orders",
              "EXPLAIN SELECT 1",
              "FROM orders",
              "INSERT INTO orders VALUES (1, 'a', 2) RETURNING id")) {
        try (PreparedStatement prepared = client.prepare(query)) {
          assertThat(prepared.getResultSetSchema().getFields()).as(query).isNotEmpty();
        }
      }
    }
    assertThat(flight.rows("SELECT count(*) FROM orders")).containsExactly(List.of("10"));
  }

  @Test
  void prepare_unknownParameterType_isKnownAfterTheBind() throws Exception {
    try (FlightSqlClient client = client();
        PreparedStatement prepared = client.prepare("SELECT ? AS x");
        BigIntVector value = new BigIntVector("0", flight.allocator())) {
      value.setSafe(0, 42);
      value.setValueCount(1);
      prepared.setParameters(new VectorSchemaRoot(List.of((FieldVector) value)));
      FlightInfo info = prepared.execute();
      try (FlightStream stream = client.getStream(info.getEndpoints().get(0).getTicket())) {
        assertThat(stream.next()).isTrue();
        assertThat(String.valueOf(stream.getRoot().getVector("x").getObject(0))).isEqualTo("42");
        info.getSchemaOptional()
            .ifPresent(schema -> assertThat(schema).isEqualTo(stream.getSchema()));
      }
    }
  }

  @Test
  void prepared_multiRowBind_isOneExecutionPerRow() throws Exception {
    try (FlightSqlClient client = client()) {
      try (PreparedStatement select = client.prepare("SELECT name FROM orders WHERE id = ?");
          IntVector id = ints("id", 3, 5, 7)) {
        select.setParameters(new VectorSchemaRoot(List.of((FieldVector) id)));
        assertThat(FlightFixture.rows(client, select.execute()))
            .containsExactly(List.of("name 3"), List.of("name 5"), List.of("name 7"));
      }
      client.executeUpdate("CREATE TABLE bound (id INTEGER PRIMARY KEY, name VARCHAR)");
      try (PreparedStatement insert = client.prepare("INSERT INTO bound VALUES (?, ?)");
          IntVector id = ints("id", 1, 2, 3);
          VarCharVector name = texts("name", "a", "b", "c")) {
        insert.setParameters(new VectorSchemaRoot(List.of((FieldVector) id, name)));
        assertThat(insert.executeUpdate()).isEqualTo(3);
      }
      try (PreparedStatement insert = client.prepare("INSERT INTO bound VALUES (?, ?)");
          IntVector id = ints("id");
          VarCharVector name = texts("name")) {
        insert.setParameters(new VectorSchemaRoot(List.of((FieldVector) id, name)));
        assertThat(insert.executeUpdate()).isZero();
      }
      assertThat(flight.rows("SELECT count(*) FROM bound")).containsExactly(List.of("3"));
    }
  }

  @Test
  void prepared_wrongNumberOfParameters_saysHowMany() throws Exception {
    try (FlightSqlClient client = client();
        PreparedStatement insert =
            client.prepare("SELECT * FROM orders WHERE id = ? AND name = ?");
        IntVector id = ints("id", 1)) {
      insert.setParameters(new VectorSchemaRoot(List.of((FieldVector) id)));
      assertStatus(insert::execute, FlightStatusCode.INVALID_ARGUMENT, "2");
    }
  }

  @Test
  void prepared_closedHandle_isNotFoundAgain() throws Exception {
    try (FlightSqlClient client = client()) {
      PreparedStatement prepared = client.prepare("SELECT 1");
      prepared.close();
      assertThatThrownBy(prepared::execute).isInstanceOf(IllegalStateException.class);
    }
  }

  @Test
  void metadata_schemas_areThoseOfTheProtocol() throws Exception {
    try (FlightSqlClient client = client()) {
      assertSchema(client, client.getCatalogs(), Schemas.GET_CATALOGS_SCHEMA);
      assertSchema(client, client.getSchemas(null, null), Schemas.GET_SCHEMAS_SCHEMA);
      assertSchema(client, client.getTableTypes(), Schemas.GET_TABLE_TYPES_SCHEMA);
      assertSchema(
          client,
          client.getTables(null, null, null, null, false),
          Schemas.GET_TABLES_SCHEMA_NO_SCHEMA);
      assertSchema(
          client, client.getTables(null, null, null, null, true), Schemas.GET_TABLES_SCHEMA);
      TableRef orders = TableRef.of(null, null, "orders");
      assertSchema(client, client.getPrimaryKeys(orders), Schemas.GET_PRIMARY_KEYS_SCHEMA);
      assertSchema(client, client.getImportedKeys(orders), Schemas.GET_IMPORTED_KEYS_SCHEMA);
      assertSchema(client, client.getExportedKeys(orders), Schemas.GET_EXPORTED_KEYS_SCHEMA);
      assertSchema(
          client, client.getCrossReference(orders, orders), Schemas.GET_CROSS_REFERENCE_SCHEMA);
      assertSchema(client, client.getXdbcTypeInfo(), Schemas.GET_TYPE_INFO_SCHEMA);
      assertSchema(client, client.getSqlInfo(), Schemas.GET_SQL_INFO_SCHEMA);
    }
  }

  @Test
  void sqlInfo_every_idOfTheProtocol_isFilled() throws Exception {
    Set<String> known =
        Stream.of(SqlInfo.values())
            .filter(info -> info != SqlInfo.UNRECOGNIZED)
            .map(info -> Integer.toUnsignedString(info.getNumber()))
            .collect(Collectors.toSet());
    try (FlightSqlClient client = client()) {
      List<List<String>> all = FlightFixture.rows(client, client.getSqlInfo());
      Set<String> filled = all.stream().map(row -> row.get(0)).collect(Collectors.toSet());
      assertThat(filled).containsAll(known);
      assertThat(all).allSatisfy(row -> assertThat(row.get(1)).isNotEqualTo("null"));
      List<List<String>> some =
          FlightFixture.rows(
              client, client.getSqlInfo(new int[] {0, 99_999, SqlInfo.SQL_DDL_SCHEMA_VALUE}));
      assertThat(some).hasSize(2);
    }
  }

  @Test
  void xdbcTypeInfo_ofOneType_isFiltered() throws Exception {
    try (FlightSqlClient client = client()) {
      List<List<String>> all = FlightFixture.rows(client, client.getXdbcTypeInfo());
      assertThat(all).extracting(row -> row.get(0)).contains("INTEGER", "VARCHAR", "DECIMAL");
      assertThat(FlightFixture.rows(client, client.getXdbcTypeInfo(4)))
          .isNotEmpty()
          .allSatisfy(row -> assertThat(row.get(1)).isEqualTo("4"));
    }
  }

  @Test
  void getTables_withSchema_isTheSchemaOfASelect() throws Exception {
    try (FlightSqlClient client = client()) {
      FlightInfo info = client.getTables(null, "main", "orders", List.of("TABLE"), true);
      try (FlightStream stream = client.getStream(info.getEndpoints().get(0).getTicket())) {
        assertThat(stream.next()).isTrue();
        byte[] message = ((VarBinaryVector) stream.getRoot().getVector("table_schema")).get(0);
        Schema schema =
            MessageSerializer.deserializeSchema(
                new ReadChannel(
                    java.nio.channels.Channels.newChannel(
                        new java.io.ByteArrayInputStream(message))));
        assertThat(schema.getFields())
            .extracting(Field::getName)
            .containsExactly("id", "name", "price");
        assertThat(schema.findField("price").getMetadata())
            .containsEntry("ARROW:FLIGHT:SQL:TYPE_NAME", "DECIMAL(12,2)")
            .doesNotContainKey("ARROW:FLIGHT:SQL:IS_AUTO_INCREMENT");
      }
    }
  }

  @Test
  void getTables_withAViewThatIsBroken_listsTheOthers() throws Exception {
    try (FlightSqlClient client = client()) {
      client.executeUpdate(
          "CREATE TABLE base (x INTEGER); CREATE VIEW over_base AS SELECT x FROM base;"
              + " DROP TABLE base");
      assertThat(
              FlightFixture.rows(client, client.getTables(null, null, "%", null, true)).stream()
                  .map(row -> row.get(2)))
          .contains("orders", "customers")
          .doesNotContain("base");
      client.executeUpdate("DROP VIEW over_base");
    }
  }

  @Test
  void pollInfo_ofAStatement_isItsWholePlan() throws Exception {
    byte[] command =
        Any.pack(CommandStatementQuery.newBuilder().setQuery("SELECT 42 AS x").build())
            .toByteArray();
    try (FlightClient client = flight.client();
        FlightSqlClient sql = new FlightSqlClient(flight.client())) {
      PollInfo polled = client.pollInfo(FlightDescriptor.command(command));
      assertThat(polled.getFlightDescriptor()).isEmpty();
      assertThat(FlightFixture.rows(sql, polled.getFlightInfo())).containsExactly(List.of("42"));
    }
  }

  @Test
  void cancel_ofARunningPlan_endsItsStream() throws Exception {
    try (FlightSqlClient client = client()) {
      FlightInfo info = client.execute(LONG);
      try (FlightStream stream = client.getStream(info.getEndpoints().get(0).getTicket())) {
        awaitRunning();
        assertThat(client.cancelFlightInfo(new CancelFlightInfoRequest(info)).getStatus())
            .isIn(CancelStatus.CANCELLED, CancelStatus.CANCELLING);
        assertStatus(stream::next, FlightStatusCode.CANCELLED, "ancel");
      }
      assertThat(client.cancelFlightInfo(new CancelFlightInfoRequest(info)).getStatus())
          .isIn(CancelStatus.NOT_CANCELLABLE, CancelStatus.CANCELLED, CancelStatus.UNSPECIFIED);
    }
  }

  @Test
  void sessionOptions_schema_isUsedByTheStatementsThatFollow() throws Exception {
    ClientCookieMiddleware.Factory cookies = new ClientCookieMiddleware.Factory();
    FlightClient plain =
        FlightClient.builder(
                flight.allocator(), Location.forGrpcInsecure("127.0.0.1", flight.server().port()))
            .intercept(cookies)
            .build();
    try (FlightSqlClient client = new FlightSqlClient(plain)) {
      SetSessionOptionsResult set =
          client.setSessionOptions(
              new SetSessionOptionsRequest(
                  Map.of("schema", SessionOptionValueFactory.makeSessionOptionValue("sales"))));
      assertThat(set.hasErrors()).isFalse();
      assertThat(FlightFixture.rows(client, client.execute("SELECT email FROM customers")))
          .containsExactly(List.of("a"));
      assertThat(client.getSessionOptions(new GetSessionOptionsRequest()).getSessionOptions())
          .containsKeys("catalog", "schema");
      SetSessionOptionsResult wrong =
          client.setSessionOptions(
              new SetSessionOptionsRequest(
                  Map.of(
                      "schema", SessionOptionValueFactory.makeSessionOptionValue("nowhere"),
                      "colour", SessionOptionValueFactory.makeSessionOptionValue("red"))));
      assertThat(wrong.getErrors()).containsKeys("schema", "colour");
    }
  }

  @Test
  void errors_statusesOfStatements_areThoseThatClientsExpect() throws Exception {
    try (FlightSqlClient client = client()) {
      assertStatus(
          () -> client.execute("SELEC 1"), FlightStatusCode.INVALID_ARGUMENT, "syntax error");
      assertStatus(() -> client.execute("FROM nope"), FlightStatusCode.NOT_FOUND, "nope");
      assertStatus(
          () -> client.executeUpdate("CREATE TABLE orders (x INTEGER)"),
          FlightStatusCode.ALREADY_EXISTS,
          "orders");
      assertStatus(
          () -> client.executeUpdate("INSERT INTO orders (id) VALUES (1)"),
          FlightStatusCode.INVALID_ARGUMENT,
          "id");
      assertStatus(
          () -> client.execute("SELECT * FROM orders WHERE x".repeat(2000)),
          FlightStatusCode.INVALID_ARGUMENT,
          "");
    }
  }

  @Test
  void errors_longText_staysBelowWhatGrpcTakes() throws Exception {
    try (FlightSqlClient client = client()) {
      assertThatThrownBy(() -> client.execute("SELECT \"" + "é".repeat(20_000) + "\" FROM orders"))
          .isInstanceOf(FlightRuntimeException.class)
          .satisfies(
              e ->
                  assertThat(
                          java.net.URLEncoder.encode(
                                  String.valueOf(e.getMessage()), StandardCharsets.UTF_8)
                              .length())
                      .isLessThan(4096));
    }
  }

  private static void awaitRunning() {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    while (flight.server().activeQueries().isEmpty()) {
      assertThat(System.nanoTime()).isLessThan(deadline);
      Thread.onSpinWait();
    }
  }

  private static FlightSqlClient client() {
    return new FlightSqlClient(flight.client());
  }

  private static void assertSchema(FlightSqlClient client, FlightInfo info, Schema expected)
      throws Exception {
    assertThat(info.getSchemaOptional()).contains(expected);
    try (FlightStream stream = client.getStream(info.getEndpoints().get(0).getTicket())) {
      assertThat(stream.getSchema()).isEqualTo(expected);
    }
  }

  private static IntVector ints(String name, int... values) {
    IntVector vector = new IntVector(name, flight.allocator());
    vector.allocateNew();
    for (int row = 0; row < values.length; row++) {
      vector.setSafe(row, values[row]);
    }
    vector.setValueCount(values.length);
    return vector;
  }

  private static VarCharVector texts(String name, String... values) {
    VarCharVector vector = new VarCharVector(name, flight.allocator());
    vector.allocateNew();
    for (int row = 0; row < values.length; row++) {
      vector.setSafe(row, values[row].getBytes(StandardCharsets.UTF_8));
    }
    vector.setValueCount(values.length);
    return vector;
  }

  private static void assertStatus(ThrowingCallable call, FlightStatusCode code, String message) {
    assertThatThrownBy(call)
        .satisfies(
            thrown -> {
              List<Throwable> causes = new ArrayList<>();
              for (Throwable cause = thrown; cause != null; cause = cause.getCause()) {
                causes.add(cause);
              }
              assertThat(causes)
                  .anySatisfy(
                      cause ->
                          assertThat(cause)
                              .isInstanceOfSatisfying(
                                  FlightRuntimeException.class,
                                  e -> assertThat(e.status().code()).isEqualTo(code))
                              .hasMessageContaining(message));
            });
  }
}
