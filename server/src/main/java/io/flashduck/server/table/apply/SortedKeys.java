package io.flashduck.server.table.apply;

import io.flashduck.server.engine.sql.SqlIdentifiers;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * The question whether the keys of each file rise strictly from row to row, as rows happen to be
 * stored. One pass without a hash table answers it, and where it is so, no key of a file repeats;
 * where the files' ranges do not overlap either, none of the table does. That the order of rows in
 * a scan is not fixed does no harm: any order in which all keys rise is a proof.
 *
 * <p>Threading: stateless.
 */
final class SortedKeys {
  private SortedKeys() {}

  /**
   * A row for each file: its id, its rows, those without a key, whether its keys rise, and whether
   * they all come behind those of the files with smaller keys.
   */
  static String query(String table, List<String> key) {
    List<String> columns = key.stream().map(SqlIdentifiers::quote).toList();
    String anyNull = columns.stream().map(c -> c + " IS NULL").collect(Collectors.joining(" OR "));
    String first = columns.get(0);
    String ends =
        "SELECT _fd_source, count(*) AS rows, count(*) FILTER (WHERE "
            + anyNull
            + ") AS without, count(*) FILTER (WHERE NOT coalesce(CASE WHEN _fd_source ="
            + " _fd_before THEN "
            + rises(columns, 0)
            + " ELSE true END, false)) AS falling, count(*) FILTER (WHERE _fd_source IS DISTINCT"
            + " FROM _fd_before) AS runs, min("
            + first
            + ") AS least, max("
            + first
            + ") AS most FROM ("
            + withRowBefore(table, columns)
            + ") GROUP BY _fd_source";
    return "SELECT _fd_source, rows, without, without = 0 AND falling = 0 AND runs = 1,"
        + " coalesce(least > lag(most) OVER (ORDER BY least, most), true) FROM ("
        + ends
        + ")";
  }

  private static String withRowBefore(String table, List<String> columns) {
    return "SELECT _fd_source, lag(_fd_source) OVER () AS _fd_before, "
        + IntStream.range(0, columns.size())
            .mapToObj(i -> columns.get(i) + ", lag(" + columns.get(i) + ") OVER () AS " + before(i))
            .collect(Collectors.joining(", "))
        + " FROM "
        + table
        + " WHERE _fd_sequence = 0";
  }

  private static String rises(List<String> columns, int from) {
    String column = columns.get(from);
    String greater = column + " > " + before(from);
    return from == columns.size() - 1
        ? greater
        : "("
            + greater
            + " OR ("
            + column
            + " = "
            + before(from)
            + " AND "
            + rises(columns, from + 1)
            + "))";
  }

  private static String before(int column) {
    return "_fd_before_" + column;
  }
}
