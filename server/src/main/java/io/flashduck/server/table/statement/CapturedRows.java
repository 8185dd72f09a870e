package io.flashduck.server.table.statement;

import io.flashduck.server.catalog.Column;
import io.flashduck.server.engine.sql.SqlIdentifiers;
import io.flashduck.server.table.merge.Names;
import io.flashduck.server.table.merge.TableLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * The rows of a {@link Capture} in a temporary table: how they are checked, logged and answered.
 *
 * <p>Threading: immutable.
 */
public final class CapturedRows {
  /** The temporary table. */
  public static final String TABLE = "temp._fd_captured";

  private final TableLayout table;

  public CapturedRows(TableLayout table) {
    this.table = table;
  }

  /** Creates the table, empty, in place of one that a failed statement left. */
  public String create() {
    List<String> columns = new ArrayList<>();
    columns.add("_fd_action TINYINT");
    columns.add("_fd_source BIGINT");
    columns.add("_fd_row BIGINT");
    for (int i = 0; i < table.key().size(); i++) {
      columns.add("_fd_old_" + i + " " + table.column(table.key().get(i)).type());
    }
    for (Column column : table.columns()) {
      columns.add(SqlIdentifiers.quote(column.name()) + " " + column.type());
    }
    return "CREATE OR REPLACE TEMP TABLE " + TABLE + " (" + String.join(", ", columns) + ")";
  }

  /** Adds the rows of one execution. */
  public String fill(Capture capture) {
    return "INSERT INTO " + TABLE + " " + capture.select();
  }

  /** Removes the table. */
  public String drop() {
    return "DROP TABLE IF EXISTS " + TABLE;
  }

  /** How many rows the statement changed. */
  public String count() {
    return "SELECT count(*) FROM " + TABLE;
  }

  /** How many rows delete, and how many give a row another key. */
  public String countDeletes() {
    return "SELECT count(*) FROM " + TABLE + " WHERE _fd_action = 2 OR " + moved("");
  }

  /** Up to one row with a null in its key, as text; only for a keyed table. */
  public String nullKey() {
    String anyNull =
        table.key().stream()
            .map(key -> SqlIdentifiers.quote(key) + " IS NULL")
            .collect(Collectors.joining(" OR "));
    return "SELECT "
        + keyText("")
        + " FROM "
        + TABLE
        + " WHERE _fd_action < 2 AND ("
        + anyNull
        + ") LIMIT 1";
  }

  /** Up to one key, as text, that two of the rows have; only for a keyed table. */
  public String repeatedKey() {
    return "SELECT "
        + keyText("")
        + " FROM "
        + TABLE
        + " WHERE _fd_action < 2 GROUP BY "
        + Names.list(table.key(), "")
        + " HAVING count(*) > 1 LIMIT 1";
  }

  /** Up to one old row, as text, that two of the rows change. */
  public String repeatedOldRow() {
    return "SELECT concat('row ', _fd_row) FROM "
        + TABLE
        + " WHERE _fd_action > 0 GROUP BY _fd_source, _fd_row"
        + (table.keyed() ? ", " + oldKeys() : "")
        + " HAVING count(*) > 1 LIMIT 1";
  }

  /**
   * Up to one new key, as text, that a row of the table has which the statement neither deletes nor
   * moves; only for a keyed table.
   */
  public String existingKey() {
    String same =
        table.key().stream()
            .map(SqlIdentifiers::quote)
            .map(key -> "t." + key + " = c." + key)
            .collect(Collectors.joining(" AND "));
    List<String> freed = new ArrayList<>();
    for (int i = 0; i < table.key().size(); i++) {
      freed.add("f._fd_old_" + i + " = t." + SqlIdentifiers.quote(table.key().get(i)));
    }
    return "SELECT "
        + keyText("c.")
        + " FROM "
        + TABLE
        + " AS c JOIN "
        + table.stored()
        + " AS t ON "
        + same
        + " WHERE (c._fd_action = 0 OR "
        + moved("c.")
        + ") AND NOT EXISTS (FROM "
        + TABLE
        + " AS f WHERE f._fd_action > 0 AND "
        + String.join(" AND ", freed)
        + ") LIMIT 1";
  }

  /** Whole rows to upsert or append: all but the deleted ones, in order. */
  public String rows() {
    return "SELECT " + table.columnList("") + " FROM " + TABLE + " WHERE _fd_action < 2";
  }

  /** Whole rows to append to a table without a key. */
  public String inserted() {
    return "SELECT " + table.columnList("") + " FROM " + TABLE + " WHERE _fd_action = 0";
  }

  /** The keys of deleted rows. */
  public String deletedKeys() {
    return "SELECT " + oldKeysNamed() + " FROM " + TABLE + " WHERE _fd_action = 2";
  }

  /** {@code _fd_op} (0 upsert, 1 delete) and whole rows; deletes and freed keys come first. */
  public String mixed() {
    String nulls =
        table.columns().stream()
            .map(
                column -> {
                  int at = keyIndex(column);
                  String value = at < 0 ? "NULL::" + column.type() : "_fd_old_" + at;
                  return value + " AS " + SqlIdentifiers.quote(column.name());
                })
            .collect(Collectors.joining(", "));
    return "SELECT 1::TINYINT AS _fd_op, "
        + nulls
        + " FROM "
        + TABLE
        + " WHERE _fd_action = 2 OR "
        + moved("")
        + " UNION ALL SELECT 0::TINYINT, "
        + table.columnList("")
        + " FROM "
        + TABLE
        + " WHERE _fd_action < 2";
  }

  /** Changed rows of a table without a key, named by their origin. */
  public String rewritten() {
    return "SELECT CASE _fd_action WHEN 2 THEN 1 ELSE 0 END::TINYINT AS _fd_op,"
        + " f.path AS _fd_path,"
        + " CASE WHEN c._fd_source < 0 THEN -c._fd_source END AS _fd_origin,"
        + " c._fd_row AS _fd_origin_row, "
        + table.columnList("c")
        + " FROM "
        + TABLE
        + " AS c LEFT JOIN _flashduck.files AS f ON f.id = c._fd_source WHERE c._fd_action > 0";
  }

  /** The answer to RETURNING. */
  public String returning(Capture capture, String text) {
    return "SELECT "
        + text
        + " FROM (SELECT "
        + table.columnList("")
        + (capture.merge()
            ? ", CASE _fd_action WHEN 0 THEN 'INSERT' WHEN 1 THEN 'UPDATE' ELSE 'DELETE' END"
                + " AS merge_action"
            : "")
        + " FROM "
        + TABLE
        + ") AS "
        + capture.alias();
  }

  private String moved(String prefix) {
    if (!table.keyed()) {
      return "false";
    }
    List<String> different = new ArrayList<>();
    for (int i = 0; i < table.key().size(); i++) {
      different.add(
          prefix
              + "_fd_old_"
              + i
              + " IS DISTINCT FROM "
              + prefix
              + SqlIdentifiers.quote(table.key().get(i)));
    }
    return "(" + prefix + "_fd_action = 1 AND (" + String.join(" OR ", different) + "))";
  }

  private String keyText(String prefix) {
    return "concat_ws(', ', "
        + table.key().stream()
            .map(
                key ->
                    "concat("
                        + SqlIdentifiers.literal(key + " = ")
                        + ", coalesce("
                        + prefix
                        + SqlIdentifiers.quote(key)
                        + "::VARCHAR, 'NULL'))")
            .collect(Collectors.joining(", "))
        + ")";
  }

  private String oldKeys() {
    List<String> names = new ArrayList<>();
    for (int i = 0; i < table.key().size(); i++) {
      names.add("_fd_old_" + i);
    }
    return String.join(", ", names);
  }

  private String oldKeysNamed() {
    List<String> names = new ArrayList<>();
    for (int i = 0; i < table.key().size(); i++) {
      names.add("_fd_old_" + i + " AS " + SqlIdentifiers.quote(table.key().get(i)));
    }
    return String.join(", ", names);
  }

  private int keyIndex(Column column) {
    for (int i = 0; i < table.key().size(); i++) {
      if (table.key().get(i).equalsIgnoreCase(column.name())) {
        return i;
      }
    }
    return -1;
  }
}
