package io.flashduck.server.web;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.flashduck.server.access.Principal;
import io.flashduck.server.access.Role;
import io.flashduck.server.engine.ArrowResult;
import io.flashduck.server.engine.ClientConnection;
import io.flashduck.server.engine.Parameters;
import io.flashduck.server.engine.ReadPool;
import io.flashduck.server.engine.SessionOptions;
import io.flashduck.server.engine.StatementDescription;
import io.flashduck.server.engine.live.QueryLog;
import io.flashduck.server.engine.live.Viewer;
import io.flashduck.server.engine.sql.SqlScript;
import io.flashduck.server.engine.sql.StatementKind;
import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import io.flashduck.server.render.ArrowValues;
import io.flashduck.server.render.TypeNames;
import io.flashduck.server.render.ValueJson;
import io.flashduck.server.render.ValueText;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.types.pojo.Field;
import org.jspecify.annotations.Nullable;

/**
 * {@code POST /api/query}: the first rows of a query, as JSON.
 *
 * <p>The body is {@code {"sql": …, "maxRows": 1000, "text": false}}; with {@code text} every value
 * is a string as DuckDB would print it, which keeps the digits that JavaScript's numbers lose.
 *
 * <p>Threading: thread-safe.
 */
final class QueryEndpoint implements Endpoint {
  private static final JsonMapper JSON = new JsonMapper();
  private static final JsonFactory FACTORY = new JsonFactory();
  private static final int MAX_BODY = 1 << 20;
  private static final int DEFAULT_ROWS = 1_000;
  private static final int MAX_ROWS = 10_000;
  private static final int MAX_ANSWER = 32 << 20;

  private final WebBackend backend;

  QueryEndpoint(WebBackend backend) {
    this.backend = backend;
  }

  /** What the body asks for. */
  private record Query(String sql, int maxRows, boolean text) {}

  @Override
  public Response answer(Request request) throws IOException {
    request.principal().require(Role.READER, "run a query");
    Query query = parse(request);
    try (BufferAllocator scratch =
            backend.allocator().newChildAllocator("web query", 0, Long.MAX_VALUE);
        ReadPool.Lease lease = backend.engine().readPool().borrow(SessionOptions.DEFAULT)) {
      ClientConnection connection = lease.connection();
      ScheduledFuture<?> limit =
          backend
              .timer()
              .schedule(
                  () -> connection.cancel(tooLong()),
                  backend.limits().queryTime().toMillis(),
                  TimeUnit.MILLISECONDS);
      try {
        return Response.of(
            HttpStatus.OK,
            "application/json; charset=utf-8",
            run(connection, query, request.principal(), scratch));
      } finally {
        limit.cancel(false);
      }
    }
  }

  private byte[] run(
      ClientConnection connection, Query query, Principal principal, BufferAllocator scratch)
      throws IOException {
    QueryLog.Who who = new QueryLog.Who("http-" + UUID.randomUUID(), principal.name(), "http");
    QueryLog.Entry entry = backend.engine().queries().start(who, query.sql());
    try {
      byte[] answer = run(connection, query, principal, scratch, entry);
      entry.end(null);
      return answer;
    } catch (RuntimeException | IOException e) {
      entry.end(e);
      throw e;
    }
  }

  private byte[] run(
      ClientConnection connection,
      Query query,
      Principal principal,
      BufferAllocator scratch,
      QueryLog.Entry entry)
      throws IOException {
    long schemaVersion = backend.database().catalog().schemaVersion();
    StatementDescription description = connection.describe(query.sql(), schemaVersion);
    if (description.kind() != StatementKind.QUERY) {
      throw new FlashDuckException(
          ErrorCode.PERMISSION_DENIED,
          "Here only queries run; send changes over Flight SQL or to /api/tables/TABLE/upsert");
    }
    connection.show(
        description, new Viewer(principal.name(), principal.role().includes(Role.ADMIN)));
    try (ArrowResult result = connection.query(description, Parameters.NONE, scratch)) {
      return encode(result, query, entry);
    }
  }

  private FlashDuckException tooLong() {
    return new FlashDuckException(
        ErrorCode.TIMEOUT,
        "The query ran longer than "
            + backend.limits().queryTime().toSeconds()
            + " s, the limit of this page; run it over Flight SQL");
  }

  private static Query parse(Request request) throws IOException {
    try {
      JsonNode body = JSON.readTree(request.body(MAX_BODY));
      List<String> statements = SqlScript.split(body.path("sql").asText());
      if (statements.size() != 1) {
        throw new FlashDuckException(
            ErrorCode.INVALID_REQUEST, "One statement is needed, got " + statements.size());
      }
      int maxRows = Math.max(1, Math.min(MAX_ROWS, body.path("maxRows").asInt(DEFAULT_ROWS)));
      return new Query(statements.get(0), maxRows, body.path("text").asBoolean(false));
    } catch (JsonProcessingException e) {
      throw new FlashDuckException(
          ErrorCode.INVALID_REQUEST, "The body is not JSON: " + e.getOriginalMessage(), e);
    }
  }

  private static byte[] encode(ArrowResult result, Query query, QueryLog.Entry entry)
      throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(1 << 14);
    try (JsonGenerator json = FACTORY.createGenerator(bytes)) {
      json.writeStartObject();
      json.writeArrayFieldStart("columns");
      for (Field field : result.schema().getFields()) {
        json.writeStartObject();
        json.writeStringField("name", field.getName());
        json.writeStringField("type", TypeNames.sqlName(field));
        json.writeEndObject();
      }
      json.writeEndArray();
      json.writeArrayFieldStart("rows");
      Sent sent = rows(json, bytes, result, query);
      entry.sent(sent.rows(), bytes.size());
      json.writeEndArray();
      json.writeBooleanField("complete", sent.complete());
      json.writeEndObject();
    }
    return bytes.toByteArray();
  }

  /**
   * @param complete false if a limit cut the result off
   */
  private record Sent(int rows, boolean complete) {}

  private static Sent rows(
      JsonGenerator json, ByteArrayOutputStream bytes, ArrowResult result, Query query)
      throws IOException {
    int written = 0;
    while (result.loadNext()) {
      VectorSchemaRoot root = result.root();
      for (int row = 0; row < root.getRowCount(); row++) {
        if (written == query.maxRows() || bytes.size() > MAX_ANSWER) {
          return new Sent(written, false);
        }
        json.writeStartArray();
        for (FieldVector column : root.getFieldVectors()) {
          value(json, ArrowValues.value(column, row), query.text());
        }
        json.writeEndArray();
        written++;
      }
    }
    return new Sent(written, true);
  }

  private static void value(JsonGenerator json, @Nullable Object value, boolean asText)
      throws IOException {
    if (asText && value != null) {
      json.writeString(ValueText.text(value));
    } else {
      ValueJson.write(json, value);
    }
  }
}
