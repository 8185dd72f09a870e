package io.flashduck.server.table.transaction;

import io.flashduck.server.catalog.Column;
import io.flashduck.server.engine.sql.SqlIdentifiers;
import io.flashduck.server.table.ArrowRows;
import io.flashduck.server.table.change.ChangeSection;
import io.flashduck.server.table.change.RowsKind;
import io.flashduck.server.table.merge.TableLayout;
import io.flashduck.server.table.statement.CapturedTables;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * What a transaction leaves of one table as sections of a change: each identity once.
 *
 * <p>Threading: confined to whoever holds the transaction's connection.
 */
final class BufferedRows {
  private static final List<String> ORIGIN =
      List.of("_fd_op", "_fd_path", "_fd_origin", "_fd_origin_row");

  private final CapturedTables tables;
  private final BufferedTable buffer;
  private final TableLayout table;

  BufferedRows(CapturedTables tables, BufferedTable buffer) {
    this.tables = tables;
    this.buffer = buffer;
    this.table = buffer.stored();
  }

  /** The rows; none if nothing is left to do. */
  List<ChangeSection> sections() {
    List<ChangeSection> sections = new ArrayList<>();
    if (table.keyed()) {
      keyed(sections);
    } else {
      keyless(sections);
    }
    return sections;
  }

  /** The changed identities and what the snapshot has for them. */
  ArrowRows written() {
    List<Column> columns = new ArrayList<>(table.identityColumns());
    BufferedTable.STAMP.forEach(name -> columns.add(new Column(name, "BIGINT")));
    return tables.logged("SELECT * FROM " + buffer.written(), List.of(), columns);
  }

  private void keyed(List<ChangeSection> sections) {
    String kept = "SELECT " + table.columnList("") + " FROM " + buffer.rows();
    String gone =
        " FROM "
            + buffer.written()
            + " AS w ANTI JOIN "
            + buffer.rows()
            + " AS r ON "
            + table.sameIdentity("w", "r")
            + " WHERE w._fd_was_version IS NOT NULL";
    long deletes = tables.number("SELECT count(*)" + gone);
    long rows = tables.number("SELECT count(*) FROM " + buffer.rows());
    if (deletes == 0) {
      add(sections, RowsKind.UPSERT, table.columns(), logged(kept, List.of(), table.columns()));
    } else if (rows == 0) {
      List<Column> key = table.identityColumns();
      add(
          sections,
          RowsKind.DELETE,
          key,
          logged("SELECT " + table.identityList("w") + gone, List.of(), key));
    } else {
      String mixed =
          "SELECT 1::TINYINT AS _fd_op, "
              + table.columns().stream().map(this::ofDeleted).collect(Collectors.joining(", "))
              + gone
              + " UNION ALL SELECT 0::TINYINT, "
              + table.columnList("")
              + " FROM "
              + buffer.rows();
      add(
          sections,
          RowsKind.MIXED,
          table.columns(),
          logged(mixed, List.of("_fd_op"), table.columns()));
    }
  }

  private String ofDeleted(Column column) {
    String name = SqlIdentifiers.quote(column.name());
    return (table.isKey(column.name()) ? "w." + name : "NULL::" + column.type()) + " AS " + name;
  }

  private void keyless(List<ChangeSection> sections) {
    add(
        sections,
        RowsKind.APPEND,
        table.columns(),
        logged(
            "SELECT "
                + table.columnList("")
                + " FROM "
                + buffer.rows()
                + " WHERE _fd_source = "
                + BufferedTable.ADDED
                + " ORDER BY _fd_row",
            List.of(),
            table.columns()));
    String rewritten =
        "SELECT (CASE WHEN r._fd_version IS NULL THEN 1 ELSE 0 END)::TINYINT AS _fd_op, f.path AS"
            + " _fd_path, CASE WHEN w._fd_source < 0 THEN -w._fd_source END AS _fd_origin,"
            + " w._fd_row AS _fd_origin_row, "
            + table.columnList("r")
            + " FROM "
            + buffer.written()
            + " AS w LEFT JOIN "
            + buffer.rows()
            + " AS r ON "
            + table.sameIdentity("w", "r")
            + " LEFT JOIN _flashduck.files AS f ON f.id = w._fd_source"
            + " WHERE w._fd_was_version IS NOT NULL";
    add(sections, RowsKind.REWRITE, table.columns(), logged(rewritten, ORIGIN, table.columns()));
  }

  private ArrowRows logged(String query, List<String> before, List<Column> columns) {
    return tables.logged(query, before, columns);
  }

  private void add(
      List<ChangeSection> sections, RowsKind kind, List<Column> columns, ArrowRows rows) {
    if (rows.rowCount() > 0) {
      sections.add(new ChangeSection.Rows(table.name(), kind, table.key(), columns, rows));
    }
  }
}
