package io.flashduck.server.table.statement;

import io.flashduck.server.catalog.Column;
import io.flashduck.server.engine.sql.SqlIdentifiers;
import io.flashduck.server.engine.sql.SqlStatement.Insert;
import io.flashduck.server.engine.sql.SqlStatement.OnConflict;
import io.flashduck.server.engine.sql.SqlStatement.OrAction;
import io.flashduck.server.table.merge.Names;
import io.flashduck.server.table.merge.TableLayout;
import io.flashduck.server.table.statement.Capture.KeyCheck;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * INSERT, INSERT OR REPLACE, OR IGNORE and ON CONFLICT as queries for the rows they add or replace.
 *
 * <p>Threading: confined to its caller.
 */
final class InsertSql {
  private final TableLayout table;
  private final TargetColumns columns;
  private final Insert insert;
  private final String alias;

  InsertSql(TableLayout table, Insert insert) {
    this.table = table;
    this.columns = new TargetColumns(table);
    this.insert = insert;
    this.alias = SqlIdentifiers.quote(insert.alias().orElse(insert.target().name()));
  }

  /**
   * The capturing query.
   *
   * @param sourceColumns the column names of the statement's query; empty for DEFAULT VALUES
   */
  Capture capture(List<String> sourceColumns) {
    String typed = typedSource(sourceColumns);
    String with = insert.with().map(text -> text + " ").orElse("");
    boolean ignore =
        insert.orAction() == OrAction.IGNORE
            || insert.onConflict().map(c -> c.update().isEmpty()).orElse(false);
    if (!table.keyed() && (ignore || insert.onConflict().isPresent() || replaces())) {
      throw TargetColumns.invalid(
          "Table "
              + table.name()
              + " has no key, so OR REPLACE, OR IGNORE and ON CONFLICT have nothing to compare;"
              + " declare a key in tables.yaml or with PRIMARY KEY");
    }
    insert.onConflict().ifPresent(this::checkConflictTarget);
    if (ignore) {
      return capture(with + ignoring(typed), KeyCheck.DISTINCT);
    }
    if (insert.onConflict().isPresent()) {
      return capture(with + updating(typed, insert.onConflict().get()), KeyCheck.DISTINCT);
    }
    return capture(
        with + "SELECT " + head() + ", " + table.columnList("") + " FROM (" + typed + ")",
        replaces() ? KeyCheck.LAST_WINS : KeyCheck.NEW_AND_DISTINCT);
  }

  private boolean replaces() {
    return insert.orAction() == OrAction.REPLACE;
  }

  private Capture capture(String select, KeyCheck check) {
    return new Capture(select, check, alias, insert.returning(), false);
  }

  private void checkConflictTarget(OnConflict conflict) {
    boolean key =
        conflict.columns().isEmpty()
            || (conflict.columns().size() == table.key().size()
                && conflict.columns().stream().allMatch(table::isKey));
    if (!key) {
      throw TargetColumns.invalid(
          "ON CONFLICT ("
              + String.join(", ", conflict.columns())
              + ") does not name the key of table "
              + table.name()
              + ", which is ("
              + String.join(", ", table.key())
              + ")");
    }
  }

  /** The rows to insert with all of the table's columns, cast to their types. */
  private String typedSource(List<String> sourceColumns) {
    if (insert.source().isEmpty()) {
      return "SELECT "
          + table.columns().stream()
              .map(c -> TargetColumns.cast("NULL", c) + " AS " + SqlIdentifiers.quote(c.name()))
              .collect(Collectors.joining(", "));
    }
    List<Column> targets = targets(sourceColumns);
    List<String> names = new ArrayList<>();
    for (int i = 0; i < sourceColumns.size(); i++) {
      names.add("_fd_v" + i);
    }
    String items =
        table.columns().stream()
            .map(
                c -> {
                  int at = targets.indexOf(c);
                  return TargetColumns.cast(at < 0 ? "NULL" : "_fd_values._fd_v" + at, c)
                      + " AS "
                      + SqlIdentifiers.quote(c.name());
                })
            .collect(Collectors.joining(", "));
    return "SELECT "
        + items
        + " FROM ("
        + insert.source().get()
        + ") AS _fd_values("
        + String.join(", ", names)
        + ")";
  }

  private List<Column> targets(List<String> sourceColumns) {
    List<Column> targets =
        columns.findAll(
            insert.byName() && insert.columns().isEmpty() ? sourceColumns : insert.columns());
    if (targets.size() != sourceColumns.size()) {
      throw TargetColumns.invalid(
          "Binder Error: table "
              + table.name()
              + " has "
              + targets.size()
              + " columns to fill but "
              + sourceColumns.size()
              + " values were supplied");
    }
    return targets;
  }

  private String ignoring(String typed) {
    return "SELECT "
        + head()
        + ", "
        + table.columnList("s")
        + " FROM (SELECT *, row_number() OVER () AS _fd_n FROM ("
        + typed
        + ")) AS s ANTI JOIN "
        + table.stored()
        + " AS t ON "
        + columns.sameKey("t", "s")
        + " QUALIFY row_number() OVER (PARTITION BY "
        + Names.list(table.key(), "s")
        + " ORDER BY s._fd_n) = 1";
  }

  /** The new row is a struct named {@code excluded}, so that bare names mean the table's row. */
  private String updating(String typed, OnConflict conflict) {
    Map<String, String> assigned = columns.assigned(conflict.update());
    String matched = alias + "._fd_version IS NOT NULL";
    List<String> items =
        table.columns().stream()
            .map(
                c -> {
                  String fresh = "_fd_new.excluded." + SqlIdentifiers.quote(c.name());
                  String updated =
                      assigned.getOrDefault(TargetColumns.fold(c), TargetColumns.of(alias, c));
                  return "CASE WHEN " + matched + " THEN " + updated + " ELSE " + fresh + " END";
                })
            .toList();
    String struct =
        table.columns().stream()
            .map(
                c -> SqlIdentifiers.quote(c.name()) + " := _fd_s." + SqlIdentifiers.quote(c.name()))
            .collect(Collectors.joining(", "));
    String join =
        table.key().stream()
            .map(SqlIdentifiers::quote)
            .map(key -> alias + "." + key + " = _fd_new.excluded." + key)
            .collect(Collectors.joining(" AND "));
    String inner =
        "SELECT CASE WHEN "
            + matched
            + " THEN 1 ELSE 0 END::TINYINT AS _fd_action, "
            + DmlSql.oldRow(table, alias)
            + ", "
            + DmlSql.numbered(items)
            + " FROM (SELECT struct_pack("
            + struct
            + ") AS excluded FROM ("
            + typed
            + ") AS _fd_s) AS _fd_new LEFT JOIN "
            + table.stored()
            + " AS "
            + alias
            + " ON "
            + join
            + conflict.where().map(w -> " WHERE NOT (" + matched + ") OR (" + w + ")").orElse("");
    return DmlSql.renamed(inner, table);
  }

  /** The action of an insert and an old row of nulls. */
  private String head() {
    StringBuilder head = new StringBuilder("0::TINYINT AS _fd_action");
    head.append(", NULL::BIGINT AS _fd_source, NULL::BIGINT AS _fd_row");
    for (int i = 0; i < table.key().size(); i++) {
      head.append(", NULL::")
          .append(table.column(table.key().get(i)).type())
          .append(" AS _fd_old_")
          .append(i);
    }
    return head.toString();
  }
}
