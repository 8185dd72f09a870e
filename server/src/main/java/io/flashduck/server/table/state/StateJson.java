package io.flashduck.server.table.state;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.flashduck.server.catalog.Column;
import io.flashduck.server.catalog.TableDefinition;
import io.flashduck.server.catalog.TableKey;
import io.flashduck.server.catalog.TableName;
import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import io.flashduck.server.sync.FileFormat;
import io.flashduck.server.sync.FileStamp;
import io.flashduck.server.sync.SourceFile;
import io.flashduck.server.table.change.RulesJson;
import io.flashduck.server.table.change.TableShape;
import io.flashduck.server.table.source.SourceColumn;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Values of the bookkeeping as JSON, for columns that only FlashDuck reads.
 *
 * <p>Threading: stateless.
 */
final class StateJson {
  private static final ObjectMapper JSON = new ObjectMapper();

  private StateJson() {}

  static String shape(TableShape shape) {
    ObjectNode node = JSON.createObjectNode();
    node.put("exists", shape.exists());
    columns(node.putArray("defined"), shape.defined());
    columns(node.putArray("written"), shape.written());
    shape
        .pin()
        .ifPresent(
            pin -> {
              pin.key().forEach(node.putArray("pin")::add);
              node.put("pinDeclared", pin.declared());
            });
    node.put("floorVersion", shape.floor().version());
    node.put("floorSequence", shape.floor().sequence());
    RulesJson.put(node, shape.rules());
    return node.toString();
  }

  static TableShape shape(String json) {
    JsonNode node = read(json);
    Optional<TableShape.Pin> pin =
        node.has("pin")
            ? Optional.of(
                new TableShape.Pin(strings(node.get("pin")), node.get("pinDeclared").asBoolean()))
            : Optional.empty();
    return new TableShape(
        node.get("exists").asBoolean(),
        columns(node.get("defined")),
        columns(node.get("written")),
        pin,
        new TableShape.Floor(node.get("floorVersion").asLong(), node.get("floorSequence").asLong()),
        RulesJson.of(node),
        List.of());
  }

  static String definition(TableDefinition definition) {
    ObjectNode node = JSON.createObjectNode();
    columns(node.putArray("columns"), definition.columns());
    definition
        .key()
        .ifPresent(
            key -> {
              key.columns().forEach(node.putArray("key")::add);
              node.put("keyOrigin", key.origin().name());
            });
    node.put("schemaVersion", definition.schemaVersion());
    RulesJson.put(node, definition.rules());
    return node.toString();
  }

  static TableDefinition definition(TableName name, String json) {
    JsonNode node = read(json);
    Optional<TableKey> key =
        node.has("key")
            ? Optional.of(
                new TableKey(
                    strings(node.get("key")),
                    TableKey.Origin.valueOf(node.get("keyOrigin").asText())))
            : Optional.empty();
    return new TableDefinition(
        name,
        columns(node.get("columns")),
        key,
        node.get("schemaVersion").asLong(),
        RulesJson.of(node));
  }

  static String file(FileState state) {
    SourceFile file = state.file();
    ObjectNode node = JSON.createObjectNode();
    node.put("format", file.format().text());
    ObjectNode partitions = node.putObject("partitions");
    file.partitions().forEach(partitions::put);
    node.put("readOptions", file.readOptions());
    FileStamp stamp = file.stamp();
    node.putArray("stamp")
        .add(stamp.size())
        .add(stamp.modifiedNanos())
        .add(stamp.changedNanos())
        .add(stamp.fileId())
        .add(stamp.revision());
    ArrayNode columns = node.putArray("columns");
    for (SourceColumn column : state.columns()) {
      columns.addArray().add(column.name()).add(column.type()).add(column.typed());
    }
    ObjectNode unique = node.putObject("uniqueBy");
    state.uniqueBy().forEach(unique::put);
    FileState.Load load = state.load();
    node.putArray("load")
        .add(load.rows())
        .add(load.newestVersion())
        .add(load.masked())
        .add(load.firstSeenNanos())
        .add(load.loadedAtNanos())
        .add(load.loadNanos());
    load.note().ifPresent(note -> node.put("note", note));
    return node.toString();
  }

  static FileState file(long id, TableName table, String path, String json) {
    JsonNode node = read(json);
    Map<String, String> partitions = new LinkedHashMap<>();
    node.get("partitions")
        .properties()
        .forEach(e -> partitions.put(e.getKey(), e.getValue().asText()));
    JsonNode s = node.get("stamp");
    SourceFile file =
        new SourceFile(
            table,
            path,
            FileFormat.parse(node.get("format").asText()),
            partitions,
            node.get("readOptions").asText(),
            new FileStamp(
                s.get(0).asLong(),
                s.get(1).asLong(),
                s.get(2).asLong(),
                s.get(3).asLong(),
                s.get(4).asInt()));
    List<SourceColumn> columns = new ArrayList<>();
    for (JsonNode c : node.get("columns")) {
      columns.add(new SourceColumn(c.get(0).asText(), c.get(1).asText(), c.get(2).asBoolean()));
    }
    Map<String, Boolean> unique = new TreeMap<>();
    node.get("uniqueBy")
        .properties()
        .forEach(e -> unique.put(e.getKey(), e.getValue().asBoolean()));
    JsonNode load = node.get("load");
    return new FileState(
        id,
        file,
        columns,
        new FileState.Load(
            load.get(0).asLong(),
            load.get(1).asLong(),
            node.has("note") ? Optional.of(node.get("note").asText()) : Optional.empty(),
            load.get(2).asBoolean(),
            load.get(3).asLong(),
            load.get(4).asLong(),
            load.get(5).asLong()),
        unique);
  }

  static String strings(List<String> values) {
    ArrayNode array = JSON.createArrayNode();
    values.forEach(array::add);
    return array.toString();
  }

  static List<String> strings(String json) {
    return strings(read(json));
  }

  private static List<String> strings(JsonNode array) {
    List<String> values = new ArrayList<>();
    array.forEach(value -> values.add(value.asText()));
    return values;
  }

  private static void columns(ArrayNode array, List<Column> columns) {
    columns.forEach(c -> array.addArray().add(c.name()).add(c.type()));
  }

  private static List<Column> columns(JsonNode array) {
    List<Column> columns = new ArrayList<>();
    array.forEach(c -> columns.add(new Column(c.get(0).asText(), c.get(1).asText())));
    return columns;
  }

  private static JsonNode read(String json) {
    try {
      return JSON.readTree(json);
    } catch (JsonProcessingException e) {
      throw new FlashDuckException(
          ErrorCode.CORRUPT_STATE, "The cache's bookkeeping is not readable: " + json, e);
    }
  }
}
