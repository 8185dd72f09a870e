package io.flashduck.server.table;

import static org.assertj.core.api.Assertions.assertThat;

import io.flashduck.server.catalog.TableDefinition;
import io.flashduck.server.catalog.TableName;
import io.flashduck.server.consolidate.ExportedFile;
import io.flashduck.server.table.RandomHistory.Sent;
import io.flashduck.server.table.SqlModel.Expected;
import io.flashduck.server.table.SqlModel.File;
import io.flashduck.server.table.SqlModel.RowKey;
import io.flashduck.server.table.SqlModel.Write;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/**
 * Random histories of many tables in one folder, one table each, so that a scan, a transaction and
 * a comparison serve all of them. After each round the tables and their consolidated files must
 * equal the model.
 */
final class HistoryBatch implements AutoCloseable {
  private final TestFolder folder;
  private final Path images;
  private final List<RandomHistory> histories = new ArrayList<>();
  private final SqlModel model;
  private final Random chance;
  private final List<String> events = new ArrayList<>();
  private Map<String, Expected> expected = Map.of();

  HistoryBatch(Path dir, long seed, int tables) throws IOException {
    chance = new Random(seed);
    images = Files.createDirectories(dir.resolve("images"));
    Path asides = Files.createDirectories(dir.resolve("asides"));
    folder = new TestFolder(Files.createDirectories(dir.resolve("data")));
    // A file for each change costs most of the time, so most batches write them when asked.
    boolean always = seed % 4 == 0;
    folder.with("export.policy", always ? "always" : "debounce").with("export.debounce", "1h");
    folder.with("engine.threads", "1");
    Map<String, RowKey> keys = new TreeMap<>();
    StringBuilder yaml = new StringBuilder("tables:\n");
    List<RowKey> kinds = List.of(RowKey.values());
    for (int i = 0; i < tables; i++) {
      RowKey key = kinds.get(i % kinds.size());
      String name = "h" + i;
      keys.put(name, key);
      histories.add(new RandomHistory(folder, asides, name, key, chance.nextLong()));
      String declared =
          key == RowKey.ID ? "\n    key: id" : key == RowKey.COMPOSITE ? "\n    key: [g, id]" : "";
      yaml.append("  ").append(name).append(":\n    path: ").append(name).append(declared);
      yaml.append('\n');
    }
    folder.text("tables.yaml", yaml.toString());
    model = new SqlModel(folder, keys);
    folder.open();
  }

  /** One step of every history, and what happens to the server meanwhile. */
  void round() throws Exception {
    switch (chance.nextInt(10)) {
      case 0 -> stopAnd(false);
      case 1 -> stopAnd(true);
      case 2, 3 -> crash();
      default -> steps();
    }
    events.add(";");
    compare();
  }

  private void steps() throws IOException {
    List<Write> writes = new ArrayList<>();
    List<Sent> sent = new ArrayList<>();
    for (RandomHistory history : histories) {
      Expected before = expected.get(history.table);
      int choice = history.choose(10);
      if (choice == 0) {
        writes.addAll(history.changeBySql(before));
      } else if (choice < 4) {
        send(history, AckLevel.APPLIED, sent);
      } else if (choice == 4 && history.key.declared() && before != null) {
        send(history, AckLevel.DURABLE, sent);
        sent.forEach(s -> s.answer().orTimeout(60, TimeUnit.SECONDS).join());
        history.changeFiles();
      } else {
        history.changeFiles();
      }
    }
    for (Sent change : sent) {
      writes.addAll(change.rows().apply(change.answer().join().sequence()));
    }
    model.accept(writes, expected);
  }

  private void send(RandomHistory history, AckLevel ack, List<Sent> sent) {
    Sent change = history.send(expected.get(history.table), ack);
    if (change != null) {
      sent.add(change);
    }
  }

  private void stopAnd(boolean deleteCache) throws IOException {
    boolean changeWhileStopped = chance.nextBoolean();
    folder.stop();
    events.add(deleteCache ? "restart without cache" : "restart");
    if (changeWhileStopped) {
      for (RandomHistory history : histories) {
        history.changeFiles();
      }
    }
    if (deleteCache) {
      deleteCache();
    }
    folder.open();
  }

  private void deleteCache() {
    folder.deleteCache();
    histories.forEach(RandomHistory::forgetAsides);
  }

  /** Files change and writes come in; meanwhile the process ends. */
  private void crash() throws Exception {
    List<Sent> sent = new ArrayList<>();
    for (RandomHistory history : histories) {
      if (history.choose(2) == 0) {
        history.changeFiles();
      }
    }
    folder.db().rescan();
    for (RandomHistory history : histories) {
      if (history.choose(2) == 0 && stays(history)) {
        send(history, AckLevel.DURABLE, sent);
      }
    }
    CountDownLatch wanted =
        new CountDownLatch(sent.isEmpty() ? 0 : chance.nextInt(sent.size() + 1));
    for (Sent change : sent) {
      CompletableFuture<WriteAck> unused =
          change.answer().whenComplete((ack, failure) -> wanted.countDown());
    }
    assertThat(wanted.await(60, TimeUnit.SECONDS)).isTrue();
    List<Sent> answered = sent.stream().filter(s -> s.answer().isDone()).toList();
    CrashImage image =
        CrashImage.take(folder.dir.resolve(".flashduck"), images.resolve("i" + events.size()));
    sent.forEach(s -> s.answer().orTimeout(60, TimeUnit.SECONDS).join());
    folder.stop();
    image.restore();
    boolean deleteCache = chance.nextInt(4) == 0;
    events.add("kill" + (deleteCache ? " and delete the cache" : ""));
    if (deleteCache) {
      deleteCache();
    }
    long survived = folder.open().status().durableSequence();
    List<Write> writes = new ArrayList<>();
    for (Sent change : sent) {
      long sequence = change.answer().join().sequence();
      if (sequence <= survived) {
        writes.addAll(change.rows().apply(sequence));
      } else if (answered.contains(change)) {
        throw new AssertionError("write " + sequence + " was acknowledged and is lost");
      }
    }
    model.accept(writes, expected);
  }

  /** Whether files that change meanwhile cannot take away the table's key, or the table. */
  private boolean stays(RandomHistory history) {
    Expected before = expected.get(history.table);
    return before != null && history.files.isEmpty();
  }

  private void compare() {
    folder.quiet();
    List<File> files = histories.stream().flatMap(h -> h.files.values().stream()).toList();
    expected = model.expected(files, RandomHistory.now());
    Map<String, List<String>> wanted = new TreeMap<>();
    expected.forEach((t, e) -> wanted.put(t, sorted(e.rows().values())));
    Map<TableName, TableDefinition> tables = folder.db().catalog().tables();
    require("tables", wanted, rows(wanted, folder.rows(select(tables))));
    List<ExportedFile> exported =
        tables.keySet().stream()
            .map(t -> folder.db().export(t).orTimeout(60, TimeUnit.SECONDS).join())
            .toList();
    require("files", wanted, rows(wanted, folder.scratchRows(read(tables, exported))));
  }

  private static List<String> sorted(Collection<String> rows) {
    return rows.stream().sorted().toList();
  }

  private static String select(Map<TableName, TableDefinition> tables) {
    return tables.entrySet().stream()
        .map(e -> selectFrom(e.getKey(), e.getValue(), e.getKey().name()))
        .collect(
            Collectors.joining(
                " UNION ALL ",
                "SELECT '', '', '', '', '', 0.0 WHERE false"
                    + (tables.isEmpty() ? "" : " UNION ALL "),
                ""));
  }

  private static String read(Map<TableName, TableDefinition> tables, List<ExportedFile> files) {
    Map<TableName, TableDefinition> none = Map.of();
    return files.stream()
        .map(
            f -> " UNION ALL " + selectFrom(f.table(), definition(tables, f), "'" + f.file() + "'"))
        .collect(Collectors.joining("", select(none), ""));
  }

  private static TableDefinition definition(
      Map<TableName, TableDefinition> tables, ExportedFile file) {
    TableDefinition definition = tables.get(file.table());
    if (definition == null) {
      throw new AssertionError("a file of no table: " + file);
    }
    return definition;
  }

  private static String selectFrom(TableName table, TableDefinition definition, String source) {
    List<String> columns = new ArrayList<>();
    for (String column : List.of("id", "g", "r", "v", "w")) {
      boolean known = definition.columns().stream().anyMatch(c -> c.name().equals(column));
      String type = column.equals("w") ? "DOUBLE" : "VARCHAR";
      columns.add((known ? column : "NULL") + "::" + type);
    }
    return "SELECT '" + table.name() + "', " + String.join(", ", columns) + " FROM " + source;
  }

  private static Map<String, List<String>> rows(
      Map<String, List<String>> wanted, List<String> lines) {
    Map<String, List<String>> tables = new TreeMap<>();
    wanted.keySet().forEach(t -> tables.put(t, new ArrayList<>()));
    for (String line : lines) {
      int bar = line.indexOf('|');
      tables
          .computeIfAbsent(line.substring(0, bar), t -> new ArrayList<>())
          .add(line.substring(bar + 1));
    }
    tables.values().forEach(rows -> rows.sort(null));
    return tables;
  }

  private void require(
      String what, Map<String, List<String>> wanted, Map<String, List<String>> actual) {
    Map<String, String> different = new HashMap<>();
    for (RandomHistory history : histories) {
      List<String> want = wanted.get(history.table);
      List<String> have = actual.get(history.table);
      if (want == null ? have != null : !want.equals(have)) {
        different.put(
            history.table,
            "%s, key %s%n  should be %s%n  but is    %s%n  steps %s%n"
                .formatted(history.table, history.key, want, have, history.steps));
      }
    }
    if (!different.isEmpty()) {
      throw new AssertionError(
          what
              + " differ from the model\n"
              + String.join("", different.values())
              + "events "
              + events);
    }
  }

  @Override
  public void close() {
    folder.close();
  }
}
