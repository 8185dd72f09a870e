package io.flashduck.server.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.flashduck.server.cli.remote.RemoteSession;
import io.flashduck.server.cli.shell.Names;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An action of the server on one table or on all.
 *
 * <p>Threading: stateless.
 */
final class TableAction {
  private TableAction() {}

  /** Calls it; one answer per table. */
  static List<JsonNode> call(RemoteSession session, String action, @Nullable String table) {
    ObjectNode request = JsonNodeFactory.instance.objectNode();
    if (table != null) {
      List<String> parts = Names.parts(table);
      request.put("schema", parts.size() == 1 ? "main" : parts.get(0));
      request.put("table", parts.get(parts.size() - 1));
    }
    return session.action(action, request);
  }
}
