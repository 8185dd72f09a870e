package io.flashduck.server.table;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.flashduck.server.catalog.Column;
import io.flashduck.server.catalog.TableDefinition;
import io.flashduck.server.catalog.TableName;
import io.flashduck.server.consolidate.EmissionEffort;
import io.flashduck.server.consolidate.ExportState;
import io.flashduck.server.consolidate.ExportedFile;
import io.flashduck.server.consolidate.VerifyReport;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * Status, exports and verifications as JSON, for every front end alike.
 *
 * <p>Threading: stateless.
 */
public final class StatusJson {
  private StatusJson() {}

  /**
   * Versions and queue ({@code database}, {@code queue}), {@code tables} with their exports, {@code
   * files}, and the {@code loads} of changed files.
   */
  public static ObjectNode of(DatabaseStatus status, List<ExportState> exports) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    database(json.putObject("database"), status);
    queue(json.putObject("queue"), status);
    tables(json.putArray("tables"), status, exports);
    ArrayNode files = json.putArray("files");
    status.files().forEach(file -> file(files.addObject(), file));
    ArrayNode loads = json.putArray("loads");
    status.loads().forEach(load -> load(loads.addObject(), load));
    return json;
  }

  private static void database(ObjectNode json, DatabaseStatus status) {
    json.put("version", status.version());
    json.put("applied", status.appliedSequence());
    json.put("durable", status.durableSequence());
    json.put("queueBytes", status.queueBytes());
    put(json, "oldestUnappliedMillis", status.oldestUnapplied());
    json.put("writesRefused", status.writesRefused().orElse(null));
  }

  private static void queue(ObjectNode json, DatabaseStatus status) {
    json.put("durable", status.durableSequence());
    json.put("applied", status.appliedSequence());
    json.put("unapplied", status.queueDepth());
    json.put("unappliedBytes", status.queueBytes());
    put(json, "oldestUnappliedMillis", status.oldestUnapplied());
    json.put("waitingSenders", status.queue().waitingSenders());
    json.put("firstSequence", status.queue().firstSequence());
    json.put("segments", status.queue().segments());
    json.put("segmentBytes", status.queue().bytes());
    json.put("foldedSequence", status.folding().baseSequence());
    json.put("foldedBytes", status.folding().baseBytes());
    json.put("historySequence", status.folding().historySequence());
    json.put("historyFiles", status.folding().historyFiles());
    json.put("historyBytes", status.folding().historyBytes());
    json.put("notFolded", status.folding().problem().orElse(null));
  }

  private static void tables(ArrayNode json, DatabaseStatus status, List<ExportState> exports) {
    Map<TableName, ExportState> exportOf = new HashMap<>();
    exports.forEach(export -> exportOf.put(export.table(), export));
    Map<String, Long> filesOf = new HashMap<>();
    Map<String, Instant> readOf = new HashMap<>();
    for (DatabaseStatus.SourceState file : status.files()) {
      filesOf.merge(file.table(), 1L, Long::sum);
      file.loadedAt()
          .ifPresent(at -> readOf.merge(file.table(), at, (a, b) -> a.isAfter(b) ? a : b));
    }
    for (DatabaseStatus.Table table : status.tables()) {
      TableDefinition definition = table.definition();
      String name = definition.name().toString();
      ObjectNode one = json.addObject();
      one.put("schema", definition.name().schema());
      one.put("name", definition.name().name());
      one.put("rows", table.rows());
      one.put("version", table.version());
      one.put("files", filesOf.getOrDefault(name, 0L));
      Instant read = readOf.get(name);
      one.put("filesRead", read == null ? null : read.toString());
      one.put("problem", table.problem().orElse(null));
      ArrayNode key = one.putArray("key");
      definition.key().ifPresent(columns -> columns.columns().forEach(key::add));
      ArrayNode columns = one.putArray("columns");
      for (Column column : definition.columns()) {
        columns.addObject().put("name", column.name()).put("type", column.type());
      }
      ExportState export = exportOf.get(definition.name());
      if (export != null) {
        export(one.putObject("export"), export, status.appliedSequence());
      }
    }
  }

  private static void export(ObjectNode json, ExportState export, long applied) {
    export.file().ifPresent(file -> json.setAll(of(file)));
    put(json, "lagMillis", export.lag());
    json.put("sequencesBehind", export.sequencesBehind(applied));
    put(json, "lastMillis", export.effort().map(EmissionEffort::time));
    json.put("encodedRowGroups", export.effort().map(EmissionEffort::encodedRowGroups).orElse(0));
    json.put("copiedRowGroups", export.effort().map(EmissionEffort::copiedRowGroups).orElse(0));
    json.put("spliced", export.spliced());
    json.put("error", export.lastError().orElse(null));
  }

  private static void load(ObjectNode json, DatabaseStatus.Load load) {
    json.put("table", load.table());
    json.put("state", load.state());
    json.put("files", load.files());
    json.put("filesDone", load.filesDone());
    json.put("bytes", load.bytes());
    json.put("bytesDone", load.bytesDone());
    json.put("rows", load.rows());
    put(json, "elapsedMillis", Optional.of(load.elapsed()));
  }

  private static void file(ObjectNode json, DatabaseStatus.SourceState file) {
    json.put("path", file.path());
    json.put("table", file.table());
    json.put("state", file.state().name().toLowerCase(Locale.ROOT));
    json.put("reason", file.reason().orElse(null));
    json.put("rows", file.rows());
    json.put("bytes", file.bytes());
    json.put("modified", file.modified().toString());
    json.put("loaded", file.loadedAt().map(Instant::toString).orElse(null));
    put(json, "loadMillis", file.loadTime());
  }

  /** One consolidated file. */
  public static ObjectNode of(ExportedFile file) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("table", file.table().toString());
    json.put("file", file.file().toString());
    json.put("version", file.version());
    json.put("sequence", file.sequence());
    json.put("rows", file.rows());
    json.put("bytes", file.bytes());
    return json;
  }

  /** One comparison of a table with its consolidated file. */
  public static ObjectNode of(VerifyReport report) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("table", report.table().toString());
    json.put("file", report.file().toString());
    json.put("version", report.version());
    json.put("sequence", report.sequence());
    json.put("tableRows", report.tableRows());
    json.put("fileRows", report.fileRows());
    json.put("equal", report.equal());
    ArrayNode problems = json.putArray("problems");
    report.problems().forEach(problems::add);
    return json;
  }

  private static void put(ObjectNode json, String name, Optional<Duration> duration) {
    json.put(name, duration.map(Duration::toMillis).orElse(null));
  }
}
