package io.flashduck.server.table.change;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.flashduck.server.catalog.TableRules;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Rules of a table as the field {@code rules} of a JSON object; no field for none.
 *
 * <p>Threading: stateless.
 */
public final class RulesJson {
  private static final String FIELD = "rules";

  private RulesJson() {}

  /** Adds the rules to an object. */
  public static void put(ObjectNode node, TableRules rules) {
    if (rules.isEmpty()) {
      return;
    }
    ObjectNode field = node.putObject(FIELD);
    rules.notNull().forEach(field.putArray("notNull")::add);
    ObjectNode defaults = field.putObject("defaults");
    new TreeMap<>(rules.defaults()).forEach(defaults::put);
    rules.checks().forEach(field.putArray("checks")::add);
  }

  /** The rules of an object. */
  public static TableRules of(JsonNode node) {
    JsonNode field = node.path(FIELD);
    if (field.isMissingNode()) {
      return TableRules.NONE;
    }
    Map<String, String> defaults = new TreeMap<>();
    field
        .path("defaults")
        .properties()
        .forEach(e -> defaults.put(e.getKey(), e.getValue().asText()));
    return new TableRules(strings(field.path("notNull")), defaults, strings(field.path("checks")));
  }

  private static List<String> strings(JsonNode array) {
    List<String> values = new ArrayList<>();
    array.forEach(value -> values.add(value.asText()));
    return values;
  }
}
