package io.flashduck.server.table.statement;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.flashduck.server.catalog.TableDefinition;
import io.flashduck.server.catalog.TableName;
import io.flashduck.server.engine.EngineConnection;
import io.flashduck.server.engine.sql.QualifiedName;
import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * Writes the schema in front of every table in a view's query: DuckDB looks names of a view up in
 * the search path of whoever reads it, not of who created it.
 *
 * <p>Threading: confined to the apply lane.
 */
final class ViewText {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final EngineConnection connection;
  private final Scope scope;

  ViewText(EngineConnection connection, Scope scope) {
    this.connection = connection;
    this.scope = scope;
  }

  /** The query with qualified names; as it is if DuckDB cannot write it as a tree. */
  String qualified(String query) {
    try {
      JsonNode tree =
          JSON.readTree(
              connection
                  .query("SELECT json_serialize_sql(?)", row -> row.getString(1), query)
                  .get(0));
      if (tree.path("error").asBoolean()) {
        return query;
      }
      Set<String> defined = new HashSet<>();
      collectDefined(tree, defined);
      qualify(tree, defined);
      return connection
          .query("SELECT json_deserialize_sql(?::JSON)", row -> row.getString(1), tree.toString())
          .get(0);
    } catch (JsonProcessingException e) {
      throw new FlashDuckException(
          ErrorCode.INTERNAL, "DuckDB's tree of a view is no JSON: " + e.getMessage(), e);
    }
  }

  /** Names that WITH defines mean themselves. */
  private static void collectDefined(JsonNode node, Set<String> defined) {
    for (JsonNode entry : node.path("cte_map").path("map")) {
      defined.add(entry.path("key").asText().toLowerCase(Locale.ROOT));
    }
    if (node.path("cte_name").isTextual()) {
      defined.add(node.path("cte_name").asText().toLowerCase(Locale.ROOT));
    }
    node.forEach(child -> collectDefined(child, defined));
  }

  private void qualify(JsonNode node, Set<String> defined) {
    if (node instanceof ObjectNode object
        && object.path("type").asText().equals("BASE_TABLE")
        && object.path("schema_name").asText().isEmpty()) {
      String name = object.path("table_name").asText();
      if (!defined.contains(name.toLowerCase(Locale.ROOT))) {
        QualifiedName written = new QualifiedName(List.of(name));
        Optional<TableName> meant =
            scope.find(written).map(TableDefinition::name).or(() -> scope.findView(written));
        meant.ifPresent(table -> object.put("schema_name", table.schema()));
      }
    }
    node.forEach(child -> qualify(child, defined));
  }
}
