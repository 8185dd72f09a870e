package io.flashduck.server.table;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * What tables must hold, by one plain query over their files and the accepted writes: all rows that
 * anybody ever contributed, the best one of each identity.
 *
 * <p>Every row of a file says in column {@code r} which row it is, so that the query needs no order
 * of reading.
 */
final class SqlModel {
  /** How the rows of a table are told apart. */
  enum RowKey {
    /** {@code key: id} in tables.yaml. */
    ID("id"),
    /** {@code key: [g, id]} in tables.yaml. */
    COMPOSITE("g || '/' || id"),
    /** The column {@code id}, as long as it identifies the rows of every file. */
    INFERRED("id"),
    /** There is no column that could be one. */
    NONE("NULL");

    private final String identity;

    RowKey(String identity) {
      this.identity = identity;
    }

    boolean declared() {
      return this == ID || this == COMPOSITE;
    }
  }

  /**
   * A file as it was last readable.
   *
   * @param table whose it is
   * @param path in the data folder
   * @param content where that content is now
   * @param version its modified time
   */
  record File(String table, String path, Path content, long version) {}

  /**
   * A row of an accepted write.
   *
   * @param row its number in the write
   * @param identity whose newest version it is
   * @param gone whether it is a tombstone
   * @param values id, g, r, v, w as SQL
   */
  record Write(
      String table,
      long sequence,
      long row,
      long version,
      String identity,
      boolean gone,
      String values) {}

  /**
   * What one table must be.
   *
   * @param keyed whether a key identifies its rows
   * @param future whether a file says that it is of later than now
   * @param rows by identity: id, g, r, v and w with bars in between
   */
  record Expected(boolean keyed, boolean future, Map<String, String> rows) {}

  private final TestFolder folder;
  private final Map<String, RowKey> keys;

  SqlModel(TestFolder folder, Map<String, RowKey> keys) {
    this.folder = folder;
    this.keys = new TreeMap<>(keys);
    folder.sql(
        "CREATE TABLE writes (t VARCHAR, sequence BIGINT, row BIGINT, version BIGINT, identity"
            + " VARCHAR, gone BOOLEAN, id VARCHAR, g VARCHAR, r VARCHAR, v VARCHAR, w DOUBLE)");
    folder.sql("CREATE TABLE pins (t VARCHAR, keyed BOOLEAN)");
    folder.sql("CREATE TABLE files (t VARCHAR, path VARCHAR, content VARCHAR, version BIGINT)");
  }

  /** These writes were accepted; the first one of a table settles whether it has a key. */
  void accept(List<Write> writes, Map<String, Expected> before) {
    if (writes.isEmpty()) {
      return;
    }
    folder.sql(
        "INSERT INTO writes VALUES "
            + writes.stream()
                .map(
                    w ->
                        "('%s', %d, %d, %d, '%s', %s, %s)"
                            .formatted(
                                w.table(),
                                w.sequence(),
                                w.row(),
                                w.version(),
                                w.identity(),
                                w.gone(),
                                w.values()))
                .collect(Collectors.joining(", ")));
    writes.stream()
        .map(Write::table)
        .distinct()
        .forEach(
            t -> {
              Expected expected = before.get(t);
              boolean keyed = expected == null ? keys.get(t) != RowKey.NONE : expected.keyed();
              folder.sql(
                  "INSERT INTO pins SELECT '%s', %s WHERE NOT EXISTS (FROM pins WHERE t = '%s')"
                      .formatted(t, keyed, t));
            });
  }

  /** Every table that must exist, by name. */
  Map<String, Expected> expected(Collection<File> files, long nowNanos) {
    folder.sql("DELETE FROM files");
    if (!files.isEmpty()) {
      folder.sql(
          "INSERT INTO files VALUES "
              + files.stream()
                  .map(
                      f ->
                          "('%s', '%s', '%s', %d)"
                              .formatted(f.table(), f.path(), f.content(), f.version()))
                  .collect(Collectors.joining(", ")));
    }
    folder.sql("CREATE OR REPLACE TEMP TABLE file_rows AS " + fileRows(files));
    Map<String, Expected> tables = new HashMap<>();
    for (String line :
        folder.scratchRows(
            keyed()
                + " SELECT t, keyed, coalesce(newest > "
                + nowNanos
                + ", false) FROM tables WHERE has_files OR t IN (SELECT t FROM writes WHERE NOT"
                + " gone)")) {
      String[] values = line.split("\\|", -1);
      boolean keyed = values[1].equals("true");
      tables.put(values[0], new Expected(keyed, values[2].equals("true"), new TreeMap<>()));
    }
    for (String line : folder.scratchRows(winners())) {
      String[] values = line.split("\\|", 3);
      Expected table = tables.get(values[0]);
      if (table == null) {
        throw new AssertionError("rows of no table: " + line);
      }
      table.rows().put(values[1], values[2]);
    }
    return tables;
  }

  private String fileRows(Collection<File> files) {
    List<String> parts = new ArrayList<>();
    parts.add(
        "SELECT '' AS filename, '' AS id, '' AS g, '' AS r, '' AS v, 0::DOUBLE AS w WHERE false");
    read(files, ".csv", "read_csv(%s, all_varchar=true, header=true, delim=',', ", parts);
    read(files, ".csv.gz", "read_csv(%s, all_varchar=true, header=true, delim=',', ", parts);
    read(files, ".parquet", "read_parquet(%s, ", parts);
    read(files, ".ndjson", "read_json(%s, format='newline_delimited', ", parts);
    String rows = String.join(" UNION ALL BY NAME ", parts);
    return "SELECT f.t, f.path, f.version, id, g, r, v, w::DOUBLE AS w FROM ("
        + rows
        + ") AS x JOIN files"
        + " AS f ON f.content = x.filename";
  }

  private static void read(Collection<File> files, String ending, String call, List<String> parts) {
    List<String> paths =
        files.stream()
            .filter(f -> f.path().endsWith(ending))
            .map(f -> "'" + f.content() + "'")
            .toList();
    if (!paths.isEmpty()) {
      parts.add(
          "FROM "
              + call.formatted(paths)
              + "union_by_name=true, filename=true, hive_partitioning=false)");
    }
  }

  /** Which tables have a key. An inferred one identifies the rows of every file. */
  private String keyed() {
    String kinds =
        keys.entrySet().stream()
            .map(e -> "('%s', '%s')".formatted(e.getKey(), e.getValue()))
            .collect(Collectors.joining(", "));
    return "WITH kinds(t, kind) AS (VALUES "
        + kinds
        + "), unique_files AS (SELECT f.t, f.path, f.version, count(x.r) = count(DISTINCT x.id) AS"
        + " ok FROM files AS f LEFT JOIN file_rows AS x ON x.path = f.path GROUP BY ALL), tables AS"
        + " (SELECT k.t, k.kind, coalesce(any_value(p.keyed), k.kind IN ('ID', 'COMPOSITE') OR"
        + " (k.kind = 'INFERRED' AND coalesce(bool_and(u.ok), false))) AS keyed, count(u.path) > 0"
        + " AS has_files, max(u.version) AS newest FROM kinds AS k LEFT JOIN unique_files AS u ON"
        + " u.t = k.t LEFT JOIN pins AS p ON p.t = k.t GROUP BY k.t, k.kind)";
  }

  private String winners() {
    String key =
        java.util.Arrays.stream(RowKey.values())
            .map(k -> " WHEN '" + k + "' THEN " + k.identity)
            .collect(Collectors.joining("", "CASE kind", " END"));
    return keyed()
        + ", contributions AS (SELECT t, CASE WHEN keyed THEN "
        + key
        + " ELSE path || '#' || r END AS identity, version, 0 AS sequence, path, r::BIGINT AS row,"
        + " false AS gone, id, g, r, v, w FROM file_rows JOIN tables USING (t) UNION ALL SELECT t,"
        + " identity, version, sequence, '', row, gone, id, g, r, v, w FROM writes) SELECT t,"
        + " identity, id, g, r, v, w FROM contributions WHERE identity IS NOT NULL QUALIFY"
        + " row_number() OVER (PARTITION BY t, identity ORDER BY version DESC, sequence DESC, path"
        + " DESC, row DESC) = 1 AND NOT gone";
  }
}
