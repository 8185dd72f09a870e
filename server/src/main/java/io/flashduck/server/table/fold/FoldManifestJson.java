package io.flashduck.server.table.fold;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.flashduck.server.catalog.Column;
import io.flashduck.server.catalog.TableName;
import io.flashduck.server.table.fold.FoldManifest.Base;
import io.flashduck.server.table.fold.FoldManifest.BaseTable;
import io.flashduck.server.table.fold.FoldManifest.History;
import io.flashduck.server.table.fold.FoldManifest.ServerBase;
import io.flashduck.server.table.state.ViewState;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.zip.CRC32C;

/**
 * The manifest as it is stored: one line of JSON, and a line with its CRC32C.
 *
 * <p>Threading: stateless.
 */
final class FoldManifestJson {
  private static final int FORMAT = 1;
  private static final ObjectMapper JSON = new ObjectMapper();

  private FoldManifestJson() {}

  static byte[] encode(FoldManifest manifest) {
    ObjectNode root = JSON.createObjectNode();
    root.put("format", FORMAT);
    root.put("nextFile", manifest.nextFile());
    root.put("historySequence", manifest.historySequence());
    root.put("historyFloor", manifest.historyFloor());
    ArrayNode histories = root.putArray("histories");
    manifest
        .histories()
        .forEach(
            (table, history) -> {
              ObjectNode node = name(histories.addObject(), table);
              node.put("lastChange", history.lastChange());
              node.put("floor", history.floor());
              ArrayNode files = node.putArray("files");
              history.files().forEach(file -> files.add(file(file)));
            });
    manifest.base().ifPresent(base -> base(root.putObject("base"), base));
    byte[] line = (root + "\n").getBytes(StandardCharsets.UTF_8);
    byte[] check = (Long.toHexString(checksum(line)) + "\n").getBytes(StandardCharsets.UTF_8);
    return ByteBuffer.allocate(line.length + check.length).put(line).put(check).array();
  }

  private static void base(ObjectNode node, Base base) {
    node.put("sequence", base.sequence());
    ArrayNode tables = node.putArray("tables");
    for (BaseTable table : base.tables().values()) {
      ObjectNode one = name(tables.addObject(), table.name());
      one.put("sequence", table.sequence());
      one.put("shape", table.shape());
      table.rows().ifPresent(file -> one.set("rows", file(file)));
    }
    ArrayNode views = node.putArray("views");
    for (ViewState view : base.server().views()) {
      ObjectNode one = name(views.addObject(), view.name());
      one.put("text", view.text());
      view.searchPath().forEach(one.putArray("path")::add);
      one.put("sequence", view.sequence());
    }
    base.server().schemas().forEach(node.putArray("schemas")::add);
    node.set("producers", file(base.server().producers()));
    node.set("changes", file(base.server().changes()));
  }

  private static ObjectNode name(ObjectNode node, TableName table) {
    node.putArray("table").add(table.schema()).add(table.name());
    return node;
  }

  private static ObjectNode file(ChangeFile file) {
    ObjectNode node = JSON.createObjectNode();
    node.put("name", file.name());
    ArrayNode columns = node.putArray("columns");
    file.columns().forEach(c -> columns.addArray().add(c.name()).add(c.type()));
    node.putArray("span")
        .add(file.span().first())
        .add(file.span().last())
        .add(file.span().newestNanos());
    node.put("rows", file.rows());
    node.put("bytes", file.bytes());
    node.put("checksum", file.checksum());
    return node;
  }

  /**
   * Reads one.
   *
   * @throws IOException if it is not whole, or of another format
   */
  static FoldManifest decode(byte[] stored) throws IOException {
    int end = 0;
    while (end < stored.length && stored[end] != '\n') {
      end++;
    }
    byte[] line = java.util.Arrays.copyOf(stored, Math.min(stored.length, end + 1));
    String check =
        new String(stored, line.length, stored.length - line.length, StandardCharsets.UTF_8);
    if (!check.equals(Long.toHexString(checksum(line)) + "\n")) {
      throw new IOException("its checksum is wrong");
    }
    JsonNode root = JSON.readTree(line);
    if (root.path("format").asInt() != FORMAT) {
      throw new IOException(
          "its format is " + root.path("format").asText() + ", and " + FORMAT + " is known");
    }
    SortedMap<TableName, History> histories = new TreeMap<>();
    for (JsonNode node : root.get("histories")) {
      List<ChangeFile> files = new ArrayList<>();
      node.get("files").forEach(file -> files.add(file(file)));
      histories.put(
          table(node),
          new History(node.get("lastChange").asLong(), node.get("floor").asLong(), files));
    }
    return new FoldManifest(
        root.get("nextFile").asLong(),
        root.get("historySequence").asLong(),
        root.get("historyFloor").asLong(),
        histories,
        root.has("base") ? Optional.of(base(root.get("base"))) : Optional.empty());
  }

  private static Base base(JsonNode node) {
    SortedMap<TableName, BaseTable> tables = new TreeMap<>();
    for (JsonNode one : node.get("tables")) {
      tables.put(
          table(one),
          new BaseTable(
              table(one),
              one.get("sequence").asLong(),
              one.get("shape").asText(),
              one.has("rows") ? Optional.of(file(one.get("rows"))) : Optional.empty()));
    }
    List<ViewState> views = new ArrayList<>();
    for (JsonNode one : node.get("views")) {
      views.add(
          new ViewState(
              table(one),
              one.get("text").asText(),
              strings(one.get("path")),
              one.get("sequence").asLong()));
    }
    return new Base(
        node.get("sequence").asLong(),
        tables,
        new ServerBase(
            views,
            strings(node.get("schemas")),
            file(node.get("producers")),
            file(node.get("changes"))));
  }

  private static ChangeFile file(JsonNode node) {
    List<Column> columns = new ArrayList<>();
    node.get("columns").forEach(c -> columns.add(new Column(c.get(0).asText(), c.get(1).asText())));
    JsonNode span = node.get("span");
    return new ChangeFile(
        node.get("name").asText(),
        columns,
        new ChangeFile.Span(span.get(0).asLong(), span.get(1).asLong(), span.get(2).asLong()),
        node.get("rows").asLong(),
        node.get("bytes").asLong(),
        node.get("checksum").asLong());
  }

  private static TableName table(JsonNode node) {
    JsonNode name = node.get("table");
    return new TableName(name.get(0).asText(), name.get(1).asText());
  }

  private static List<String> strings(JsonNode array) {
    List<String> values = new ArrayList<>();
    array.forEach(value -> values.add(value.asText()));
    return values;
  }

  private static long checksum(byte[] bytes) {
    CRC32C crc = new CRC32C();
    crc.update(bytes, 0, bytes.length);
    return crc.getValue();
  }
}
