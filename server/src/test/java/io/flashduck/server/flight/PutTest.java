package io.flashduck.server.flight;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.InvalidProtocolBufferException;
import io.flashduck.proto.PutAck;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import org.apache.arrow.flight.CallOption;
import org.apache.arrow.flight.FlightClient;
import org.apache.arrow.flight.FlightClient.ClientStreamListener;
import org.apache.arrow.flight.FlightDescriptor;
import org.apache.arrow.flight.FlightInfo;
import org.apache.arrow.flight.FlightRuntimeException;
import org.apache.arrow.flight.FlightStatusCode;
import org.apache.arrow.flight.PutResult;
import org.apache.arrow.flight.SyncPutListener;
import org.apache.arrow.flight.sql.FlightSqlClient;
import org.apache.arrow.flight.sql.FlightSqlClient.ExecuteIngestOptions;
import org.apache.arrow.flight.sql.impl.FlightSql.CommandStatementIngest.TableDefinitionOptions;
import org.apache.arrow.flight.sql.impl.FlightSql.CommandStatementIngest.TableDefinitionOptions.TableExistsOption;
import org.apache.arrow.flight.sql.impl.FlightSql.CommandStatementIngest.TableDefinitionOptions.TableNotExistOption;
import org.apache.arrow.vector.IntVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.types.Types.MinorType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.Schema;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Rows that clients send: to paths, as pyarrow does, and by bulk ingest. */
@SuppressWarnings("try") // Arrow's clients say that closing them can be interrupted
class PutTest {
  private static final Schema ROW =
      new Schema(
          List.of(
              Field.nullable("id", MinorType.INT.getType()),
              Field.nullable("name", MinorType.VARCHAR.getType())));

  @TempDir private static Path folder;
  private static FlightFixture flight;

  @BeforeAll
  static void serve() {
    for (String table : List.of("upserted", "deleted", "headers", "ingested", "replaced")) {
      FlightFixture.parquet(
          folder,
          table + ".parquet",
          "SELECT i::INTEGER AS id, 'old ' || i AS name FROM range(3) t(i)");
    }
    FlightFixture.parquet(folder, "sales/log.parquet", "SELECT 1 AS n, 'x' AS name");
    flight = new FlightFixture(folder, Map.of());
  }

  @AfterAll
  static void stop() {
    flight.close();
  }

  @Test
  void put_upsertPath_eachBatchIsAnsweredBeforeTheNextIsSent() throws Exception {
    try (FlightClient client = flight.client();
        VectorSchemaRoot root = VectorSchemaRoot.create(ROW, flight.allocator());
        SyncPutListener acks = new SyncPutListener()) {
      ClientStreamListener put =
          client.startPut(FlightDescriptor.path("upsert", "upserted"), root, acks);
      long last = 0;
      for (int id = 2; id < 5; id++) {
        fill(root, id, "new");
        put.putNext();
        PutAck ack = next(acks);
        assertThat(ack.getRecordCount()).isEqualTo(1);
        assertThat(ack.getSequence()).isGreaterThan(last);
        assertThat(ack.getState()).isEqualTo(PutAck.State.DURABLE);
        last = ack.getSequence();
      }
      put.completed();
      put.getResult();
      assertThat(rowsFrom(last, "SELECT id, name FROM upserted ORDER BY id"))
          .containsExactly(
              List.of("0", "old 0"),
              List.of("1", "old 1"),
              List.of("2", "new"),
              List.of("3", "new"),
              List.of("4", "new"));
    }
  }

  @Test
  void put_deletePath_readsTheKeyOnly() throws Exception {
    Schema key = new Schema(List.of(Field.nullable("id", MinorType.INT.getType())));
    try (FlightClient client = flight.client();
        VectorSchemaRoot root = VectorSchemaRoot.create(key, flight.allocator());
        SyncPutListener acks = new SyncPutListener()) {
      ClientStreamListener put =
          client.startPut(FlightDescriptor.path("delete", "main", "deleted"), root, acks);
      ((IntVector) root.getVector("id")).setSafe(0, 1);
      root.setRowCount(1);
      put.putNext();
      put.completed();
      long sequence = next(acks).getSequence();
      put.getResult();
      assertThat(rowsFrom(sequence, "SELECT id FROM deleted ORDER BY id"))
          .containsExactly(List.of("0"), List.of("2"));
    }
  }

  @Test
  void put_appliedAckAndProducer_areHonoured() throws Exception {
    CallOption wishes =
        flight.headers(
            "x-flashduck-ack",
            "applied",
            "x-flashduck-producer",
            "test",
            "x-flashduck-producer-sequence",
            "7");
    for (boolean repeat : List.of(false, true)) {
      try (FlightClient client = flight.client();
          VectorSchemaRoot root = VectorSchemaRoot.create(ROW, flight.allocator());
          SyncPutListener acks = new SyncPutListener()) {
        ClientStreamListener put =
            client.startPut(FlightDescriptor.path("upsert", "headers"), root, acks, wishes);
        fill(root, 9, "nine");
        put.putNext();
        put.completed();
        PutAck ack = next(acks);
        put.getResult();
        assertThat(ack.getState()).isEqualTo(PutAck.State.APPLIED);
        assertThat(ack.getDuplicate()).isEqualTo(repeat);
      }
    }
    assertThat(flight.rows("SELECT name FROM headers WHERE id = 9"))
        .containsExactly(List.of("nine"));
  }

  @Test
  void put_wrongPathTableOrColumn_saysWhatIsWrong() {
    assertStatus(
        () -> putOne(FlightDescriptor.path("insert", "upserted")),
        FlightStatusCode.INVALID_ARGUMENT,
        "upsert");
    assertStatus(
        () -> putOne(FlightDescriptor.path("upsert", "nope")), FlightStatusCode.NOT_FOUND, "nope");
    assertStatus(
        () -> putOne(FlightDescriptor.path("upsert", "sales", "log")),
        FlightStatusCode.INVALID_ARGUMENT,
        "key");
    assertStatus(
        () -> putOne(FlightDescriptor.command(new byte[] {1, 2, 3})),
        FlightStatusCode.INVALID_ARGUMENT,
        "Flight SQL");
    assertThatThrownBy(
            () ->
                putOne(
                    FlightDescriptor.path("upsert", "headers"),
                    flight.headers("x-flashduck-ack", "maybe")))
        .hasStackTraceContaining("durable, applied or exported");
  }

  @Test
  void put_clientThatVanishes_leavesNoThread() throws Exception {
    try (FlightClient client = flight.client();
        VectorSchemaRoot root = VectorSchemaRoot.create(ROW, flight.allocator());
        SyncPutListener acks = new SyncPutListener()) {
      ClientStreamListener put =
          client.startPut(FlightDescriptor.path("upsert", "upserted"), root, acks);
      awaitTrue(PutTest::putIsWaiting);
      put.error(new IllegalStateException("gone"));
      awaitTrue(() -> !putIsWaiting());
    }
  }

  private static boolean putIsWaiting() {
    return Thread.getAllStackTraces().entrySet().stream()
        .filter(thread -> thread.getKey().getName().startsWith("flashduck-flight-"))
        .flatMap(thread -> Arrays.stream(thread.getValue()))
        .anyMatch(frame -> frame.getClassName().endsWith(".PutDispatcher"));
  }

  @Test
  void ingest_modes_createAppendAndReplace() throws Exception {
    assertThat(ingest("made", true, TableExistsOption.TABLE_EXISTS_OPTION_FAIL, Map.of(), 1, "a"))
        .isEqualTo(1);
    assertStatus(
        () -> ingest("made", true, TableExistsOption.TABLE_EXISTS_OPTION_FAIL, Map.of(), 1, "a"),
        FlightStatusCode.ALREADY_EXISTS,
        "made");
    ingest("made", true, TableExistsOption.TABLE_EXISTS_OPTION_APPEND, Map.of(), 2, "b");
    assertThat(flight.rows("SELECT id, name FROM made ORDER BY id"))
        .containsExactly(List.of("1", "a"), List.of("2", "b"));
    ingest("made", true, TableExistsOption.TABLE_EXISTS_OPTION_REPLACE, Map.of(), 3, "c");
    assertThat(flight.rows("SELECT id FROM made")).containsExactly(List.of("3"));
    assertStatus(
        () -> ingest("gone", false, TableExistsOption.TABLE_EXISTS_OPTION_APPEND, Map.of(), 1, ""),
        FlightStatusCode.NOT_FOUND,
        "gone");
  }

  @Test
  void ingest_operations_upsertAndDeleteByKey() throws Exception {
    TableExistsOption append = TableExistsOption.TABLE_EXISTS_OPTION_APPEND;
    ingest("ingested", false, append, Map.of(), 1, "replaced");
    ingest("ingested", false, append, Map.of("flashduck.op", "delete"), 2, "");
    assertThat(flight.rows("SELECT id, name FROM ingested ORDER BY id"))
        .containsExactly(List.of("0", "old 0"), List.of("1", "replaced"));
    assertStatus(
        () -> ingest("ingested", false, append, Map.of("flashduck.op", "x"), 2, ""),
        FlightStatusCode.INVALID_ARGUMENT,
        "upsert, delete, append or ingest");
    assertStatus(
        () -> ingest("ingested", false, append, Map.of("other", "x"), 2, ""),
        FlightStatusCode.INVALID_ARGUMENT,
        "Unknown ingest option 'other'");
  }

  @Test
  void ingest_columns_matchByName_allOrNothing() throws Exception {
    flight.sql("CREATE TABLE named (a VARCHAR, id INTEGER PRIMARY KEY, name VARCHAR)");
    ingest("named", false, TableExistsOption.TABLE_EXISTS_OPTION_APPEND, Map.of(), 1, "one");
    assertThat(flight.rows("SELECT id, name, a FROM named"))
        .containsExactly(List.of("1", "one", "null"));
    flight.sql("CREATE TABLE narrow (id INTEGER PRIMARY KEY, title VARCHAR)");
    assertStatus(
        () ->
            ingest("narrow", false, TableExistsOption.TABLE_EXISTS_OPTION_APPEND, Map.of(), 1, "x"),
        FlightStatusCode.INVALID_ARGUMENT,
        "name");
    assertThat(flight.rows("FROM narrow")).isEmpty();
  }

  private static long ingest(
      String table,
      boolean create,
      TableExistsOption exists,
      Map<String, String> options,
      int id,
      String name)
      throws Exception {
    TableDefinitionOptions mode =
        TableDefinitionOptions.newBuilder()
            .setIfNotExist(
                create
                    ? TableNotExistOption.TABLE_NOT_EXIST_OPTION_CREATE
                    : TableNotExistOption.TABLE_NOT_EXIST_OPTION_FAIL)
            .setIfExists(exists)
            .build();
    try (FlightSqlClient client = new FlightSqlClient(flight.client());
        VectorSchemaRoot root = VectorSchemaRoot.create(ROW, flight.allocator())) {
      fill(root, id, name);
      return client.executeIngest(root, new ExecuteIngestOptions(table, mode, null, null, options));
    }
  }

  private static void putOne(FlightDescriptor descriptor, CallOption... options) throws Exception {
    try (FlightClient client = flight.client();
        VectorSchemaRoot root = VectorSchemaRoot.create(ROW, flight.allocator());
        SyncPutListener acks = new SyncPutListener()) {
      ClientStreamListener put = client.startPut(descriptor, root, acks, options);
      fill(root, 1, "x");
      put.putNext();
      put.completed();
      put.getResult();
    }
  }

  private static void fill(VectorSchemaRoot root, int id, String name) {
    root.clear();
    ((IntVector) root.getVector("id")).setSafe(0, id);
    ((VarCharVector) root.getVector("name")).setSafe(0, name.getBytes(StandardCharsets.UTF_8));
    root.setRowCount(1);
  }

  private static PutAck next(SyncPutListener acks)
      throws InvalidProtocolBufferException, Exception {
    try (PutResult result = acks.read()) {
      return PutAck.parseFrom(result.getApplicationMetadata().nioBuffer());
    }
  }

  /** The rows once that write is visible. */
  private static List<List<String>> rowsFrom(long sequence, String query) throws Exception {
    CallOption visible = flight.headers("x-flashduck-min-sequence", Long.toString(sequence));
    try (FlightSqlClient client = new FlightSqlClient(flight.client())) {
      FlightInfo info = client.execute(query, visible);
      return new ArrayList<>(FlightFixture.rows(client, info));
    }
  }

  private static void awaitTrue(BooleanSupplier condition) {
    long deadline = System.nanoTime() + 20_000_000_000L;
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).isLessThan(deadline);
      Thread.onSpinWait();
    }
  }

  private static void assertStatus(ThrowingCallable call, FlightStatusCode code, String message) {
    assertThatThrownBy(call)
        .satisfies(
            thrown -> {
              Throwable cause = thrown;
              while (!(cause instanceof FlightRuntimeException known
                      && known.status().code() == code)
                  && cause.getCause() != null) {
                cause = cause.getCause();
              }
              assertThat(cause)
                  .isInstanceOfSatisfying(
                      FlightRuntimeException.class,
                      e -> assertThat(e.status().code()).isEqualTo(code))
                  .hasMessageContaining(message);
            });
  }
}
