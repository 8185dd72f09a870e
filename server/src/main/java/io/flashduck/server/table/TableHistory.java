package io.flashduck.server.table;

import io.flashduck.server.catalog.Column;
import io.flashduck.server.catalog.TableDefinition;
import io.flashduck.server.engine.TableVersions.Version;
import io.flashduck.server.engine.sql.SqlIdentifiers;
import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import io.flashduck.server.table.fold.ChangeColumns;
import io.flashduck.server.table.fold.ChangeFile;
import io.flashduck.server.table.fold.FoldManifest.History;
import io.flashduck.server.table.fold.Folding;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The changes that writes made to one table, as a query of their files: one row for each row that a
 * write named, in the order of the writes, in the table's present columns.
 *
 * <p>Threading: confined to one thread.
 */
final class TableHistory {
  private static final String FIXED =
      "_op, _sequence, _version, make_timestamp(_version // 1000) AS _committed";

  /** What names a row of a table without a key. */
  private static final String ORIGIN = ", _path, _origin, _row";

  private static final String NOTHING =
      "NULL::VARCHAR AS _op, 0::BIGINT AS _sequence, 0::BIGINT AS _version, 0::BIGINT AS _order,"
          + " NULL::VARCHAR AS _path, 0::BIGINT AS _origin, 0::BIGINT AS _row";

  private final TableDefinition table;
  private final String name;
  private final Folding folding;

  /**
   * @param name the table's full name, quoted
   */
  TableHistory(TableDefinition table, String name, Folding folding) {
    this.table = table;
    this.name = name;
    this.folding = folding;
  }

  /**
   * The query.
   *
   * @param since changes of later writes only; -1 for all that are kept
   * @param applied the last write that queries see
   */
  Version since(long since, long applied) {
    History history = folding.history(table.name(), applied);
    if (since >= 0 && since < history.floor()) {
      throw new FlashDuckException(
          ErrorCode.NOT_FOUND,
          "Changes of "
              + table.name()
              + " since write "
              + since
              + " are no longer kept; the oldest are those since => "
              + history.floor()
              + ". Read the table anew, and raise queue.history-bytes ("
              + folding.settings().historyBytes()
              + ") or queue.history-time to keep more");
    }
    List<ChangeFile> files =
        history.files().stream().filter(file -> file.span().last() > since).toList();
    List<Path> paths = files.stream().map(folding.folder()::path).toList();
    return new Version(
        "(SELECT NULL AS _op, * FROM " + name + ")",
        "(" + query(files, since) + ")",
        paths,
        "The changes of "
            + table.name()
            + " cannot be read: their files were merged or removed after the statement was planned;"
            + " run it again");
  }

  private String query(List<ChangeFile> files, long since) {
    Map<List<Column>, List<String>> byColumns = new LinkedHashMap<>();
    for (ChangeFile file : files) {
      byColumns
          .computeIfAbsent(file.columns(), c -> new ArrayList<>())
          .add(SqlIdentifiers.literal(folding.folder().path(file).toString()));
    }
    List<String> parts = new ArrayList<>();
    byColumns.forEach(
        (columns, paths) ->
            parts.add(
                "SELECT "
                    + FIXED
                    + user(columns)
                    + ", _order FROM read_parquet(["
                    + String.join(", ", paths)
                    + "], hive_partitioning=false)"
                    + (since < 0 ? "" : " WHERE _sequence > " + since)));
    if (parts.isEmpty()) {
      parts.add(
          "SELECT " + FIXED + user(List.of()) + ", _order FROM (SELECT " + NOTHING + ") LIMIT 0");
    }
    return "SELECT * EXCLUDE (_order) FROM ("
        + String.join(" UNION ALL ", parts)
        + ") ORDER BY _sequence, _order";
  }

  /** The table's columns out of files with these, each with a comma in front. */
  private String user(List<Column> stored) {
    StringBuilder sql = new StringBuilder(table.key().isPresent() ? "" : ORIGIN);
    for (Column column : table.columns()) {
      Optional<Column> known =
          stored.stream().filter(c -> c.name().equalsIgnoreCase(column.name())).findFirst();
      String value =
          known
              .map(
                  c ->
                      "TRY_CAST(TRY_CAST("
                          + SqlIdentifiers.quote(ChangeColumns.stored(c.name()))
                          + " AS "
                          + c.type()
                          + ") AS "
                          + column.type()
                          + ")")
              .orElse("CAST(NULL AS " + column.type() + ")");
      sql.append(", ")
          .append(value)
          .append(" AS ")
          .append(SqlIdentifiers.quote(ChangeColumns.stored(column.name())));
    }
    return sql.toString();
  }
}
