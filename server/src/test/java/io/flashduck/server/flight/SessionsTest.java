package io.flashduck.server.flight;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.apache.arrow.flight.CloseSessionRequest;
import org.apache.arrow.flight.FlightClient;
import org.apache.arrow.flight.FlightRuntimeException;
import org.apache.arrow.flight.FlightStatusCode;
import org.apache.arrow.flight.Location;
import org.apache.arrow.flight.client.ClientCookieMiddleware;
import org.apache.arrow.flight.sql.FlightSqlClient;
import org.apache.arrow.flight.sql.FlightSqlClient.ExecuteIngestOptions;
import org.apache.arrow.flight.sql.FlightSqlClient.Transaction;
import org.apache.arrow.flight.sql.impl.FlightSql.CommandStatementIngest.TableDefinitionOptions;
import org.apache.arrow.flight.sql.impl.FlightSql.CommandStatementIngest.TableDefinitionOptions.TableExistsOption;
import org.apache.arrow.flight.sql.impl.FlightSql.CommandStatementIngest.TableDefinitionOptions.TableNotExistOption;
import org.apache.arrow.vector.IntVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.Schema;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a session holds, for how long, and that it is freed. */
@SuppressWarnings("try") // Arrow's clients say that closing them can be interrupted
class SessionsTest {
  @TempDir private Path folder;
  private FlightFixture flight;

  @BeforeEach
  void serve() {
    flight = new FlightFixture(folder, Map.of("query.session-idle-limit", "1s"));
  }

  @AfterEach
  void stop() {
    flight.close();
  }

  /** A client that keeps its session, as drivers do. */
  private FlightSqlClient client() {
    FlightClient client =
        FlightClient.builder(
                flight.allocator(), Location.forGrpcInsecure("127.0.0.1", flight.server().port()))
            .intercept(new ClientCookieMiddleware.Factory())
            .build();
    return new FlightSqlClient(client);
  }

  private int connections() {
    return flight.database().engine().clientConnections();
  }

  private static void awaitTrue(String what, BooleanSupplier condition) {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime() - deadline).as(what).isNegative();
      Thread.onSpinWait();
    }
  }

  private void makeTemporaryTable(FlightSqlClient client) throws Exception {
    client.executeUpdate("CREATE TEMP TABLE mine AS SELECT 5 AS id");
    assertThat(FlightFixture.rows(client, client.execute("FROM mine")))
        .containsExactly(List.of("5"));
  }

  @Test
  void closeSession_freesTheConnectionAndTheTable() throws Exception {
    try (FlightSqlClient client = client()) {
      assertThat(FlightFixture.rows(client, client.execute("SELECT 1"))).hasSize(1);
      int before = connections();
      makeTemporaryTable(client);
      assertThat(connections()).isEqualTo(before + 1);
      client.closeSession(new CloseSessionRequest());
      awaitTrue("freed", () -> connections() == before);
      assertThatThrownBy(() -> client.execute("FROM mine")).hasMessageContaining("mine");
    }
  }

  @Test
  void plan_ofAQueryThatWasDescribed_asksNobody() throws Exception {
    Path data = Files.createDirectory(folder.resolve("own"));
    try (FlightFixture own = new FlightFixture(data, Map.of("queue.append-wait", "100ms"));
        FlightSqlClient client = new FlightSqlClient(own.client())) {
      own.sql("CREATE TABLE t AS SELECT 7 AS x");
      String sql = "SELECT x FROM t";
      assertThat(FlightFixture.rows(client, client.execute(sql))).containsExactly(List.of("7"));
      own.withoutDuckDb(
          () -> {
            assertThat(client.execute(sql).getSchemaOptional().orElseThrow().getFields())
                .extracting(Field::getName)
                .containsExactly("x");
            client.prepare(sql).close();
          });
      own.sql("ALTER TABLE t ALTER COLUMN x TYPE VARCHAR");
      assertThat(client.execute(sql).getSchemaOptional().orElseThrow().findField("x").getType())
          .isEqualTo(new ArrowType.Utf8());
    }
  }

  @Test
  void lostConnection_freesTheConnectionAndTheTable() throws Exception {
    int before;
    try (FlightSqlClient client = client()) {
      assertThat(FlightFixture.rows(client, client.execute("SELECT 1"))).hasSize(1);
      before = connections();
      makeTemporaryTable(client);
      assertThat(connections()).isEqualTo(before + 1);
    }
    awaitTrue("freed", () -> connections() == before);
  }

  @Test
  void idleSession_freesTheConnection() throws Exception {
    try (FlightSqlClient client = client()) {
      assertThat(FlightFixture.rows(client, client.execute("SELECT 1"))).hasSize(1);
      int before = connections();
      makeTemporaryTable(client);
      awaitTrue("freed", () -> connections() == before);
      assertThat(flight.server().sessions()).isZero();
    }
  }

  @Test
  void settings_needNoConnectionOfTheirOwn() throws Exception {
    flight.sql("CREATE TABLE lab.a (id INTEGER)");
    try (Connection connection = flight.jdbc();
        Statement statement = connection.createStatement()) {
      statement.execute("SELECT 1");
      int before = connections();
      statement.execute("USE lab");
      statement.execute("SET TimeZone = 'Europe/Paris'");
      try (ResultSet rows = statement.executeQuery("SELECT count(*) FROM a")) {
        assertThat(rows.next()).isTrue();
      }
      assertThat(connections()).isEqualTo(before);
      statement.execute("BEGIN");
      assertThat(connections()).isEqualTo(before + 1);
      statement.execute("INSERT INTO a VALUES (1)");
      statement.execute("COMMIT");
      assertThat(connections()).isEqualTo(before);
      try (ResultSet rows = statement.executeQuery("SELECT current_schema(), id FROM a")) {
        assertThat(rows.next()).isTrue();
        assertThat(rows.getString(1)).isEqualTo("lab");
      }
    }
  }

  @Test
  void temporaryIngest_inEveryMode() throws Exception {
    try (FlightSqlClient client = client();
        VectorSchemaRoot rows = rows()) {
      assertCode(() -> ingest(client, rows, APPEND, null), FlightStatusCode.NOT_FOUND);
      assertThat(ingest(client, rows, CREATE, null)).isEqualTo(2);
      assertCode(() -> ingest(client, rows, CREATE, null), FlightStatusCode.ALREADY_EXISTS);
      ingest(client, rows, APPEND, null);
      assertThat(FlightFixture.rows(client, client.execute("SELECT count(*), sum(id) FROM temp_t")))
          .containsExactly(List.of("4", "6"));
      ingest(client, rows, REPLACE, null);
      ingest(client, rows, CREATE_APPEND, null);
      assertThat(FlightFixture.rows(client, client.execute("SELECT count(*) FROM temp_t")))
          .containsExactly(List.of("4"));
      assertThat(flight.database().catalog().tables()).isEmpty();
      assertThat(flight.database().catalog().sequence()).isZero();
    }
  }

  @Test
  void temporaryIngest_inATransaction_isRolledBackWithIt() throws Exception {
    try (FlightSqlClient client = client();
        VectorSchemaRoot rows = rows()) {
      ingest(client, rows, CREATE, null);
      Transaction transaction = client.beginTransaction();
      ingest(client, rows, APPEND, transaction);
      assertThat(
              FlightFixture.rows(
                  client, client.execute("SELECT count(*) FROM temp_t", transaction)))
          .containsExactly(List.of("4"));
      client.rollback(transaction);
      assertThat(FlightFixture.rows(client, client.execute("SELECT count(*) FROM temp_t")))
          .containsExactly(List.of("2"));
    }
  }

  @Test
  void metadata_whileAResultIsOpenAndATransactionToo() throws SQLException {
    flight.sql("CREATE TABLE t (id INTEGER PRIMARY KEY)");
    try (Connection connection = flight.jdbc();
        Statement statement = connection.createStatement()) {
      statement.execute("BEGIN");
      statement.execute("INSERT INTO t VALUES (1)");
      try (ResultSet open = statement.executeQuery("SELECT * FROM range(10000000)")) {
        assertThat(open.next()).isTrue();
        try (ResultSet keys = connection.getMetaData().getPrimaryKeys(null, "main", "t")) {
          assertThat(keys.next()).isTrue();
        }
      }
      statement.execute("COMMIT");
    }
  }

  private static final TableDefinitionOptions CREATE =
      mode(
          TableNotExistOption.TABLE_NOT_EXIST_OPTION_CREATE,
          TableExistsOption.TABLE_EXISTS_OPTION_FAIL);
  private static final TableDefinitionOptions APPEND =
      mode(
          TableNotExistOption.TABLE_NOT_EXIST_OPTION_FAIL,
          TableExistsOption.TABLE_EXISTS_OPTION_APPEND);
  private static final TableDefinitionOptions REPLACE =
      mode(
          TableNotExistOption.TABLE_NOT_EXIST_OPTION_CREATE,
          TableExistsOption.TABLE_EXISTS_OPTION_REPLACE);
  private static final TableDefinitionOptions CREATE_APPEND =
      mode(
          TableNotExistOption.TABLE_NOT_EXIST_OPTION_CREATE,
          TableExistsOption.TABLE_EXISTS_OPTION_APPEND);

  private static TableDefinitionOptions mode(
      TableNotExistOption missing, TableExistsOption exists) {
    return TableDefinitionOptions.newBuilder().setIfNotExist(missing).setIfExists(exists).build();
  }

  private static long ingest(
      FlightSqlClient client,
      VectorSchemaRoot rows,
      TableDefinitionOptions mode,
      @Nullable Transaction transaction) {
    ExecuteIngestOptions options =
        new ExecuteIngestOptions("temp_t", mode, true, null, null, Map.of());
    return transaction == null
        ? client.executeIngest(rows, options)
        : client.executeIngest(rows, options, transaction);
  }

  private static void assertCode(
      org.assertj.core.api.ThrowableAssert.ThrowingCallable call, FlightStatusCode code) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            FlightRuntimeException.class, e -> assertThat(e.status().code()).isEqualTo(code));
  }

  private VectorSchemaRoot rows() {
    VectorSchemaRoot root =
        VectorSchemaRoot.create(
            new Schema(
                List.of(
                    Field.nullable("id", new ArrowType.Int(32, true)),
                    Field.nullable("s", new ArrowType.Utf8()))),
            flight.allocator());
    for (int i = 0; i < 2; i++) {
      ((IntVector) root.getVector(0)).setSafe(i, i + 1);
      ((VarCharVector) root.getVector(1)).setSafe(i, "v".getBytes(StandardCharsets.UTF_8));
    }
    root.setRowCount(2);
    return root;
  }
}
