package io.flashduck.server.table;

import io.flashduck.server.table.SqlModel.Expected;
import io.flashduck.server.table.SqlModel.File;
import io.flashduck.server.table.SqlModel.RowKey;
import io.flashduck.server.table.SqlModel.Write;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;

/** What happens to one table and the files of its folder, one step after the other, by a seed. */
final class RandomHistory {
  private static final List<String> ENDINGS = List.of(".csv", ".csv.gz", ".parquet", ".ndjson");
  private static final List<String> CORRUPTIBLE = List.of(".csv.gz", ".parquet", ".ndjson");
  private static final long DAY_NANOS = 86_400_000_000_000L;
  private static final int FILES = 3;
  private static final int MAX_ROWS = 4;

  final String table;
  final RowKey key;
  final List<String> steps = new ArrayList<>();
  private final TestFolder folder;
  private final Path asides;
  private final Random chance;

  /** By path: what was last readable of each file that is there or broken. */
  final Map<String, File> files = new HashMap<>();

  /** The paths at which something is, readable or not. */
  private final List<String> present = new ArrayList<>();

  private int values;

  /** A change that was sent, and the rows that it stands for once its sequence is known. */
  record Sent(
      java.util.concurrent.CompletableFuture<WriteAck> answer,
      java.util.function.LongFunction<List<Write>> rows) {}

  RandomHistory(TestFolder folder, Path asides, String table, RowKey key, long seed) {
    this.folder = folder;
    this.asides = asides;
    this.table = table;
    this.key = key;
    this.chance = new Random(seed);
  }

  /** One of the things that people and programs do to files. */
  void changeFiles() throws IOException {
    switch (chance.nextInt(16)) {
      case 0, 1 -> remove(pick());
      case 2, 3 -> rename(pick(), name(chance.nextInt(FILES)));
      case 4, 5 -> touch(pick());
      case 6 -> corrupt(pick());
      default -> write();
    }
  }

  /** The file of that number, without its ending. */
  private String name(int file) {
    return table + "/f" + file;
  }

  private @Nullable String pick() {
    return present.isEmpty() ? null : present.get(chance.nextInt(present.size()));
  }

  private static String ending(String path) {
    return path.substring(path.indexOf('.'));
  }

  private void write() throws IOException {
    String name = name(chance.nextInt(FILES));
    String path = name + ENDINGS.get(chance.nextInt(ENDINGS.size()));
    int rows = chance.nextInt(MAX_ROWS + 1);
    boolean distinct = chance.nextBoolean();
    String w = List.of("", "", "INTEGER", "BIGINT", "DOUBLE").get(chance.nextInt(5));
    boolean parquet = path.endsWith(".parquet");
    List<Integer> ids = new ArrayList<>();
    for (int r = 0; r < rows; r++) {
      int id = chance.nextInt(6); // 0 is null
      ids.add(distinct ? r + 1 : id);
    }
    if (!parquet && ids.stream().noneMatch(id -> id > 0)) {
      return; // a text column without values says nothing of its type
    }
    freeName(name, path);
    write(path, ids, w);
    steps.add("write " + path + " ids " + ids + " w " + w);
    settled(path);
  }

  private void write(String path, List<Integer> ids, String w) throws IOException {
    List<String> columns = new ArrayList<>(List.of("g", "r", "v"));
    if (key != RowKey.NONE) {
      columns.add(chance.nextInt(4), "id");
    }
    if (!w.isEmpty()) {
      columns.add("w");
    }
    List<Map<String, String>> rows = new ArrayList<>();
    for (int r = 0; r < ids.size(); r++) {
      Map<String, String> row = new HashMap<>();
      row.put("g", ids.get(r) % 2 == 0 ? "even" : "odd");
      row.put("r", String.valueOf(r));
      row.put("v", "f" + values++);
      row.put("w", w.equals("DOUBLE") ? r + ".5" : String.valueOf(r * 10));
      if (ids.get(r) > 0) {
        row.put("id", String.valueOf(ids.get(r)));
      }
      rows.add(row);
    }
    if (path.endsWith(".parquet")) {
      folder.parquet(path, parquetQuery(columns, rows, w));
    } else {
      writeText(path, text(path, columns, rows));
    }
  }

  private String parquetQuery(List<String> columns, List<Map<String, String>> rows, String w) {
    String integer = chance.nextBoolean() ? "INTEGER" : "BIGINT";
    List<Map<String, String>> some = rows.isEmpty() ? List.of(Map.of()) : rows;
    return some.stream()
        .map(
            row ->
                columns.stream()
                    .map(
                        c -> {
                          String value = row.get(c);
                          String type =
                              switch (c) {
                                case "id", "r" -> integer;
                                case "w" -> w;
                                default -> "VARCHAR";
                              };
                          String literal = value == null ? "NULL" : "'" + value + "'";
                          return literal + "::" + type + " AS " + c;
                        })
                    .collect(Collectors.joining(", ", "SELECT ", "")))
        .collect(
            Collectors.joining(
                " UNION ALL ", "FROM (", ")" + (rows.isEmpty() ? " WHERE false" : "")));
  }

  private static String text(String path, List<String> columns, List<Map<String, String>> rows) {
    if (path.endsWith(".ndjson")) {
      return rows.stream()
          .map(
              row ->
                  columns.stream()
                      .map(
                          c ->
                              "\"%s\": %s"
                                  .formatted(
                                      c,
                                      c.equals("g") || c.equals("v")
                                          ? '"' + row.get(c) + '"'
                                          : row.get(c)))
                      .collect(Collectors.joining(", ", "{", "}\n")))
          .collect(Collectors.joining());
    }
    return String.join(",", columns)
        + "\n"
        + rows.stream()
            .map(
                row ->
                    columns.stream()
                        .map(c -> row.getOrDefault(c, ""))
                        .collect(Collectors.joining(",", "", "\n")))
            .collect(Collectors.joining());
  }

  private void writeText(String path, String content) throws IOException {
    Path file = folder.dir.resolve(path);
    Files.createDirectories(file.getParent());
    byte[] bytes = content.getBytes(StandardCharsets.UTF_8);
    boolean inPlace = chance.nextBoolean();
    Path to = inPlace ? file : file.resolveSibling("." + file.getFileName() + ".tmp");
    if (path.endsWith(".gz")) {
      try (GZIPOutputStream out = new GZIPOutputStream(Files.newOutputStream(to))) {
        out.write(bytes);
      }
    } else {
      Files.write(to, bytes);
    }
    if (!inPlace) {
      Files.move(to, file, StandardCopyOption.ATOMIC_MOVE);
    }
  }

  /** The file is as it should be: it gets a time, and is what the table is to be made of. */
  private void settled(String path) {
    Path file = folder.dir.resolve(path);
    long time = fileTime();
    folder.modified(file, Instant.ofEpochSecond(0, time));
    if (!present.contains(path)) {
      present.add(path);
    }
    files.put(path, new File(table, path, file, time));
  }

  private long fileTime() {
    int tick = chance.nextInt(3);
    return switch (chance.nextInt(8)) {
      case 0, 1, 2 -> 1_600_000_000_000_000_000L + tick * 1_000_000_000L;
      case 3 -> now() / DAY_NANOS * DAY_NANOS + DAY_NANOS + tick * 1_000_000_000L;
      default -> now();
    };
  }

  static long now() {
    Instant now = Instant.now();
    return now.getEpochSecond() * 1_000_000_000L + now.getNano();
  }

  /** Only one file has a name, whatever its ending. */
  private void freeName(String name, String except) {
    for (String path : List.copyOf(present)) {
      if (path.startsWith(name + ".") && !path.equals(except)) {
        remove(path);
      }
    }
  }

  private void remove(@Nullable String path) {
    if (path != null) {
      folder.delete(path);
      present.remove(path);
      files.remove(path);
      steps.add("remove " + path);
    }
  }

  private void rename(@Nullable String path, String name) throws IOException {
    if (path == null || path.startsWith(name + ".")) {
      return;
    }
    String to = name + ending(path);
    freeName(name, to);
    boolean broken = !present(path);
    File content = files.remove(path);
    if (broken) {
      keepAside(to);
    }
    folder.rename(path, to);
    present.remove(path);
    if (!present.contains(to)) {
      present.add(to);
    }
    if (!broken && content != null) {
      files.put(to, new File(table, to, folder.dir.resolve(to), content.version()));
    }
    steps.add("rename " + path + " to " + to);
  }

  /** Whether the file is readable as it is. */
  private boolean present(String path) {
    File file = files.get(path);
    return file != null && file.content().startsWith(folder.dir);
  }

  private void touch(@Nullable String path) {
    if (path != null && present(path)) {
      settled(path);
      steps.add("touch " + path);
    }
  }

  private void corrupt(@Nullable String path) throws IOException {
    if (path != null && CORRUPTIBLE.contains(ending(path))) {
      keepAside(path);
      byte[] broken = "{\"PAR1 and nothing of the kind".getBytes(StandardCharsets.UTF_8);
      Files.write(folder.dir.resolve(path), broken);
      steps.add("corrupt " + path);
    }
  }

  /** The last good state of a file stays, as long as the cache does. */
  private void keepAside(String path) throws IOException {
    File good = files.get(path);
    if (good != null && present(path)) {
      Path aside = asides.resolve(path.replace('/', '-') + "-" + steps.size() + ending(path));
      Files.copy(good.content(), aside);
      files.put(path, new File(table, path, aside, good.version()));
    }
  }

  /** Nothing remembers what cannot be read any more. */
  void forgetAsides() {
    files.keySet().removeIf(path -> !present(path));
  }

  /** Sends an upsert or append, or a delete by key; null if there is nothing to do it to. */
  @Nullable Sent send(@Nullable Expected before, AckLevel ack) {
    if (before == null) {
      return null;
    }
    boolean delete = before.keyed() && chance.nextInt(3) == 0;
    List<Integer> ids = new ArrayList<>();
    int rows = 1 + chance.nextInt(3);
    for (int i = 0; i < rows; i++) {
      ids.add(1 + chance.nextInt(5));
    }
    List<String> selects = new ArrayList<>();
    List<String> rowValues = new ArrayList<>();
    for (int i = 0; i < rows; i++) {
      int id = ids.get(i);
      String g = id % 2 == 0 ? "even" : "odd";
      String v = "w" + values++;
      String idColumn = key == RowKey.NONE ? "" : id + "::BIGINT AS id, ";
      String keyColumns = key == RowKey.COMPOSITE ? idColumn + "'" + g + "' AS g" : idColumn;
      selects.add(
          "SELECT "
              + (delete
                  ? keyColumns.replaceAll(", $", "")
                  : idColumn + "'" + g + "' AS g, " + i + "::BIGINT AS r, '" + v + "' AS v"));
      rowValues.add(
          (key == RowKey.NONE ? "NULL" : "'" + id + "'")
              + ", '"
              + g
              + "', '"
              + i
              + "', '"
              + v
              + "', NULL");
    }
    ChangeKind kind =
        delete ? ChangeKind.DELETE : before.keyed() ? ChangeKind.UPSERT : ChangeKind.APPEND;
    steps.add(kind + " " + ids);
    long version = now();
    ArrowRows arrow = folder.arrow(String.join(" UNION ALL ", selects));
    return new Sent(
        folder.db().submit(Change.of(kind, TestFolder.name(table), arrow), WriteOptions.at(ack)),
        sequence -> {
          List<Write> writes = new ArrayList<>();
          for (int i = 0; i < ids.size(); i++) {
            int id = ids.get(i);
            String identity =
                !before.keyed()
                    ? "w" + sequence + "#" + i
                    : key == RowKey.COMPOSITE
                        ? (id % 2 == 0 ? "even/" : "odd/") + id
                        : String.valueOf(id);
            writes.add(new Write(table, sequence, i, version, identity, delete, rowValues.get(i)));
          }
          return writes;
        });
  }

  /** An UPDATE or DELETE by SQL of the rows whose v ends with some digit. */
  List<Write> changeBySql(@Nullable Expected before) {
    if (before == null || before.future()) {
      return List.of(); // rows of the future cannot be changed by SQL
    }
    boolean delete = chance.nextInt(3) == 0;
    String digit = String.valueOf(chance.nextInt(10));
    String suffix = "u" + values++;
    long version = now();
    String where = " WHERE v LIKE '%" + digit + "'";
    String sql =
        delete
            ? "DELETE FROM " + table + where
            : "UPDATE " + table + " SET v = v || '" + suffix + "'" + where;
    steps.add(sql);
    SqlResult result = folder.run(sql);
    List<Write> writes = new ArrayList<>();
    before
        .rows()
        .forEach(
            (identity, row) -> {
              String[] values = row.split("\\|", -1);
              if (values[3].endsWith(digit)) {
                values[3] += suffix;
                String sqlValues =
                    java.util.Arrays.stream(values)
                        .map(v -> v.equals("null") ? "NULL" : "'" + v + "'")
                        .collect(Collectors.joining(", "));
                writes.add(
                    new Write(
                        table, result.ack().sequence(), 0, version, identity, delete, sqlValues));
              }
            });
    if (result.count() != writes.size()) {
      throw new AssertionError(
          sql + " changed " + result.count() + " rows, the model " + writes.size());
    }
    return writes;
  }

  int choose(int bound) {
    return chance.nextInt(bound);
  }
}
