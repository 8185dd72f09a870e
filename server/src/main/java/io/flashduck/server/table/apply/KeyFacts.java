package io.flashduck.server.table.apply;

import io.flashduck.server.engine.sql.SqlIdentifiers;
import io.flashduck.server.table.merge.Names;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What the rows of files in one table say about a key: which have none, and which share one.
 *
 * <p>Threading: confined to the apply lane, inside its transaction.
 */
final class KeyFacts {
  private final LaneSession session;
  private final String table;

  /**
   * @param table the stored table or a stage, with the rows of files
   */
  KeyFacts(LaneSession session, String table) {
    this.session = session;
    this.table = table;
  }

  /**
   * Counts.
   *
   * @param rows all rows
   * @param withoutKey rows with a null in the key
   * @param keys different keys of the other rows
   */
  record Counts(long rows, long withoutKey, long keys) {
    boolean identifies() {
      return withoutKey == 0 && keys == rows;
    }

    long repeated() {
      return rows - withoutKey - keys;
    }
  }

  /** Over all rows of the table, those of writes too. */
  Counts overall(List<String> key) {
    return session
        .connection()
        .query(
            "SELECT " + counts(key) + " FROM " + table,
            row -> new Counts(row.getLong(1), row.getLong(2), row.getLong(3)))
        .get(0);
  }

  /** For each file, by id; files without rows are missing. */
  Map<Long, Counts> byFile(List<String> key) {
    Map<Long, Counts> facts = new TreeMap<>();
    session
        .connection()
        .query(
            "SELECT _fd_source, "
                + counts(key)
                + " FROM "
                + table
                + " WHERE _fd_sequence = 0 GROUP BY 1",
            row ->
                facts.put(
                    row.getLong(1), new Counts(row.getLong(2), row.getLong(3), row.getLong(4))));
    return facts;
  }

  /** A key that more than one row of the file has, as text. */
  String exampleOfRepeated(long file, List<String> key) {
    List<String> parts = new ArrayList<>();
    for (String column : key) {
      parts.add(
          SqlIdentifiers.literal(column + "=")
              + " || "
              + SqlIdentifiers.quote(column)
              + "::VARCHAR");
    }
    return session
        .connection()
        .query(
            "SELECT "
                + String.join(" || ', ' || ", parts)
                + " FROM "
                + table
                + " WHERE _fd_sequence = 0 AND _fd_source = "
                + file
                + " AND NOT ("
                + anyNull(key)
                + ") GROUP BY "
                + Names.list(key, "")
                + " HAVING count(*) > 1 ORDER BY "
                + Names.list(key, "")
                + " LIMIT 1",
            row -> String.valueOf(row.getString(1)))
        .stream()
        .findFirst()
        .orElse("");
  }

  /** The number, from 1, of the first row of the file without a key. */
  long firstWithoutKey(long file, List<String> key) {
    return session.number(
        "SELECT min(_fd_row) + 1 FROM "
            + table
            + " WHERE _fd_sequence = 0 AND _fd_source = "
            + file
            + " AND ("
            + anyNull(key)
            + ")");
  }

  /** Removes the rows that have no key. */
  void removeWithoutKey(List<String> key) {
    session.execute("DELETE FROM " + table + " WHERE " + anyNull(key));
  }

  private static String counts(List<String> key) {
    String columns = Names.list(key, "");
    String distinct = key.size() == 1 ? columns : "(" + columns + ")";
    return "count(*), count(*) FILTER (WHERE "
        + anyNull(key)
        + "), count(DISTINCT "
        + distinct
        + ") FILTER (WHERE NOT ("
        + anyNull(key)
        + "))";
  }

  private static String anyNull(List<String> key) {
    return String.join(
        " OR ", key.stream().map(c -> SqlIdentifiers.quote(c) + " IS NULL").toList());
  }
}
