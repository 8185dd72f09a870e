package io.flashduck.server.web;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.flashduck.server.access.Role;
import io.flashduck.server.catalog.Column;
import io.flashduck.server.catalog.TableDefinition;
import io.flashduck.server.table.DatabaseStatus;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * {@code GET /api/status}: everything that the page shows.
 *
 * <p>Threading: thread-safe.
 */
final class StatusEndpoint implements Endpoint {
  private final WebBackend backend;

  StatusEndpoint(WebBackend backend) {
    this.backend = backend;
  }

  @Override
  public Response answer(Request request) {
    request.principal().require(Role.READER, "see the status");
    ObjectNode body = JsonNodeFactory.instance.objectNode();
    server(body.putObject("server"), request);
    DatabaseStatus status = backend.database().status();
    database(body.putObject("database"), status);
    tables(body.putArray("tables"), status);
    files(body.putArray("files"), status);
    queries(body.putArray("queries"));
    return Response.json(HttpStatus.OK, body);
  }

  private void server(ObjectNode json, Request request) {
    ServerInfo info = backend.info();
    json.put("version", info.version());
    json.put("started", info.started().toString());
    json.put("data", info.dataDir());
    json.put("flight", info.flightLocation());
    json.put("user", request.principal().name());
    json.put("canWrite", request.principal().role().includes(Role.WRITER));
  }

  private static void database(ObjectNode json, DatabaseStatus status) {
    json.put("version", status.version());
    json.put("applied", status.appliedSequence());
    json.put("durable", status.durableSequence());
    json.put("queueBytes", status.queueBytes());
    json.put("oldestUnappliedMillis", millis(status.oldestUnapplied()));
    json.put("writesRefused", status.writesRefused().orElse(null));
  }

  private static void tables(ArrayNode json, DatabaseStatus status) {
    Map<String, Instant> changed =
        status.files().stream()
            .filter(file -> file.loadedAt().isPresent())
            .collect(
                Collectors.toMap(
                    file -> file.table(),
                    file -> file.loadedAt().orElseThrow(),
                    (one, other) -> one.isAfter(other) ? one : other));
    Map<String, Long> files =
        status.files().stream()
            .collect(Collectors.groupingBy(file -> file.table(), Collectors.counting()));
    for (DatabaseStatus.Table table : status.tables()) {
      TableDefinition definition = table.definition();
      String name = definition.name().toString();
      ObjectNode one = json.addObject();
      one.put("schema", definition.name().schema());
      one.put("name", definition.name().name());
      one.put("rows", table.rows());
      one.put("version", table.version());
      one.put("files", files.getOrDefault(name, 0L));
      one.put("fileRead", text(changed.get(name)));
      one.put("problem", table.problem().orElse(null));
      ArrayNode key = one.putArray("key");
      definition.key().ifPresent(columns -> columns.columns().forEach(key::add));
      ArrayNode columns = one.putArray("columns");
      for (Column column : definition.columns()) {
        columns.addObject().put("name", column.name()).put("type", column.type());
      }
    }
  }

  private static void files(ArrayNode json, DatabaseStatus status) {
    for (DatabaseStatus.SourceState file : status.files()) {
      ObjectNode one = json.addObject();
      one.put("path", file.path());
      one.put("table", file.table());
      one.put("state", file.state().name().toLowerCase(Locale.ROOT));
      one.put("reason", file.reason().orElse(null));
      one.put("rows", file.rows());
      one.put("bytes", file.bytes());
      one.put("modified", file.modified().toString());
      one.put("loaded", text(file.loadedAt().orElse(null)));
      one.put("loadMillis", millis(file.loadTime()));
    }
  }

  private void queries(ArrayNode json) {
    Instant now = Instant.now();
    for (RunningQuery query : backend.running().get()) {
      ObjectNode one = json.addObject();
      one.put("id", query.id());
      one.put("user", query.user());
      one.put("sql", query.sql());
      one.put("millis", Duration.between(query.started(), now).toMillis());
    }
  }

  private static @Nullable String text(@Nullable Instant moment) {
    return moment == null ? null : moment.toString();
  }

  private static @Nullable Long millis(Optional<Duration> duration) {
    return duration.map(Duration::toMillis).orElse(null);
  }
}
