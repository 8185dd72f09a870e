package io.flashduck.server.web;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.flashduck.server.access.Role;
import io.flashduck.server.catalog.TableName;
import io.flashduck.server.table.Database;
import io.flashduck.server.table.StatusJson;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * {@code GET /api/status}: everything that the page shows.
 *
 * <p>Threading: thread-safe.
 */
final class StatusEndpoint implements Endpoint {
  private final WebBackend backend;
  private final ChangeTimes changes;

  StatusEndpoint(WebBackend backend, ChangeTimes changes) {
    this.backend = backend;
    this.changes = changes;
  }

  @Override
  public Response answer(Request request) {
    request.principal().require(Role.READER, "see the status");
    ObjectNode body = JsonNodeFactory.instance.objectNode();
    server(body.putObject("server"), request);
    Database database = backend.database();
    body.setAll(StatusJson.of(database.status(), database.exports()));
    for (JsonNode table : body.path("tables")) {
      changed((ObjectNode) table);
    }
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

  /** When it last changed, as far as this run of the server has seen; else when it was read. */
  private void changed(ObjectNode table) {
    TableName name = new TableName(table.path("schema").asText(), table.path("name").asText());
    Optional<Instant> seen = changes.last(name);
    table.put("changed", seen.map(Instant::toString).orElse(table.path("filesRead").asText(null)));
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
}
