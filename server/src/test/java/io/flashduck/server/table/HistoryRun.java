package io.flashduck.server.table;

import static org.assertj.core.api.Assertions.assertThat;

import io.flashduck.server.catalog.TableName;
import io.flashduck.server.consolidate.ExportState;
import io.flashduck.server.table.HistoryModel.FileRows;
import io.flashduck.server.table.HistoryModel.Row;
import io.flashduck.server.table.HistoryModel.Write;
import io.flashduck.server.table.HistoryStep.Format;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * A database and the model of its tables, side by side. Table {@code d} declares its key, {@code i}
 * has one by inference as long as its files allow, {@code n} has no column that could be one.
 */
final class HistoryRun implements AutoCloseable {
  static final int TABLES = 3;
  private static final List<String> NAMES = List.of("d", "i", "n");
  private static final List<String> COLUMNS = List.of("x", "y");
  private static final int BALLAST = 120_000;
  private static final long DAY_NANOS = 86_400_000_000_000L;

  private final TestFolder folder;
  private final List<HistoryModel> models =
      List.of(new HistoryModel(true), new HistoryModel(false), new HistoryModel(false));

  /** What is in each file, broken ones not. */
  private final Map<String, FileRows> onDisk = new HashMap<>();

  private final Map<String, Long> times = new HashMap<>();
  private final Size size;
  private int values;
  private int ticks;

  /** How large the tables are. */
  enum Size {
    SMALL(1),

    /**
     * Each table also has many rows that nothing changes but the end of the table, and the rows
     * that histories are about lie far apart among them; consolidated files are written.
     */
    MANY_ROW_GROUPS(20_000);

    private final int apart;

    Size(int apart) {
      this.apart = apart;
    }
  }

  HistoryRun(Path dir, Size size) {
    this.size = size;
    folder = new TestFolder(dir);
    if (size == Size.MANY_ROW_GROUPS) {
      folder.with("export.policy", "always").with("export.row-group-rows", "2048");
    }
    folder.text(
        "tables.yaml",
        "tables:",
        "  d:",
        "    path: d",
        "    key: id",
        "  i:",
        "    path: i",
        "  n:",
        "    path: n");
    if (size == Size.MANY_ROW_GROUPS) {
      for (int table = 0; table < TABLES; table++) {
        writeBallast(table);
      }
    }
    folder.open();
  }

  private void writeBallast(int table) {
    boolean hasId = !NAMES.get(table).equals("n");
    String path = NAMES.get(table) + "/ballast.parquet";
    Path file =
        folder.parquet(
            path,
            "SELECT "
                + (hasId ? "i::BIGINT AS id, " : "")
                + "if(i = 1, 'first', 'ballast') AS v FROM range(1, "
                + BALLAST
                + ") t(i) WHERE i % "
                + size.apart
                + " > 0");
    long time = 1_500_000_000_000_000_000L;
    setTime(file, time);
    Row first = new Row(hasId ? Map.of("id", "1", "v", "first") : Map.of("v", "first"));
    FileRows content = new FileRows(time, List.of(first), hasId);
    onDisk.put(path, content);
    times.put(path, time);
    models.get(table).files.put(path, content);
  }

  /** Compares each consolidated file with its table. */
  void requireFiles() {
    for (TableName table : folder.db().catalog().tables().keySet()) {
      assertThat(folder.db().verify(table).problems()).as("file of %s", table).isEmpty();
    }
  }

  /** How many emissions of a table encoded only what changed. */
  long spliced(String table) {
    return folder.db().exports().stream()
        .filter(state -> state.table().equals(TestFolder.name(table)))
        .mapToLong(ExportState::spliced)
        .sum();
  }

  void apply(HistoryStep step) throws IOException {
    if (step instanceof HistoryStep.WriteFile file) {
      writeFile(file);
    } else if (step instanceof HistoryStep.DeleteFile file) {
      forget(file.table(), path(file.table(), file.file()));
    } else if (step instanceof HistoryStep.RenameFile file) {
      rename(file);
    } else if (step instanceof HistoryStep.TouchFile file) {
      touch(file);
    } else if (step instanceof HistoryStep.CorruptFile file) {
      corrupt(file);
    } else if (step instanceof HistoryStep.Put put) {
      put(put);
    } else if (step instanceof HistoryStep.Delete delete) {
      delete(delete);
    } else if (step instanceof HistoryStep.Update update) {
      update(update.table(), update.id(), "v");
    } else if (step instanceof HistoryStep.DeleteRows delete) {
      update(delete.table(), delete.id(), "");
    } else if (step instanceof HistoryStep.Fill fill) {
      String column = COLUMNS.get(fill.column());
      if (models.get(fill.table()).added.contains(column)) {
        update(fill.table(), fill.id(), column);
      }
    } else if (step instanceof HistoryStep.AddColumn add) {
      addColumn(add);
    } else if (step instanceof HistoryStep.DropColumn drop) {
      dropColumn(drop);
    } else if (step instanceof HistoryStep.RenameColumn rename) {
      renameColumn(rename);
    } else if (step instanceof HistoryStep.RetypeColumn retype) {
      retypeColumn(retype);
    } else if (step instanceof HistoryStep.Truncate truncate) {
      end(truncate.table(), true);
    } else if (step instanceof HistoryStep.Drop drop) {
      end(drop.table(), false);
    } else if (step instanceof HistoryStep.Fold) {
      folder.db().fold();
      assertThat(folder.db().status().folding().problem()).isEmpty();
      assertThat(folder.db().status().folding().baseSequence())
          .isEqualTo(folder.db().catalog().sequence());
    } else if (step instanceof HistoryStep.Restart restart) {
      restart(restart);
    }
    folder.quiet();
  }

  /** The file of that number, whatever its format. */
  private Optional<String> path(int table, int file) {
    return onDiskOrBroken().keySet().stream()
        .filter(path -> path.startsWith(NAMES.get(table) + "/f" + file + "."))
        .findFirst();
  }

  private Map<String, Long> onDiskOrBroken() {
    return times;
  }

  private void writeFile(HistoryStep.WriteFile step) throws IOException {
    String table = NAMES.get(step.table());
    Optional<String> old = path(step.table(), step.file());
    String extension = step.format().name().toLowerCase(java.util.Locale.ROOT);
    String path = table + "/f" + step.file() + "." + extension;
    if (old.isPresent() && !old.get().equals(path)) {
      forget(step.table(), old);
    }
    boolean hasId = !table.equals("n");
    List<Row> rows = new ArrayList<>();
    for (int id : step.ids()) {
      Map<String, String> row = new TreeMap<>();
      if (hasId && id > 0) {
        row.put("id", String.valueOf(id * size.apart));
      }
      row.put("v", "f" + values++);
      if (step.extraColumns() > 0) {
        row.put("w", String.valueOf(id * 10));
      }
      rows.add(new Row(row));
    }
    boolean anyId = rows.stream().anyMatch(row -> row.id() != null);
    if (step.format() != Format.PARQUET && (rows.isEmpty() || (hasId && !anyId))) {
      return; // a text column without values is text, which would refuse the writes' numbers
    }
    Path file = write(path, step.format(), rows, hasId, step.extraColumns());
    long time = time(step.time());
    setTime(file, time);
    FileRows content = new FileRows(time, List.copyOf(rows), hasId);
    onDisk.put(path, content);
    times.put(path, time);
    models.get(step.table()).files.put(path, content);
  }

  private Path write(String path, Format format, List<Row> rows, boolean hasId, int extra) {
    List<String> columns = new ArrayList<>();
    if (hasId) {
      columns.add("id");
    }
    columns.add("v");
    if (extra > 0) {
      columns.add("w");
    }
    List<String> lines = new ArrayList<>();
    if (format == Format.CSV) {
      lines.add(String.join(",", columns));
    }
    List<String> selects = new ArrayList<>();
    for (Row row : rows) {
      List<String> csv = new ArrayList<>();
      List<String> json = new ArrayList<>();
      List<String> sql = new ArrayList<>();
      for (String column : columns) {
        String value = row.values().get(column);
        boolean text = column.equals("v");
        csv.add(value == null ? "" : value);
        json.add("\"" + column + "\": " + (text ? "\"" + value + "\"" : value));
        String type = text ? "VARCHAR" : extra == 2 && column.equals("w") ? "BIGINT" : "INTEGER";
        sql.add((value == null ? "NULL" : "'" + value + "'") + "::" + type + " AS " + column);
      }
      lines.add(format == Format.CSV ? String.join(",", csv) : "{" + String.join(", ", json) + "}");
      selects.add("SELECT " + String.join(", ", sql));
    }
    if (format != Format.PARQUET) {
      return folder.text(path, lines.toArray(String[]::new));
    }
    if (selects.isEmpty()) {
      String none = (hasId ? "1::INTEGER AS id, " : "") + "'' AS v" + (extra > 0 ? ", 1 AS w" : "");
      return folder.parquet(path, "SELECT " + none + " WHERE false");
    }
    return folder.parquet(path, String.join(" UNION ALL ", selects));
  }

  /** Times that differ by file, and by each write to one. */
  private long time(HistoryStep.Time time) {
    Instant now = Instant.now();
    long nanos = now.getEpochSecond() * 1_000_000_000L + now.getNano();
    ticks++;
    return switch (time) {
      case LONG_AGO -> 1_600_000_000_000_000_000L + (ticks % 3) * 1_000_000_000L;
      case NOW -> nanos;
      case IN_FUTURE -> nanos / DAY_NANOS * DAY_NANOS + DAY_NANOS + (ticks % 3) * 1_000_000_000L;
    };
  }

  private void setTime(Path file, long nanos) {
    folder.modified(file, Instant.ofEpochSecond(0, nanos));
  }

  private void forget(int table, Optional<String> path) {
    if (path.isPresent()) {
      folder.delete(path.get());
      onDisk.remove(path.get());
      times.remove(path.get());
      models.get(table).files.remove(path.get());
    }
  }

  private void rename(HistoryStep.RenameFile step) {
    Optional<String> from = path(step.table(), step.from());
    if (from.isEmpty() || step.from() == step.to() || !onDisk.containsKey(from.get())) {
      return;
    }
    forget(step.table(), path(step.table(), step.to()));
    String name = from.get();
    String to = NAMES.get(step.table()) + "/f" + step.to() + name.substring(name.indexOf('.'));
    folder.rename(name, to);
    FileRows content = onDisk.remove(name);
    HistoryModel model = models.get(step.table());
    model.files.remove(name);
    if (content != null) {
      onDisk.put(to, content);
      times.put(to, content.version());
      model.files.put(to, content);
    }
    times.remove(name);
  }

  private void touch(HistoryStep.TouchFile step) {
    Optional<String> path = path(step.table(), step.file());
    if (path.isPresent() && onDisk.containsKey(path.get())) {
      FileRows old = onDisk.get(path.get());
      long time = time(step.time());
      setTime(folder.dir.resolve(path.get()), time);
      FileRows touched = new FileRows(time, old.rows(), old.hasId());
      onDisk.put(path.get(), touched);
      times.put(path.get(), time);
      models.get(step.table()).files.put(path.get(), touched);
    }
  }

  /** The last good state stays, as long as the cache does. */
  private void corrupt(HistoryStep.CorruptFile step) throws IOException {
    Optional<String> path = path(step.table(), step.file());
    if (path.isPresent() && path.get().endsWith(".parquet")) {
      Files.write(
          folder.dir.resolve(path.get()), new byte[] {'P', 'A', 'R', '1', 0, 0, 0, 0, 1, 2});
      onDisk.remove(path.get());
    }
  }

  private void put(HistoryStep.Put step) {
    HistoryModel model = models.get(step.table());
    if (!model.exists()) {
      return;
    }
    boolean keyed = model.keyed();
    boolean hasId = !NAMES.get(step.table()).equals("n");
    List<String> selects = new ArrayList<>();
    List<Row> rows = new ArrayList<>();
    for (int number : step.ids()) {
      int id = number * size.apart;
      Map<String, String> row = new TreeMap<>();
      if (hasId) {
        row.put("id", String.valueOf(id));
      }
      row.put("v", "w" + values++);
      rows.add(new Row(row));
      selects.add(
          "SELECT " + (hasId ? id + "::BIGINT AS id, " : "") + "'" + row.get("v") + "' AS v");
    }
    ChangeKind kind = keyed ? ChangeKind.UPSERT : ChangeKind.APPEND;
    long version = time(HistoryStep.Time.NOW);
    WriteAck ack = folder.write(kind, NAMES.get(step.table()), String.join(" UNION ALL ", selects));
    List<Write> writes = new ArrayList<>();
    for (int i = 0; i < rows.size(); i++) {
      Row row = rows.get(i);
      String identity = keyed ? String.valueOf(row.id()) : "w" + ack.sequence() + "#" + i;
      writes.add(new Write(identity, version, ack.sequence(), Optional.of(row)));
    }
    model.write(writes);
  }

  private void delete(HistoryStep.Delete step) {
    HistoryModel model = models.get(step.table());
    if (!model.exists() || !model.keyed()) {
      return;
    }
    List<String> selects =
        step.ids().stream().map(id -> "SELECT " + id * size.apart + "::BIGINT AS id").toList();
    long version = time(HistoryStep.Time.NOW);
    WriteAck ack = folder.delete(NAMES.get(step.table()), String.join(" UNION ALL ", selects));
    List<Write> writes = new ArrayList<>();
    for (int id : step.ids()) {
      String identity = String.valueOf(id * size.apart);
      writes.add(new Write(identity, version, ack.sequence(), Optional.empty()));
    }
    model.write(writes);
  }

  private void addColumn(HistoryStep.AddColumn step) {
    HistoryModel model = models.get(step.table());
    String column = COLUMNS.get(step.column());
    if (model.exists() && !model.added.contains(column)) {
      boolean value = step.withDefault() && !model.hasFiles();
      alter(step.table(), "ADD COLUMN " + column + " INTEGER" + (value ? " DEFAULT 7" : ""));
      if (value) {
        alter(step.table(), "ALTER " + column + " DROP DEFAULT");
      }
      model.added.add(column);
      model.alter(row -> row.computeIfAbsent(column, c -> value ? "7" : null));
    }
  }

  private void dropColumn(HistoryStep.DropColumn step) {
    HistoryModel model = models.get(step.table());
    String column = COLUMNS.get(step.column());
    if (model.exists() && model.added.remove(column)) {
      alter(step.table(), "DROP COLUMN " + column);
      model.alter(row -> row.remove(column));
    }
  }

  private void renameColumn(HistoryStep.RenameColumn step) {
    HistoryModel model = models.get(step.table());
    String from = COLUMNS.get(step.from());
    String to = COLUMNS.get(step.to());
    if (model.exists() && model.added.contains(from) && model.added.add(to)) {
      model.added.remove(from);
      alter(step.table(), "RENAME COLUMN " + from + " TO " + to);
      model.alter(
          row -> {
            String value = row.remove(from);
            if (value != null) {
              row.put(to, value);
            }
          });
    }
  }

  private void retypeColumn(HistoryStep.RetypeColumn step) {
    HistoryModel model = models.get(step.table());
    String column = COLUMNS.get(step.column());
    if (model.exists() && model.added.contains(column)) {
      alter(step.table(), "ALTER COLUMN " + column + " TYPE " + step.type());
      model.alter(row -> {});
    }
  }

  private void alter(int table, String what) {
    folder.run("ALTER TABLE " + NAMES.get(table) + " " + what);
  }

  /**
   * SQL on the rows with that last digit of v, by their identity.
   *
   * @param column what is set; empty to delete
   */
  private void update(int table, int digit, String column) {
    boolean delete = column.isEmpty();
    HistoryModel model = models.get(table);
    if (!model.exists() || model.hasFuture(time(HistoryStep.Time.NOW))) {
      return; // rows of the future cannot be changed by SQL
    }
    String name = NAMES.get(table);
    String where = " WHERE v LIKE '%" + digit + "'";
    long version = time(HistoryStep.Time.NOW);
    List<Write> writes = new ArrayList<>();
    String suffix = "u" + values++;
    model
        .visible()
        .forEach(
            (identity, row) -> {
              String v = row.values().get("v");
              if (v != null && v.endsWith(String.valueOf(digit))) {
                Map<String, String> changed = new TreeMap<>(row.values());
                changed.put(column, column.equals("v") ? v + suffix : suffix.substring(1));
                writes.add(
                    new Write(
                        identity,
                        version,
                        0,
                        delete ? Optional.empty() : Optional.of(new Row(changed))));
              }
            });
    SqlResult result =
        folder.run(
            delete
                ? "DELETE FROM " + name + where
                : "UPDATE "
                    + name
                    + " SET "
                    + column
                    + (column.equals("v")
                        ? " = v || '" + suffix + "'"
                        : " = " + suffix.substring(1))
                    + where);
    if (result.count() != writes.size()) {
      throw new AssertionError("count " + result.count() + " but model " + writes.size());
    }
    if (!writes.isEmpty()) {
      long sequence = result.ack().sequence();
      model.write(
          writes.stream()
              .map(w -> new Write(w.identity(), w.version(), sequence, w.row()))
              .toList());
    }
  }

  private void end(int table, boolean truncate) {
    HistoryModel model = models.get(table);
    if (model.exists()) {
      folder.run((truncate ? "TRUNCATE " : "DROP TABLE ") + NAMES.get(table));
      model.floor(time(HistoryStep.Time.NOW), truncate);
    }
  }

  private void restart(HistoryStep.Restart step) {
    folder.stop();
    if (step.withoutCache()) {
      folder.deleteCache();
      for (HistoryModel model : models) {
        model.files.keySet().removeIf(path -> !onDisk.containsKey(path));
      }
    }
    folder.open();
  }

  DatabaseStatus status() {
    return folder.db().status();
  }

  Map<String, List<String>> expected() {
    Map<String, List<String>> tables = new TreeMap<>();
    for (int i = 0; i < TABLES; i++) {
      if (models.get(i).exists()) {
        List<String> rows =
            new ArrayList<>(
                models.get(i).visible().values().stream().map(Row::toString).sorted().toList());
        if (rows.stream().anyMatch(row -> row.contains("v=first"))) {
          rows.add(BALLAST - 1 - (BALLAST - 1) / size.apart - 1 + " others");
        }
        tables.put(NAMES.get(i), rows);
      }
    }
    return tables;
  }

  Map<String, List<String>> actual() {
    Map<String, List<String>> tables = new TreeMap<>();
    for (String name : NAMES) {
      folder
          .db()
          .catalog()
          .table(TestFolder.name(name))
          .ifPresent(
              definition -> {
                List<String> pairs = new ArrayList<>();
                for (String column : List.of("id", "v", "w", "x", "y")) {
                  if (definition.columns().stream().anyMatch(c -> c.name().equals(column))) {
                    pairs.add("'" + column + "=' || " + column);
                  }
                }
                String text = "'{' || concat_ws(', ', " + String.join(", ", pairs) + ") || '}'";
                String of = " FROM " + name + " WHERE ";
                List<String> rows =
                    new ArrayList<>(
                        folder.rows("SELECT " + text + of + "v IS DISTINCT FROM 'ballast'"));
                rows.sort(Comparator.naturalOrder());
                rows.addAll(
                    folder.rows(
                        "SELECT count(*) || ' others'" + of + "v = 'ballast' HAVING count(*) > 0"));
                tables.put(name, rows);
              });
    }
    return tables;
  }

  @Override
  public void close() {
    folder.close();
  }
}
