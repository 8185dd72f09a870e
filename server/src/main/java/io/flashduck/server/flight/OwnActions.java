package io.flashduck.server.flight;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.flashduck.server.access.Role;
import io.flashduck.server.catalog.TableName;
import io.flashduck.server.table.Database;
import io.flashduck.server.table.StatusJson;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionException;
import org.apache.arrow.flight.Result;

/**
 * FlashDuck's own actions. Their bodies are JSON: {@code {}} or {@code {"schema": …, "table": …}}
 * in, one object per result out.
 *
 * <p>Threading: thread-safe.
 */
final class OwnActions {
  private static final JsonMapper JSON = new JsonMapper();

  private final Database database;

  OwnActions(Database database) {
    this.database = database;
  }

  /** Versions, queue, tables with exports, files. */
  List<Result> status(Call call) {
    call.principal().require(Role.READER, "see the status");
    return List.of(result(StatusJson.of(database.status(), database.exports())));
  }

  /** Compares consolidated files with their tables; one result per table. */
  List<Result> verify(Call call, byte[] body) {
    call.principal().require(Role.ADMIN, "verify the exported files");
    List<Result> results = new ArrayList<>();
    for (TableName table : tables(body)) {
      results.add(result(StatusJson.of(database.verify(table))));
    }
    return results;
  }

  /** Waits until consolidated files are current; one result per table. */
  List<Result> export(Call call, byte[] body) {
    call.principal().require(Role.ADMIN, "export tables");
    List<Result> results = new ArrayList<>();
    for (TableName table : tables(body)) {
      try {
        results.add(result(StatusJson.of(database.export(table).join())));
      } catch (CompletionException e) {
        throw FlightErrors.toFlight(e);
      }
    }
    return results;
  }

  /** The table that the body names, or all. */
  private List<TableName> tables(byte[] body) {
    JsonNode request = request(body);
    if (!request.hasNonNull("table")) {
      return List.copyOf(database.catalog().tables().keySet());
    }
    String schema = request.path("schema").asText(TableName.DEFAULT_SCHEMA);
    return List.of(new TableName(schema, request.path("table").asText()));
  }

  private static JsonNode request(byte[] body) {
    try {
      return body.length == 0 ? JSON.createObjectNode() : JSON.readTree(body);
    } catch (IOException e) {
      throw FlightErrors.invalid("The body of the action is not JSON");
    }
  }

  private static Result result(JsonNode json) {
    try {
      return new Result(JSON.writeValueAsBytes(json));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a JSON tree is always writable", e);
    }
  }
}
