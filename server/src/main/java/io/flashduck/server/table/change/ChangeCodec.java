package io.flashduck.server.table.change;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.flashduck.server.catalog.Column;
import io.flashduck.server.catalog.TableName;
import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import io.flashduck.server.table.ArrowRows;
import io.flashduck.server.table.ProducerPosition;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Encodes a change as the payload of one queue frame.
 *
 * <pre>
 * magic         4 bytes  "FDC" and the format's version: 1, or 2 if a table has rules, or 3 if a
 *                        table is altered, so that a FlashDuck that would not hold to them does
 *                        not read it
 * headerLength  4 bytes  big endian
 * header        JSON in UTF-8: {"count": rows, "producer": [id, number],
 *                 "sections": [{"op": "upsert" | "delete" | "append" | "mixed" | "rewrite" |
 *                               "create" | "alter" | "drop" | "create_view" | "drop_view" |
 *                               "create_schema" | "drop_schema",
 *                               "table": [schema, name], "key": [column…],
 *                               "columns": [[name, type]…], "replace": bool, "text": sql,
 *                               "path": [schema…], "schema": name,
 *                               "rules": {"notNull": [column…], "defaults": {column: sql},
 *                                 "checks": [sql…]},
 *                               "alteration": see AlterationJson,
 *                               "rows": count, "bytes": length}]}
 * streams       for each section with "bytes", in order: one Arrow IPC stream of that length
 * </pre>
 *
 * The frame's checksum covers all of it, so nothing is checked twice here.
 *
 * <p>Threading: stateless.
 */
public final class ChangeCodec {
  private static final byte[] MAGIC = {'F', 'D', 'C'};
  private static final byte PLAIN = 1;
  private static final byte WITH_RULES = 2;
  private static final byte WITH_ALTERATIONS = 3;
  private static final int PREFIX_BYTES = 8;
  private static final ObjectMapper JSON = new ObjectMapper();

  private ChangeCodec() {}

  /** The payload of the change's frame. */
  public static ByteBuffer encode(LoggedChange change) {
    List<ArrowRows> streams = new ArrayList<>();
    byte[] header = headerOf(change, streams);
    long size = PREFIX_BYTES + (long) header.length;
    for (ArrowRows rows : streams) {
      size += rows.sizeBytes();
    }
    if (size > Integer.MAX_VALUE - 64) {
      throw new FlashDuckException(
          ErrorCode.RESOURCE_EXHAUSTED,
          "The change has " + size + " bytes, more than one frame can hold; send it in parts");
    }
    ByteBuffer payload = ByteBuffer.allocate((int) size);
    payload.put(MAGIC).put(versionOf(change)).putInt(header.length).put(header);
    for (ArrowRows rows : streams) {
      payload.put(rows.encoded());
    }
    return payload.flip();
  }

  /**
   * The change of a frame; keeps the payload's array if it has one.
   *
   * @throws FlashDuckException CORRUPT_STATE if the payload is not of this format
   */
  public static LoggedChange decode(ByteBuffer payload) {
    try {
      byte[] bytes = arrayOf(payload);
      ByteBuffer in = ByteBuffer.wrap(bytes);
      for (byte expected : MAGIC) {
        if (in.get() != expected) {
          throw corrupt("it does not begin with the magic of a change", null);
        }
      }
      byte version = in.get();
      if (version < PLAIN || version > WITH_ALTERATIONS) {
        throw corrupt("its format is version " + version + ", and 1 to 3 are known", null);
      }
      int headerLength = in.getInt();
      JsonNode header = JSON.readTree(bytes, PREFIX_BYTES, headerLength);
      int offset = PREFIX_BYTES + headerLength;
      List<ChangeSection> sections = new ArrayList<>();
      for (JsonNode node : header.get("sections")) {
        int length = node.path("bytes").asInt();
        sections.add(sectionOf(node, bytes, offset, length));
        offset += length;
      }
      JsonNode producer = header.get("producer");
      return new LoggedChange(
          sections,
          header.get("count").asLong(),
          producer == null
              ? Optional.empty()
              : Optional.of(
                  new ProducerPosition(producer.get(0).asText(), producer.get(1).asLong())));
    } catch (IOException | RuntimeException e) {
      throw e instanceof FlashDuckException known ? known : corrupt(String.valueOf(e), e);
    }
  }

  private static byte versionOf(LoggedChange change) {
    if (change.sections().stream().anyMatch(ChangeSection.Alter.class::isInstance)) {
      return WITH_ALTERATIONS;
    }
    boolean rules =
        change.sections().stream()
            .anyMatch(s -> s instanceof ChangeSection.Create create && !create.rules().isEmpty());
    return rules ? WITH_RULES : PLAIN;
  }

  private static FlashDuckException corrupt(
      String why, @org.jspecify.annotations.Nullable Throwable cause) {
    return new FlashDuckException(
        ErrorCode.CORRUPT_STATE,
        "A change in the write queue cannot be decoded: "
            + why
            + ". It may come from a newer FlashDuck; start that one.",
        cause);
  }

  private static byte[] arrayOf(ByteBuffer payload) {
    if (payload.hasArray()
        && payload.arrayOffset() == 0
        && payload.position() == 0
        && payload.limit() == payload.array().length) {
      return payload.array();
    }
    byte[] bytes = new byte[payload.remaining()];
    payload.duplicate().get(bytes);
    return bytes;
  }

  private static byte[] headerOf(LoggedChange change, List<ArrowRows> streams) {
    ObjectNode header = JSON.createObjectNode();
    header.put("count", change.recordCount());
    change
        .producer()
        .ifPresent(p -> header.putArray("producer").add(p.producer()).add(p.sequence()));
    ArrayNode sections = header.putArray("sections");
    for (ChangeSection section : change.sections()) {
      write(sections.addObject(), section, streams);
    }
    try {
      return JSON.writeValueAsBytes(header);
    } catch (JsonProcessingException e) {
      throw new FlashDuckException(ErrorCode.INTERNAL, "A change cannot be encoded: " + e, e);
    }
  }

  private static void write(ObjectNode node, ChangeSection section, List<ArrowRows> streams) {
    if (section instanceof ChangeSection.Rows rows) {
      node.put("op", rows.kind().name().toLowerCase(Locale.ROOT));
      putTable(node, rows.table());
      putDefinition(node, rows.key(), rows.columns());
      node.put("rows", rows.rows().rowCount());
      node.put("bytes", rows.rows().sizeBytes());
      streams.add(rows.rows());
    } else if (section instanceof ChangeSection.Create create) {
      putTable(node.put("op", "create"), create.table());
      putDefinition(node, create.key(), create.columns());
      node.put("replace", create.replace());
      RulesJson.put(node, create.rules());
    } else if (section instanceof ChangeSection.Alter alter) {
      putTable(node.put("op", "alter"), alter.table());
      alter.key().forEach(node.putArray("key")::add);
      AlterationJson.put(node, alter.alteration());
    } else if (section instanceof ChangeSection.Drop drop) {
      putTable(node.put("op", "drop"), drop.table());
    } else if (section instanceof ChangeSection.CreateView view) {
      putTable(node.put("op", "create_view"), view.view());
      node.put("text", view.text());
      view.searchPath().forEach(node.putArray("path")::add);
    } else if (section instanceof ChangeSection.DropView view) {
      putTable(node.put("op", "drop_view"), view.view());
    } else if (section instanceof ChangeSection.CreateSchema schema) {
      node.put("op", "create_schema").put("schema", schema.schema());
    } else if (section instanceof ChangeSection.DropSchema schema) {
      node.put("op", "drop_schema").put("schema", schema.schema());
    }
  }

  private static void putTable(ObjectNode node, TableName table) {
    node.putArray("table").add(table.schema()).add(table.name());
  }

  private static void putDefinition(ObjectNode node, List<String> key, List<Column> columns) {
    key.forEach(node.putArray("key")::add);
    ArrayNode array = node.putArray("columns");
    columns.forEach(c -> array.addArray().add(c.name()).add(c.type()));
  }

  private static ChangeSection sectionOf(JsonNode node, byte[] bytes, int offset, int length) {
    String op = node.get("op").asText();
    return switch (op) {
      case "create" ->
          new ChangeSection.Create(
              table(node),
              columns(node),
              strings(node, "key"),
              node.get("replace").asBoolean(),
              RulesJson.of(node));
      case "alter" ->
          new ChangeSection.Alter(table(node), strings(node, "key"), AlterationJson.of(node));
      case "drop" -> new ChangeSection.Drop(table(node));
      case "create_view" ->
          new ChangeSection.CreateView(
              table(node), node.get("text").asText(), strings(node, "path"));
      case "drop_view" -> new ChangeSection.DropView(table(node));
      case "create_schema" -> new ChangeSection.CreateSchema(node.get("schema").asText());
      case "drop_schema" -> new ChangeSection.DropSchema(node.get("schema").asText());
      default ->
          new ChangeSection.Rows(
              table(node),
              RowsKind.valueOf(op.toUpperCase(Locale.ROOT)),
              strings(node, "key"),
              columns(node),
              ArrowRows.within(bytes, offset, length, node.get("rows").asLong()));
    };
  }

  private static TableName table(JsonNode node) {
    JsonNode name = node.get("table");
    return new TableName(name.get(0).asText(), name.get(1).asText());
  }

  private static List<String> strings(JsonNode node, String field) {
    List<String> strings = new ArrayList<>();
    node.get(field).forEach(value -> strings.add(value.asText()));
    return strings;
  }

  private static List<Column> columns(JsonNode node) {
    List<Column> columns = new ArrayList<>();
    node.get("columns").forEach(c -> columns.add(new Column(c.get(0).asText(), c.get(1).asText())));
    return columns;
  }
}
