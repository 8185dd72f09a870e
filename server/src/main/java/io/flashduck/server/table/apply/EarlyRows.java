package io.flashduck.server.table.apply;

import io.flashduck.server.engine.EngineConnection;
import io.flashduck.server.table.merge.Hidden;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Keeps the rows that a transaction adds out of sight until it has committed.
 *
 * <p>DuckDB 2.0.0 moves the new row groups of a transaction into the table before the commit, when
 * there are enough rows for a whole one or the table is empty. Until the log is synced they have no
 * versions, so queries that began earlier see them, without the deletions of the same transaction.
 * Rows of a transaction that has also deleted some of its own new rows are appended with their
 * versions instead. So a transaction that would move row groups adds one row more and deletes it.
 * See decision 0014.
 *
 * <p>Threading: confined to the apply lane.
 */
final class EarlyRows {
  /** Fewer rows than this never fill a row group of 122,880. */
  private static final long HARMLESS_ROWS = 100_000;

  /** A sequence that no row has. */
  private static final long NOBODY = -1;

  private static final String TABLE = "(" + Hidden.SCHEMA + "\\.\"(?:[^\"]|\"\")+\")";
  private static final Pattern INSERT = Pattern.compile("INSERT INTO " + TABLE + "[\\s\\S]*");
  private static final Pattern CREATE = Pattern.compile("CREATE TABLE " + TABLE + "[\\s\\S]*");
  private static final Pattern DELETE = Pattern.compile("DELETE FROM " + TABLE + "[\\s\\S]*");
  private static final Pattern DROP =
      Pattern.compile("DROP TABLE (?:IF EXISTS )?" + TABLE + "[\\s\\S]*");

  private final EngineConnection connection;
  private final Map<String, Long> added = new HashMap<>();
  private final Set<String> created = new HashSet<>();

  EarlyRows(EngineConnection connection) {
    this.connection = connection;
  }

  /** Runs a statement of the transaction; returns the rows that it changed. */
  long update(String sql) {
    Matcher insert = INSERT.matcher(sql);
    if (insert.matches()) {
      return insert(insert.group(1), sql);
    }
    long rows = connection.update(sql);
    Matcher create = CREATE.matcher(sql);
    Matcher drop = DROP.matcher(sql);
    Matcher delete = DELETE.matcher(sql);
    if (delete.matches()) {
      if (rows > 0) {
        // Rows that are deleted are still there until a checkpoint: the table is not empty.
        added.putIfAbsent(delete.group(1), 0L);
      }
    } else if (create.matches()) {
      created.add(create.group(1));
    } else if (drop.matches()) {
      created.remove(drop.group(1));
      added.remove(drop.group(1));
    }
    return rows;
  }

  /** Nobody sees a table before the transaction that creates it has committed. */
  private long insert(String table, String sql) {
    if (created.contains(table)) {
      return connection.update(sql);
    }
    long before = added.containsKey(table) || hasRows(table) ? 0 : HARMLESS_ROWS;
    long rows = connection.update(sql);
    added.merge(table, before + rows, Long::sum);
    return rows;
  }

  private boolean hasRows(String table) {
    return !connection.queryKept("SELECT 1 FROM " + table + " LIMIT 1", row -> true).isEmpty();
  }

  /** The transaction begins. */
  void begin() {
    added.clear();
    created.clear();
  }

  /** The transaction is about to commit. */
  void beforeCommit() {
    added.forEach(
        (table, rows) -> {
          if (rows > HARMLESS_ROWS) {
            connection.execute(
                "INSERT INTO " + table + " (" + Hidden.SEQUENCE + ") VALUES (" + NOBODY + ")");
            connection.execute(
                "DELETE FROM " + table + " WHERE " + Hidden.SEQUENCE + " = " + NOBODY);
          }
        });
  }
}
