package io.flashduck.server.table.statement;

import io.flashduck.server.catalog.Column;
import io.flashduck.server.engine.sql.SqlIdentifiers;
import io.flashduck.server.table.ArrowRows;
import io.flashduck.server.table.change.ChangeSection;
import io.flashduck.server.table.change.RowsKind;
import io.flashduck.server.table.merge.TableLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * What several executions of one statement changed: each is applied to the stored table, inside of
 * the transaction that is rolled back, so that the next one sees it; in the end there is one
 * change.
 *
 * <p>Threading: confined to the apply lane; used once.
 */
final class ExecutionLog {
  /** The columns in front of rewritten rows. */
  static final List<String> ORIGIN = List.of("_fd_op", "_fd_path", "_fd_origin", "_fd_origin_row");

  private static final String TABLE = "temp._fd_executions";

  /** Rows that executions added have origins that no other row has. */
  private static final long ADDED = -(1L << 62);

  private final CapturedTables tables;
  private final TableLayout layout;
  private long added;

  ExecutionLog(CapturedTables tables, TableLayout layout) {
    this.tables = tables;
    this.layout = layout;
  }

  void create() {
    tables.execute(new CapturedRows(layout).create());
    tables.execute(
        "CREATE OR REPLACE TEMP TABLE "
            + TABLE
            + " AS SELECT 0::BIGINT AS _fd_n, * FROM "
            + CapturedRows.TABLE
            + " LIMIT 0");
  }

  /** Notes what an execution captured, and applies it. */
  void add(int execution) {
    String source = "coalesce(_fd_source, " + ADDED + ")";
    String row = "coalesce(_fd_row, " + added + " + rowid)";
    String origin = source + " AS _fd_source, " + row + " AS _fd_row";
    tables.execute(
        "INSERT INTO "
            + TABLE
            + " SELECT "
            + execution
            + ", * REPLACE ("
            + origin
            + ") FROM "
            + CapturedRows.TABLE);
    tables.execute(
        "DELETE FROM "
            + layout.stored()
            + " AS t USING "
            + CapturedRows.TABLE
            + " AS c WHERE "
            + replaced());
    tables.execute(
        "INSERT INTO "
            + layout.stored()
            + " ("
            + layout.allColumns("")
            + ") SELECT "
            + layout.columnList("")
            + ", 0, "
            + source
            + ", "
            + row
            + ", 1 FROM "
            + CapturedRows.TABLE
            + " WHERE _fd_action < 2");
    added += tables.number("SELECT count(*) FROM " + CapturedRows.TABLE);
  }

  private String replaced() {
    String changed = "(c._fd_action > 0 AND t._fd_source = c._fd_source AND t._fd_row = c._fd_row)";
    return layout.keyed()
        ? changed + " OR (c._fd_action = 0 AND " + layout.sameIdentity("t", "c") + ")"
        : changed;
  }

  /** All executions as one change; of the same row the last one counts. */
  List<ChangeSection> sections() {
    List<ChangeSection> sections = new ArrayList<>();
    if (layout.keyed()) {
      add(sections, RowsKind.MIXED, tables.logged(mixed(), List.of("_fd_op"), layout.columns()));
    } else {
      add(
          sections,
          RowsKind.APPEND,
          tables.logged(
              "SELECT * FROM " + last("=") + " WHERE _fd_action < 2 ORDER BY _fd_row",
              List.of(),
              layout.columns()));
      add(sections, RowsKind.REWRITE, tables.logged(rewritten(), ORIGIN, layout.columns()));
    }
    return sections;
  }

  private void add(List<ChangeSection> sections, RowsKind kind, ArrowRows rows) {
    if (rows.rowCount() > 0) {
      sections.add(
          new ChangeSection.Rows(layout.name(), kind, layout.key(), layout.columns(), rows));
    }
  }

  /** Of each execution first the keys that it frees, then the rows that it leaves. */
  private String mixed() {
    List<String> freed = new ArrayList<>();
    for (Column column : layout.columns()) {
      int at = keyIndex(column.name());
      String value = at < 0 ? "NULL::" + column.type() : "_fd_old_" + at;
      freed.add(value + " AS " + SqlIdentifiers.quote(column.name()));
    }
    String rows =
        "SELECT _fd_n, 0 AS _fd_step, 1::TINYINT AS _fd_op, rowid AS _fd_at, "
            + String.join(", ", freed)
            + " FROM "
            + TABLE
            + " WHERE _fd_action > 0 UNION ALL SELECT _fd_n, 1, 0::TINYINT, rowid, "
            + layout.columnList("")
            + " FROM "
            + TABLE
            + " WHERE _fd_action < 2";
    return "SELECT * FROM (" + rows + ") ORDER BY _fd_n, _fd_step, _fd_at";
  }

  private String rewritten() {
    return "SELECT CASE _fd_action WHEN 2 THEN 1 ELSE 0 END::TINYINT AS _fd_op,"
        + " f.path AS _fd_path,"
        + " CASE WHEN c._fd_source < 0 THEN -c._fd_source END AS _fd_origin,"
        + " c._fd_row AS _fd_origin_row, "
        + layout.columns().stream()
            .map(c -> "c." + SqlIdentifiers.quote(c.name()))
            .collect(Collectors.joining(", "))
        + " FROM "
        + last("<>")
        + " AS c"
        + " LEFT JOIN _flashduck.files AS f ON f.id = c._fd_source";
  }

  /** What became of the rows that an execution added, or of those that were there before. */
  private static String last(String addedOrNot) {
    return "(SELECT * FROM "
        + TABLE
        + " WHERE _fd_source "
        + addedOrNot
        + " "
        + ADDED
        + " QUALIFY row_number() OVER (PARTITION BY _fd_source, _fd_row ORDER BY _fd_n DESC, rowid"
        + " DESC) = 1)";
  }

  private int keyIndex(String column) {
    for (int i = 0; i < layout.key().size(); i++) {
      if (layout.key().get(i).equalsIgnoreCase(column)) {
        return i;
      }
    }
    return -1;
  }
}
