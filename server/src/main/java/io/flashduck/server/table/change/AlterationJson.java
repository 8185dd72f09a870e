package io.flashduck.server.table.change;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.flashduck.server.catalog.Column;
import io.flashduck.server.table.change.TableAlteration.AddColumn;
import io.flashduck.server.table.change.TableAlteration.ChangeRules;
import io.flashduck.server.table.change.TableAlteration.ChangeType;
import io.flashduck.server.table.change.TableAlteration.DropColumn;
import io.flashduck.server.table.change.TableAlteration.RenameColumn;
import java.util.Optional;

/**
 * An alteration as the field {@code alteration} of a JSON object: {@code {"add": column, "type":
 * type, "value": text}}, {@code {"drop": column}}, {@code {"rename": column, "to": column}}, {@code
 * {"retype": column, "type": type}} or {@code {"rules": …}}.
 *
 * <p>Threading: stateless.
 */
final class AlterationJson {
  private static final String FIELD = "alteration";

  private AlterationJson() {}

  static void put(ObjectNode node, TableAlteration alteration) {
    ObjectNode field = node.putObject(FIELD);
    if (alteration instanceof AddColumn add) {
      field.put("add", add.column().name()).put("type", add.column().type());
      add.value().ifPresent(value -> field.put("value", value));
    } else if (alteration instanceof DropColumn drop) {
      field.put("drop", drop.column());
    } else if (alteration instanceof RenameColumn rename) {
      field.put("rename", rename.from()).put("to", rename.to());
    } else if (alteration instanceof ChangeType change) {
      field.put("retype", change.column()).put("type", change.type());
    } else if (alteration instanceof ChangeRules change) {
      RulesJson.put(field, change.rules());
    }
  }

  static TableAlteration of(JsonNode node) {
    JsonNode field = node.get(FIELD);
    if (field.has("add")) {
      return new AddColumn(
          new Column(field.get("add").asText(), field.get("type").asText()),
          field.has("value") ? Optional.of(field.get("value").asText()) : Optional.empty());
    }
    if (field.has("drop")) {
      return new DropColumn(field.get("drop").asText());
    }
    if (field.has("rename")) {
      return new RenameColumn(field.get("rename").asText(), field.get("to").asText());
    }
    if (field.has("retype")) {
      return new ChangeType(field.get("retype").asText(), field.get("type").asText());
    }
    return new ChangeRules(RulesJson.of(field));
  }
}
