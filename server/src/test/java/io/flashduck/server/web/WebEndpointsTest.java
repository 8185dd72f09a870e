package io.flashduck.server.web;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.flashduck.server.access.Authenticator;
import io.flashduck.server.access.SigningKey;
import io.flashduck.server.config.ServerConfig;
import io.flashduck.server.engine.Engine;
import io.flashduck.server.engine.EngineSettings;
import io.flashduck.server.engine.ReadPoolSettings;
import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import io.flashduck.server.render.ArrowValues;
import io.flashduck.server.table.AckLevel;
import io.flashduck.server.table.ArrowRows;
import io.flashduck.server.table.Change;
import io.flashduck.server.table.ChangeKind;
import io.flashduck.server.table.ProducerPosition;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.channels.Channels;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.stream.Stream;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.ipc.ArrowReader;
import org.apache.arrow.vector.ipc.ArrowStreamWriter;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class WebEndpointsTest {
  private static final String JSON = "application/json";
  private static final String LINES = "application/x-ndjson";

  @TempDir private Path dir;
  private final BufferAllocator allocator = new RootAllocator();
  private final FakeDatabase database = new FakeDatabase();
  private final HttpClient client = HttpClient.newHttpClient();
  private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
  private Engine engine;
  private WebServer server;

  @BeforeEach
  void open() {
    engine =
        Engine.open(
            new EngineSettings(
                dir.resolve("cache.duckdb"),
                dir.resolve("tmp"),
                List.of(),
                "256MB",
                1,
                new ReadPoolSettings(2, Duration.ofSeconds(1))));
    ServerConfig config =
        ServerConfig.of(Map.of("data.dir", dir.toString(), "network.http-port", "0"));
    Authenticator authenticator =
        Authenticator.open(config.access(), SigningKey.open(dir.resolve("key")), Clock.systemUTC());
    server = WebServer.open(config.network(), authenticator);
    server.ready(
        new WebBackend(
            database,
            engine,
            allocator,
            new ServerInfo("9.9", Instant.EPOCH, "/data", "grpc://127.0.0.1:31337"),
            new WebLimits(Duration.ofSeconds(1), Duration.ofSeconds(10), 4_000, dir.resolve("tmp")),
            timer,
            () -> List.of(new RunningQuery("q1", "ann", "SELECT 1", Instant.now()))));
  }

  @AfterEach
  void close() {
    server.close();
    engine.close();
    timer.shutdownNow();
    allocator.close();
  }

  @Test
  void status_hasTablesFilesQueueAndQueries() throws Exception {
    JsonNode status = json(get("/api/status"));
    assertThat(status.at("/server/version").asText()).isEqualTo("9.9");
    assertThat(status.at("/database/durable").asLong()).isEqualTo(4);
    assertThat(status.at("/tables/0/name").asText()).isEqualTo("orders");
    assertThat(status.at("/tables/0/rows").asLong()).isEqualTo(1_234_567);
    assertThat(status.at("/tables/0/key/0").asText()).isEqualTo("id");
    assertThat(status.at("/files/1/state").asText()).isEqualTo("quarantined");
    assertThat(status.at("/files/1/reason").asText()).contains("line 3");
    assertThat(status.at("/queries/0/sql").asText()).isEqualTo("SELECT 1");
  }

  @Test
  void metrics_areInPrometheusFormat() throws Exception {
    String body = get("/metrics").body();
    assertThat(body)
        .contains(
            "flashduck_table_rows{table=\"main.orders\"} 1234567",
            "flashduck_files{state=\"quarantined\"} 1",
            "flashduck_queue_bytes 1500",
            "flashduck_queue_depth 1",
            "flashduck_queue_segment_bytes 4096",
            "flashduck_export_lag_seconds{table=\"main.orders\"} 1.25",
            "flashduck_export_sequences_behind{table=\"main.orders\"} 3",
            "flashduck_statements_running 1",
            "jvm_memory_used_bytes");
  }

  @Test
  void query_firstRows_asValuesOrText() throws Exception {
    String values =
        query("{\"sql\": \"SELECT i, 1.50 AS d, [i] AS l FROM range(3) t(i);\", \"maxRows\": 2}")
            .body();
    assertThat(values)
        .contains(
            "{\"name\":\"d\",\"type\":\"DECIMAL(3,2)\"}",
            "\"rows\":[[0,1.50,[0]],[1,1.50,[1]]]",
            "\"complete\":false");
    JsonNode texts =
        json(query("{\"sql\": \"SELECT 9223372036854775807 AS n, NULL AS x\", \"text\": true}"));
    assertThat(texts.at("/rows").toString()).isEqualTo("[[\"9223372036854775807\",null]]");
    assertThat(texts.at("/complete").asBoolean()).isTrue();
  }

  @Test
  void query_whatIsNotAllowed_isRefusedWithAReason() throws Exception {
    assertThat(query("{\"sql\": \"SELEC 1\"}").statusCode()).isEqualTo(400);
    assertThat(query("{\"sql\": \"SELECT 1; SELECT 2\"}").statusCode()).isEqualTo(400);
    assertThat(query("no json").statusCode()).isEqualTo(400);
    assertThat(query("{\"sql\": \"SELECT * FROM nothing\"}").statusCode()).isEqualTo(404);
    assertThat(query("{\"sql\": \"DROP TABLE orders\"}").statusCode()).isEqualTo(403);
    assertThat(query("{\"sql\": \"SELECT * FROM read_csv('/etc/passwd')\"}").statusCode())
        .isEqualTo(403);
  }

  @Test
  void query_tooLong_isStopped() throws Exception {
    HttpResponse<String> answer =
        query("{\"sql\": \"SELECT count(*) FROM range(100000000) a, range(100000000) b\"}");
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(504);
    assertThat(json(answer).at("/error/message").asText()).contains("1 s");
  }

  @Test
  void upsert_json_becomesOneTypedChange() throws Exception {
    HttpResponse<String> answer =
        post(
            "/api/tables/orders/upsert",
            JSON,
            "[{\"id\": 1, \"at\": \"2026-01-02 03:04:05\", \"tags\": [\"a\"]}, {\"ID\": 2}]",
            Map.of());
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(400);
    answer =
        post(
            "/api/tables/orders/upsert",
            JSON,
            "[{\"id\": 1, \"at\": \"2026-01-02 03:04:05\", \"tags\": [\"a\"]}, {\"id\": 2}]",
            Map.of());
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    assertThat(json(answer).at("/sequence").asLong()).isEqualTo(1);
    assertThat(json(answer).at("/rows").asLong()).isEqualTo(2);
    assertThat(json(answer).at("/state").asText()).isEqualTo("applied");
    Change change = database.submitted.get(0);
    assertThat(change.kind()).isEqualTo(ChangeKind.UPSERT);
    assertThat(rows(change.rows()))
        .containsExactly("at=2026-01-02T03:04:05 id=1 tags=[a]", "at=null id=2 tags=null");
    try (Stream<Path> left = Files.list(dir.resolve("tmp"))) {
      assertThat(left).isEmpty();
    }
  }

  @Test
  void delete_lines_withHeaders_passesThemOn() throws Exception {
    HttpResponse<String> answer =
        post(
            "/api/tables/main.orders/delete",
            LINES,
            "{\"id\": 5}\n{\"id\": 6}\n",
            Map.of(
                "x-flashduck-ack", "durable",
                "x-flashduck-producer", "cron",
                "x-flashduck-producer-sequence", "12"));
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    assertThat(database.submitted.get(0).kind()).isEqualTo(ChangeKind.DELETE);
    assertThat(database.options.get(0).ack()).isEqualTo(AckLevel.DURABLE);
    assertThat(database.options.get(0).producer()).contains(new ProducerPosition("cron", 12));
  }

  @Test
  void append_arrow_isTakenAsItIs() throws Exception {
    HttpResponse<String> answer =
        client.send(
            request("/api/tables/orders/append")
                .header("Content-Type", "application/vnd.apache.arrow.stream")
                .POST(HttpRequest.BodyPublishers.ofByteArray(arrow(3)))
                .build(),
            HttpResponse.BodyHandlers.ofString());
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    assertThat(rows(database.submitted.get(0).rows())).containsExactly("id=0", "id=1", "id=2");
  }

  @Test
  void write_wrongBody_saysWhat() throws Exception {
    assertError(400, "no column 'nome'", "orders/upsert", JSON, "[{\"id\": 1, \"nome\": 2}]");
    assertError(400, "no objects", "orders/upsert", JSON, "[1, 2]");
    assertError(400, "empty", "orders/upsert", JSON, "");
    assertError(400, "upsert, delete or append", "orders/replace", JSON, "[]");
    assertError(404, "main.nothing", "nothing/upsert", JSON, "[{\"id\": 1}]");
    assertError(413, "4000 bytes", "orders/upsert", LINES, "{\"id\": 1}\n".repeat(1_000));
    assertError(400, "application/x-ndjson", "orders/upsert", "application/xml", "<a/>");
    assertError(400, "id", "orders/upsert", JSON, "[{\"id\": \"many\"}]");
    assertThat(database.submitted).isEmpty();
  }

  @Test
  void write_refusedByTheDatabase_hasItsStatus() throws Exception {
    database.refusal = new FlashDuckException(ErrorCode.QUEUE_FULL, "The queue is full");
    assertError(429, "The queue is full", "orders/upsert", JSON, "[{\"id\": 1}]");
  }

  private void assertError(int status, String text, String path, String type, String body)
      throws Exception {
    HttpResponse<String> answer = post("/api/tables/" + path, type, body, Map.of());
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
    assertThat(json(answer).at("/error/message").asText()).contains(text);
  }

  private List<String> rows(ArrowRows rows) throws IOException {
    List<String> texts = new ArrayList<>();
    try (ArrowReader reader = rows.open(allocator)) {
      VectorSchemaRoot root = reader.getVectorSchemaRoot();
      while (reader.loadNextBatch()) {
        for (int row = 0; row < root.getRowCount(); row++) {
          int at = row;
          texts.add(
              root.getFieldVectors().stream()
                  .map(vector -> vector.getName() + "=" + ArrowValues.value(vector, at))
                  .sorted()
                  .reduce((one, other) -> one + " " + other)
                  .orElse(""));
        }
      }
    }
    return texts;
  }

  private byte[] arrow(int rows) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    BigIntVector id = new BigIntVector("id", allocator);
    for (int i = 0; i < rows; i++) {
      id.setSafe(i, i);
    }
    try (VectorSchemaRoot root = VectorSchemaRoot.of(id);
        ArrowStreamWriter writer = new ArrowStreamWriter(root, null, Channels.newChannel(bytes))) {
      root.setRowCount(rows);
      writer.start();
      writer.writeBatch();
      writer.end();
    }
    return bytes.toByteArray();
  }

  private HttpResponse<String> post(
      String path, String type, String body, Map<String, String> headers) throws Exception {
    HttpRequest.Builder request =
        request(path)
            .header("Content-Type", type)
            .POST(HttpRequest.BodyPublishers.ofString(body, UTF_8));
    headers.forEach(request::header);
    return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
  }

  private HttpResponse<String> query(String body) throws Exception {
    return post("/api/query", JSON, body, Map.of());
  }

  private HttpResponse<String> get(String path) throws Exception {
    return client.send(request(path).GET().build(), HttpResponse.BodyHandlers.ofString());
  }

  private HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + path));
  }

  private static JsonNode json(HttpResponse<String> answer) throws IOException {
    return new ObjectMapper().readTree(answer.body());
  }
}
