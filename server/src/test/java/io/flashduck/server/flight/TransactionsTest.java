package io.flashduck.server.flight;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.Any;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.apache.arrow.flight.Action;
import org.apache.arrow.flight.FlightRuntimeException;
import org.apache.arrow.flight.FlightStatusCode;
import org.apache.arrow.flight.sql.FlightSqlClient;
import org.apache.arrow.flight.sql.FlightSqlClient.Transaction;
import org.apache.arrow.flight.sql.impl.FlightSql.ActionBeginSavepointRequest;
import org.apache.arrow.flight.sql.impl.FlightSql.CommandStatementIngest.TableDefinitionOptions;
import org.apache.arrow.flight.sql.impl.FlightSql.CommandStatementIngest.TableDefinitionOptions.TableExistsOption;
import org.apache.arrow.flight.sql.impl.FlightSql.CommandStatementIngest.TableDefinitionOptions.TableNotExistOption;
import org.apache.arrow.vector.IntVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.Schema;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Transactions as clients write them: SQL text over JDBC, and the actions of Flight SQL. */
@SuppressWarnings("try") // Arrow's clients say that closing them can be interrupted
class TransactionsTest {
  @TempDir private Path folder;
  private FlightFixture flight;

  @BeforeEach
  void serve() {
    open(Map.of());
  }

  private void open(Map<String, String> settings) {
    flight = new FlightFixture(folder, settings);
    flight.sql("CREATE OR REPLACE TABLE t (id INTEGER PRIMARY KEY, s VARCHAR)");
    flight.sql("INSERT INTO t VALUES (1, 'one'), (2, 'two')");
  }

  private void reopen(Map<String, String> settings) {
    flight.close();
    open(settings);
  }

  @AfterEach
  void stop() {
    flight.close();
  }

  private static List<String> query(Connection connection, String sql) throws SQLException {
    List<String> rows = new ArrayList<>();
    try (Statement statement = connection.createStatement();
        ResultSet result = statement.executeQuery(sql)) {
      while (result.next()) {
        rows.add(result.getString(1));
      }
    }
    return rows;
  }

  private static int update(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      return statement.executeUpdate(sql);
    }
  }

  private List<String> seen(String sql) {
    return flight.rows(sql).stream().map(row -> String.join("|", row)).toList();
  }

  private static void awaitTrue(String what, BooleanSupplier condition) {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime() - deadline).as(what).isNegative();
      Thread.onSpinWait();
    }
  }

  @Test
  void jdbc_beginAndCommit_asText() throws SQLException {
    try (Connection one = flight.jdbc();
        Connection two = flight.jdbc()) {
      update(one, "BEGIN TRANSACTION");
      assertThat(update(one, "INSERT INTO t VALUES (3, 'three')")).isEqualTo(1);
      assertThat(update(one, "UPDATE t SET s = upper(s)")).isEqualTo(3);
      try (PreparedStatement insert = one.prepareStatement("INSERT INTO t VALUES (?, ?)")) {
        for (int i = 10; i < 13; i++) {
          insert.setInt(1, i);
          insert.setString(2, "batch");
          insert.addBatch();
        }
        assertThat(insert.executeBatch()).containsExactly(3);
      }
      assertThat(query(one, "SELECT s FROM t ORDER BY id"))
          .containsExactly("ONE", "TWO", "THREE", "batch", "batch", "batch");
      assertThat(query(two, "SELECT s FROM t ORDER BY id")).containsExactly("one", "two");
      assertThat(flight.server().transactions()).isEqualTo(1);
      update(one, "COMMIT");
      assertThat(query(two, "SELECT count(*) FROM t")).containsExactly("6");
      assertThat(flight.server().transactions()).isZero();
      update(one, "BEGIN");
      update(one, "DELETE FROM t");
      update(one, "CREATE TABLE made AS SELECT 1 AS id");
      update(one, "ROLLBACK");
      assertThat(query(one, "SELECT count(*) FROM t")).containsExactly("6");
      assertThatThrownBy(() -> query(one, "FROM made")).hasMessageContaining("made");
    }
  }

  @Test
  void jdbc_secondCommitter_isToldToRetryAndCan() throws SQLException {
    try (Connection one = flight.jdbc();
        Connection two = flight.jdbc()) {
      update(one, "BEGIN");
      update(two, "BEGIN");
      update(one, "UPDATE t SET s = 'first' WHERE id = 1");
      update(two, "UPDATE t SET s = 'second' WHERE id = 1");
      update(two, "INSERT INTO t VALUES (9, 'second')");
      update(one, "COMMIT");
      assertThatThrownBy(() -> update(two, "COMMIT"))
          .hasMessageContaining("retry the transaction")
          .hasMessageContaining("key (1)");
      assertThat(query(two, "SELECT s FROM t ORDER BY id")).containsExactly("first", "two");
      update(two, "BEGIN");
      update(two, "UPDATE t SET s = 'second' WHERE id = 1");
      update(two, "COMMIT");
      assertThat(query(one, "SELECT s FROM t WHERE id = 1")).containsExactly("second");
    }
  }

  @Test
  void jdbc_textThatDoesNotFit_isRefused() throws SQLException {
    try (Connection connection = flight.jdbc()) {
      assertThatThrownBy(() -> update(connection, "COMMIT"))
          .hasMessageContaining("no transaction is active");
      assertThatThrownBy(() -> update(connection, "ROLLBACK"))
          .hasMessageContaining("no transaction is active");
      update(connection, "BEGIN");
      assertThatThrownBy(() -> update(connection, "BEGIN"))
          .hasMessageContaining("within a transaction");
      assertThatThrownBy(() -> update(connection, "SAVEPOINT a")).hasMessageContaining("avepoint");
      assertThatThrownBy(() -> update(connection, "ROLLBACK TO SAVEPOINT a"))
          .hasMessageContaining("avepoint");
      update(connection, "ROLLBACK");
      update(connection, "BEGIN TRANSACTION READ ONLY");
      assertThatThrownBy(() -> update(connection, "DELETE FROM t"))
          .hasMessageContaining("read-only");
      update(connection, "COMMIT");
    }
  }

  @Test
  void jdbc_metadataAndTemporaryTables_workInTheTransaction() throws SQLException {
    int before = flight.database().engine().clientConnections();
    try (Connection connection = flight.jdbc()) {
      update(connection, "BEGIN");
      update(connection, "DELETE FROM t WHERE id = 1");
      update(connection, "CREATE TEMP TABLE copied AS SELECT * FROM t");
      try (Statement statement = connection.createStatement();
          ResultSet open = statement.executeQuery("SELECT * FROM range(1000000)");
          ResultSet tables = connection.getMetaData().getTables(null, null, "t", null)) {
        assertThat(open.next()).isTrue();
        assertThat(tables.next()).isTrue();
      }
      assertThat(query(connection, "SELECT s FROM copied")).containsExactly("two");
      update(connection, "COMMIT");
      assertThat(query(connection, "SELECT s FROM copied")).containsExactly("two");
    }
    awaitTrue(
        "the session's connection is closed",
        () -> flight.database().engine().clientConnections() <= Math.max(before, 1) + 1);
    assertThat(flight.server().transactions()).isZero();
  }

  @Test
  void jdbc_closedInTheTransaction_isRolledBack() throws SQLException {
    try (Connection connection = flight.jdbc()) {
      update(connection, "BEGIN");
      update(connection, "DELETE FROM t");
      assertThat(flight.server().transactions()).isEqualTo(1);
    }
    awaitTrue("rolled back", () -> flight.server().transactions() == 0);
    assertThat(seen("SELECT count(*) FROM t")).containsExactly("2");
  }

  @Test
  void flightSql_transactionIds_nameSeveralOfOneClient() throws Exception {
    try (FlightSqlClient client = new FlightSqlClient(flight.client())) {
      Transaction one = client.beginTransaction();
      Transaction two = client.beginTransaction();
      assertThat(client.executeUpdate("UPDATE t SET s = 'x' WHERE id = 1", one)).isEqualTo(1);
      assertThat(client.executeUpdate("INSERT INTO t VALUES (5, 'five')", two)).isEqualTo(1);
      assertThat(FlightFixture.rows(client, client.execute("SELECT s FROM t WHERE id = 1", one)))
          .containsExactly(List.of("x"));
      assertThat(FlightFixture.rows(client, client.execute("SELECT count(*) FROM t", two)))
          .containsExactly(List.of("3"));
      assertThat(seen("SELECT s FROM t ORDER BY id")).containsExactly("one", "two");
      client.commit(one);
      client.rollback(two);
      assertThat(seen("SELECT s FROM t ORDER BY id")).containsExactly("x", "two");
      assertThatThrownBy(() -> client.executeUpdate("DELETE FROM t", one))
          .isInstanceOfSatisfying(
              FlightRuntimeException.class,
              e -> assertThat(e.status().code()).isEqualTo(FlightStatusCode.NOT_FOUND));
      assertThat(flight.server().transactions()).isZero();
    }
  }

  @Test
  void flightSql_preparedAndIngest_areInTheTransaction() throws Exception {
    try (FlightSqlClient client = new FlightSqlClient(flight.client())) {
      Transaction transaction = client.beginTransaction();
      try (FlightSqlClient.PreparedStatement insert =
              client.prepare("INSERT INTO t VALUES (?, ?)", transaction);
          VectorSchemaRoot rows = rows("id", "s", 7, "seven")) {
        insert.setParameters(rows);
        assertThat(insert.executeUpdate()).isEqualTo(1);
      }
      try (VectorSchemaRoot rows = rows("id", "s", 8, "eight")) {
        ingest(client, rows, "t", false, transaction);
        ingest(client, rows, "brandnew", false, transaction);
      }
      try (FlightSqlClient.PreparedStatement select =
          client.prepare(
              "SELECT t.s, b.s FROM t LEFT JOIN brandnew b USING (id) WHERE id > 2 ORDER BY id",
              transaction)) {
        assertThat(FlightFixture.rows(client, select.execute()))
            .containsExactly(List.of("seven", "null"), List.of("eight", "eight"));
      }
      long sequence = flight.database().catalog().sequence();
      client.commit(transaction);
      assertThat(flight.database().catalog().sequence()).isEqualTo(sequence + 1);
      assertThat(seen("SELECT s FROM brandnew")).containsExactly("eight");
    }
  }

  @Test
  void flightSql_conflict_isUnavailable() throws Exception {
    try (FlightSqlClient client = new FlightSqlClient(flight.client())) {
      Transaction transaction = client.beginTransaction();
      client.executeUpdate("DELETE FROM t WHERE id = 2", transaction);
      flight.sql("UPDATE t SET s = 'changed' WHERE id = 2");
      assertThatThrownBy(() -> client.commit(transaction))
          .isInstanceOfSatisfying(
              FlightRuntimeException.class,
              e -> assertThat(e.status().code()).isEqualTo(FlightStatusCode.UNAVAILABLE))
          .hasMessageContaining("retry the transaction");
      client.rollback(transaction); // as drivers do before they begin the next one
      assertThat(seen("SELECT s FROM t WHERE id = 2")).containsExactly("changed");
    }
  }

  @Test
  void lostConnection_rollsBack() throws Exception {
    try (FlightSqlClient client = new FlightSqlClient(flight.client())) {
      Transaction transaction = client.beginTransaction();
      client.executeUpdate("DELETE FROM t", transaction);
      assertThat(flight.server().transactions()).isEqualTo(1);
    } // without CloseSession
    awaitTrue("rolled back", () -> flight.server().transactions() == 0);
    assertThat(seen("SELECT count(*) FROM t")).containsExactly("2");
  }

  @Test
  void idleTransaction_isRolledBackAndSaysSo() throws Exception {
    reopen(Map.of("query.transaction-idle-limit", "1s"));
    try (Connection connection = flight.jdbc();
        FlightSqlClient client = new FlightSqlClient(flight.client())) {
      Transaction transaction = client.beginTransaction();
      client.executeUpdate("DELETE FROM t", transaction);
      update(connection, "BEGIN");
      update(connection, "DELETE FROM t");
      awaitTrue("both are rolled back", () -> flight.server().transactions() == 0);
      assertThatThrownBy(() -> client.executeUpdate("DELETE FROM t", transaction))
          .hasMessageContaining("transaction-idle-limit");
      assertThatThrownBy(() -> update(connection, "DELETE FROM t"))
          .hasMessageContaining("ROLLBACK before the next statement");
      assertThatThrownBy(() -> update(connection, "COMMIT"))
          .hasMessageContaining("transaction-idle-limit");
      assertThat(query(connection, "SELECT count(*) FROM t")).containsExactly("2");
    }
  }

  @Test
  void begunButUnused_holdsNothingAndSeesWhatCameMeanwhile() throws Exception {
    reopen(Map.of("query.transaction-idle-limit", "1s"));
    try (FlightSqlClient client = new FlightSqlClient(flight.client())) {
      Transaction used = client.beginTransaction();
      client.executeUpdate("DELETE FROM t WHERE id = 1", used);
      Transaction unused = client.beginTransaction();
      flight.sql("INSERT INTO t VALUES (3, 'three')");
      awaitTrue("the used one is rolled back", () -> flight.server().transactions() == 1);
      assertThat(FlightFixture.rows(client, client.execute("SELECT count(*) FROM t", unused)))
          .containsExactly(List.of("3"));
      client.commit(unused);
    }
  }

  @Test
  void tooMany_areRefused() throws Exception {
    reopen(Map.of("query.max-transactions", "1"));
    try (FlightSqlClient client = new FlightSqlClient(flight.client())) {
      Transaction transaction = client.beginTransaction();
      assertThatThrownBy(client::beginTransaction)
          .isInstanceOfSatisfying(
              FlightRuntimeException.class,
              e -> assertThat(e.status().code()).isEqualTo(FlightStatusCode.RESOURCE_EXHAUSTED))
          .hasMessageContaining("query.max-transactions");
      client.rollback(transaction);
      client.rollback(client.beginTransaction());
    }
  }

  @Test
  void savepoints_areUnimplementedWithAReason() throws Exception {
    try (FlightSqlClient client = new FlightSqlClient(flight.client())) {
      Action action =
          new Action(
              "BeginSavepoint",
              Any.pack(ActionBeginSavepointRequest.newBuilder().setName("a").build())
                  .toByteArray());
      try (var raw = flight.client()) {
        assertThatThrownBy(() -> raw.doAction(action).hasNext())
            .isInstanceOfSatisfying(
                FlightRuntimeException.class,
                e -> assertThat(e.status().code()).isEqualTo(FlightStatusCode.UNIMPLEMENTED))
            .hasMessageContaining("DuckDB");
      }
    }
  }

  @Test
  void strangeIds_areNotFound() throws Exception {
    try (FlightSqlClient client = new FlightSqlClient(flight.client())) {
      Transaction made = new Transaction("nonsense".getBytes(StandardCharsets.UTF_8));
      assertThatThrownBy(() -> client.execute("SELECT 1", made))
          .hasMessageContaining("transaction");
      assertThatThrownBy(() -> client.commit(made)).hasMessageContaining("transaction");
    }
  }

  private VectorSchemaRoot rows(String key, String text, int id, String value) {
    VectorSchemaRoot root =
        VectorSchemaRoot.create(
            new Schema(
                List.of(
                    Field.nullable(key, new ArrowType.Int(32, true)),
                    Field.nullable(text, new ArrowType.Utf8()))),
            flight.allocator());
    ((IntVector) root.getVector(0)).setSafe(0, id);
    ((VarCharVector) root.getVector(1)).setSafe(0, value.getBytes(StandardCharsets.UTF_8));
    root.setRowCount(1);
    return root;
  }

  private static void ingest(
      FlightSqlClient client,
      VectorSchemaRoot rows,
      String table,
      boolean temporary,
      Transaction transaction) {
    FlightSqlClient.ExecuteIngestOptions options =
        new FlightSqlClient.ExecuteIngestOptions(
            table,
            TableDefinitionOptions.newBuilder()
                .setIfNotExist(TableNotExistOption.TABLE_NOT_EXIST_OPTION_CREATE)
                .setIfExists(TableExistsOption.TABLE_EXISTS_OPTION_APPEND)
                .build(),
            temporary,
            null,
            null,
            Map.of());
    assertThat(client.executeIngest(rows, options, transaction)).isEqualTo(rows.getRowCount());
  }
}
