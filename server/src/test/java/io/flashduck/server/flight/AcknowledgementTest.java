package io.flashduck.server.flight;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flashduck.proto.PutAck;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.apache.arrow.flight.CallOption;
import org.apache.arrow.flight.FlightClient;
import org.apache.arrow.flight.FlightClient.ClientStreamListener;
import org.apache.arrow.flight.FlightDescriptor;
import org.apache.arrow.flight.PutResult;
import org.apache.arrow.flight.SyncPutListener;
import org.apache.arrow.flight.sql.FlightSqlClient;
import org.apache.arrow.vector.IntVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.types.Types.MinorType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.Schema;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What the answer to a write promises, seen from outside. */
@Timeout(60)
@SuppressWarnings("try") // Arrow's clients say that closing them can be interrupted
class AcknowledgementTest {
  private static final Schema ROW =
      new Schema(
          List.of(
              Field.nullable("id", MinorType.INT.getType()),
              Field.nullable("name", MinorType.VARCHAR.getType())));

  @TempDir private Path folder;

  @SuppressWarnings("NullAway.Init") // before each test
  private FlightFixture flight;

  @BeforeEach
  void serve() {
    FlightFixture.parquet(folder, "t.parquet", "SELECT 1::INTEGER AS id, 'one' AS name");
    FlightFixture.parquet(folder, "log.parquet", "SELECT 1::INTEGER AS n, 'one' AS name");
    flight = new FlightFixture(folder, Map.of());
  }

  @AfterEach
  void stop() {
    flight.close();
  }

  @Test
  void durable_isReadWithItsSequence() throws Exception {
    PutAck ack = put("upsert", "x-flashduck-ack", "durable").get(0);
    assertThat(ack.getState()).isEqualTo(PutAck.State.DURABLE);
    CallOption visible =
        flight.headers("x-flashduck-min-sequence", Long.toString(ack.getSequence()));
    try (FlightSqlClient client = new FlightSqlClient(flight.client())) {
      assertThat(FlightFixture.rows(client, client.execute("FROM t WHERE id = 7", visible)))
          .containsExactly(List.of("7", "seven"));
    }
  }

  @Test
  void applied_isSeenByTheNextQuery() throws Exception {
    PutAck ack = put("upsert", "x-flashduck-ack", "applied").get(0);
    assertThat(ack.getState()).isEqualTo(PutAck.State.APPLIED);
    assertThat(flight.rows("FROM t WHERE id = 7")).containsExactly(List.of("7", "seven"));
  }

  @Test
  void exported_isInTheConsolidatedFile() throws Exception {
    PutAck ack = put("upsert", "x-flashduck-ack", "exported").get(0);
    assertThat(ack.getState()).isEqualTo(PutAck.State.EXPORTED);
    Path file = folder.resolve(".flashduck/export/main/t.parquet");
    assertThat(inFile(file, "SELECT name FROM '" + file + "' WHERE id = 7")).isEqualTo("seven");
    assertThat(
            inFile(
                file,
                "SELECT decode(value) FROM parquet_kv_metadata('"
                    + file
                    + "') WHERE decode(key) LIKE '%sequence%'"))
        .isEqualTo(Long.toString(ack.getSequence()));
  }

  @Test
  void producer_repeats_areAnsweredWithTheFirstAck_alsoAfterARestart() throws Exception {
    String[] position = {
      "x-flashduck-ack",
      "applied",
      "x-flashduck-producer",
      "p",
      "x-flashduck-producer-sequence",
      "5"
    };
    PutAck first = put("append", position).get(0);
    assertThat(first.getDuplicate()).isFalse();
    PutAck again = put("append", position).get(0);
    flight.close();
    flight = new FlightFixture(folder, Map.of());
    PutAck later = put("append", position).get(0);
    for (PutAck repeat : List.of(again, later)) {
      assertThat(repeat.getDuplicate()).isTrue();
      assertThat(repeat.getSequence()).isEqualTo(first.getSequence());
      assertThat(repeat.getRecordCount()).isEqualTo(1);
    }
    assertThat(flight.rows("SELECT count(*) FROM log WHERE n = 7")).containsExactly(List.of("1"));
  }

  @Test
  void producer_streamsNumberTheirBatches_andLateOnesAreDuplicates() throws Exception {
    String[] from = {
      "x-flashduck-ack",
      "applied",
      "x-flashduck-producer",
      "q",
      "x-flashduck-producer-sequence",
      "1"
    };
    assertThat(put("append", 3, from)).extracting(PutAck::getDuplicate).containsOnly(false);
    List<PutAck> longer = put("append", 5, from);
    assertThat(longer)
        .extracting(PutAck::getDuplicate)
        .containsExactly(true, true, true, false, false);
    assertThat(flight.rows("SELECT count(*) FROM log WHERE n = 7")).containsExactly(List.of("5"));
  }

  @Test
  void producer_sameMessageTwiceAtOnce_isOneChange() throws Exception {
    String[] position = {
      "x-flashduck-ack",
      "applied",
      "x-flashduck-producer",
      "r",
      "x-flashduck-producer-sequence",
      "1"
    };
    List<CompletableFuture<List<PutAck>>> answers = new ArrayList<>();
    for (int sender = 0; sender < 4; sender++) {
      answers.add(CompletableFuture.supplyAsync(() -> putUnchecked("append", position)));
    }
    List<PutAck> acks = new ArrayList<>();
    for (CompletableFuture<List<PutAck>> answer : answers) {
      acks.addAll(answer.get());
    }
    assertThat(acks).extracting(PutAck::getSequence).containsOnly(acks.get(0).getSequence());
    assertThat(acks).filteredOn(ack -> !ack.getDuplicate()).hasSize(1);
    assertThat(flight.rows("SELECT count(*) FROM log WHERE n = 7")).containsExactly(List.of("1"));
  }

  @Test
  void headers_thatMakeNoSense_areNamed() {
    refused("x-flashduck-ack", "x-flashduck-ack", "soon");
    refused("together", "x-flashduck-producer", "p");
    refused("a number", "x-flashduck-producer", "p", "x-flashduck-producer-sequence", "-1");
    refused("a number", "x-flashduck-producer", "p", "x-flashduck-producer-sequence", "one");
  }

  private void refused(String message, String... headers) {
    assertThatThrownBy(() -> put("append", headers)).hasStackTraceContaining(message);
  }

  private List<PutAck> putUnchecked(String operation, String... headers) {
    try {
      return put(operation, headers);
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  private List<PutAck> put(String operation, String... headers) throws Exception {
    return put(operation, 1, headers);
  }

  private List<PutAck> put(String operation, int batches, String... headers) throws Exception {
    boolean append = operation.equals("append");
    Schema schema =
        append
            ? new Schema(
                List.of(
                    Field.nullable("n", MinorType.INT.getType()),
                    Field.nullable("name", MinorType.VARCHAR.getType())))
            : ROW;
    List<PutAck> acks = new ArrayList<>();
    try (FlightClient client = flight.client();
        VectorSchemaRoot root = VectorSchemaRoot.create(schema, flight.allocator());
        SyncPutListener answers = new SyncPutListener()) {
      ClientStreamListener put =
          client.startPut(
              FlightDescriptor.path(operation, append ? "log" : "t"),
              root,
              answers,
              flight.headers(headers));
      ((IntVector) root.getVector(0)).setSafe(0, 7);
      ((VarCharVector) root.getVector(1)).setSafe(0, "seven".getBytes(StandardCharsets.UTF_8));
      root.setRowCount(1);
      for (int batch = 0; batch < batches; batch++) {
        put.putNext();
      }
      put.completed();
      for (int batch = 0; batch < batches; batch++) {
        try (PutResult result = answers.read()) {
          if (result == null) {
            break;
          }
          acks.add(PutAck.parseFrom(result.getApplicationMetadata().nioBuffer()));
        }
      }
      put.getResult();
    }
    return acks;
  }

  private static String inFile(Path file, String sql) throws SQLException {
    try (Connection duck = DriverManager.getConnection("jdbc:duckdb:");
        Statement statement = duck.createStatement();
        ResultSet row = statement.executeQuery(sql)) {
      assertThat(row.next()).as(file.toString()).isTrue();
      return row.getString(1);
    }
  }
}
