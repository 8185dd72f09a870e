package io.flashduck.server.web;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.flashduck.server.access.Role;
import io.flashduck.server.catalog.TableDefinition;
import io.flashduck.server.catalog.TableName;
import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import io.flashduck.server.table.AckLevel;
import io.flashduck.server.table.ArrowRows;
import io.flashduck.server.table.Change;
import io.flashduck.server.table.ChangeKind;
import io.flashduck.server.table.ProducerPosition;
import io.flashduck.server.table.WriteAck;
import io.flashduck.server.table.WriteOptions;
import java.io.IOException;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.ipc.ArrowStreamReader;

/**
 * {@code POST /api/tables/TABLE/upsert|delete|append}: the rows of the body as one atomic change.
 *
 * <p>TABLE is a name or {@code schema.name}; the body is a JSON array of objects, newline JSON, or
 * an Arrow stream. The headers {@code x-flashduck-ack}, {@code x-flashduck-producer} and {@code
 * x-flashduck-producer-sequence} mean what they mean over Flight; the answer comes once the change
 * is visible if nothing else is asked for.
 *
 * <p>Threading: thread-safe.
 */
final class WriteEndpoint implements Endpoint {
  private static final String PREFIX = "/api/tables/";

  private final WebBackend backend;
  private final JsonRows json;

  WriteEndpoint(WebBackend backend) {
    this.backend = backend;
    this.json = new JsonRows(backend);
  }

  @Override
  public Response answer(Request request) throws IOException, InterruptedException {
    request.principal().require(Role.WRITER, "change tables");
    Target target = Target.parse(request.path().substring(PREFIX.length()));
    WriteOptions options = options(request);
    ArrowRows rows = rows(request, target.table());
    Change change = Change.of(target.kind(), target.table(), rows);
    WriteAck ack = await(backend.database().submit(change, options));
    ObjectNode body = JsonNodeFactory.instance.objectNode();
    body.put("sequence", ack.sequence());
    body.put("rows", ack.recordCount());
    body.put("state", ack.state().name().toLowerCase(Locale.ROOT));
    body.put("duplicate", ack.duplicate());
    return Response.json(HttpStatus.OK, body);
  }

  /** What the path names. */
  private record Target(TableName table, ChangeKind kind) {
    static Target parse(String path) {
      int slash = path.lastIndexOf('/');
      String table = slash < 0 ? "" : path.substring(0, slash);
      int dot = table.indexOf('.');
      TableName name =
          dot < 0
              ? TableName.ofMain(table)
              : new TableName(table.substring(0, dot), table.substring(dot + 1));
      return new Target(name, kind(path.substring(slash + 1)));
    }

    private static ChangeKind kind(String operation) {
      return switch (operation) {
        case "upsert" -> ChangeKind.UPSERT;
        case "delete" -> ChangeKind.DELETE;
        case "append" -> ChangeKind.APPEND;
        default ->
            throw invalid("'" + operation + "' is no operation; write upsert, delete or append");
      };
    }
  }

  private static WriteOptions options(Request request) {
    AckLevel ack =
        request
            .header("x-flashduck-ack")
            .map(text -> text.strip().toUpperCase(Locale.ROOT))
            .map(WriteEndpoint::ackLevel)
            .orElse(AckLevel.APPLIED);
    Optional<String> producer = request.header("x-flashduck-producer");
    Optional<String> sequence = request.header("x-flashduck-producer-sequence");
    if (producer.isPresent() != sequence.isPresent()) {
      throw invalid(
          "Send the headers x-flashduck-producer and x-flashduck-producer-sequence together");
    }
    return new WriteOptions(
        ack, producer.map(id -> new ProducerPosition(id, number(sequence.orElseThrow()))));
  }

  private static AckLevel ackLevel(String text) {
    try {
      return AckLevel.valueOf(text);
    } catch (IllegalArgumentException e) {
      throw invalid("x-flashduck-ack is durable, applied or exported, got '" + text + "'");
    }
  }

  private static long number(String text) {
    try {
      return Long.parseLong(text.strip());
    } catch (NumberFormatException e) {
      throw invalid("x-flashduck-producer-sequence is a number, got '" + text + "'");
    }
  }

  private ArrowRows rows(Request request, TableName table) throws IOException {
    String type = request.mediaType();
    long limit = backend.limits().maxWriteBytes();
    try (BufferAllocator scratch =
        backend.allocator().newChildAllocator("web write", 0, Long.MAX_VALUE)) {
      return switch (type) {
        case "application/vnd.apache.arrow.stream" -> {
          try (ArrowStreamReader reader = new ArrowStreamReader(request.body(), scratch)) {
            yield ArrowRows.readAll(reader, limit);
          }
        }
        case "application/json", "application/x-ndjson", "application/jsonl" ->
            json.read(request.body(), definition(table), scratch);
        default ->
            throw invalid(
                "The body's type '"
                    + type
                    + "' is unknown; send application/json, application/x-ndjson or"
                    + " application/vnd.apache.arrow.stream");
      };
    }
  }

  private TableDefinition definition(TableName table) {
    return backend
        .database()
        .catalog()
        .table(table)
        .orElseThrow(
            () -> new FlashDuckException(ErrorCode.NOT_FOUND, "There is no table " + table + "."));
  }

  private WriteAck await(CompletableFuture<WriteAck> answer) throws InterruptedException {
    try {
      return answer.get(backend.limits().writeTime().toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof FlashDuckException known) {
        throw known;
      }
      throw new FlashDuckException(ErrorCode.INTERNAL, String.valueOf(e.getCause()), e);
    } catch (TimeoutException e) {
      throw new FlashDuckException(
          ErrorCode.TIMEOUT,
          "The change is not answered after "
              + backend.limits().writeTime().toSeconds()
              + " s; it may still be applied. With x-flashduck-producer a repeat is safe",
          e);
    }
  }

  private static FlashDuckException invalid(String message) {
    return new FlashDuckException(ErrorCode.INVALID_REQUEST, message);
  }
}
