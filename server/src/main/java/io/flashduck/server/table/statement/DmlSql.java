package io.flashduck.server.table.statement;

import io.flashduck.server.catalog.Column;
import io.flashduck.server.engine.sql.SqlIdentifiers;
import io.flashduck.server.engine.sql.SqlStatement;
import io.flashduck.server.engine.sql.SqlStatement.Delete;
import io.flashduck.server.engine.sql.SqlStatement.Insert;
import io.flashduck.server.engine.sql.SqlStatement.Merge;
import io.flashduck.server.engine.sql.SqlStatement.Update;
import io.flashduck.server.table.merge.Names;
import io.flashduck.server.table.merge.TableLayout;
import io.flashduck.server.table.statement.Capture.KeyCheck;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Turns INSERT, UPDATE, DELETE and MERGE into the query for the rows that they change, and into the
 * native statement that DuckDB can describe.
 *
 * <p>Names in the statement's expressions keep their meaning, because the stored table stands in
 * the query's FROM under the name or alias that the statement gives it.
 *
 * <p>Threading: stateless.
 */
public final class DmlSql {
  private DmlSql() {}

  /**
   * The capturing query of a statement.
   *
   * @param table the statement's table
   * @param sourceColumns the column names of {@link #source}; empty if there is none
   */
  public static Capture capture(
      TableLayout table, SqlStatement.Dml statement, List<String> sourceColumns) {
    if (statement instanceof Insert insert) {
      return new InsertSql(table, insert).capture(sourceColumns);
    }
    if (statement instanceof Update update) {
      return update(table, update);
    }
    if (statement instanceof Delete delete) {
      return delete(table, delete);
    }
    if (statement instanceof Merge merge) {
      return new MergeStatementSql(table, merge).capture(sourceColumns);
    }
    throw new IllegalArgumentException("no rows to capture for " + statement);
  }

  /** The query whose column names {@link #capture} needs; empty if the statement has none. */
  public static Optional<String> source(SqlStatement.Dml statement) {
    if (statement instanceof Insert insert) {
      String with = insert.with().map(text -> text + " ").orElse("");
      return insert.source().map(source -> with + "SELECT * FROM (" + source + ")");
    }
    if (statement instanceof Merge merge) {
      String with = merge.with().map(text -> text + " ").orElse("");
      return Optional.of(with + "SELECT * FROM " + merge.source());
    }
    return Optional.empty();
  }

  /**
   * The statement on the stored table without ON CONFLICT and RETURNING: preparing (never running)
   * it checks names and types and tells the types of the parameters.
   */
  public static String describable(TableLayout table, SqlStatement.Dml statement) {
    if (statement instanceof Insert insert) {
      String columns =
          insert.byName()
              ? " BY NAME "
              : " ("
                  + (insert.columns().isEmpty()
                      ? table.columnList("")
                      : Names.list(insert.columns(), ""))
                  + ") ";
      return prefix(insert.with())
          + "INSERT INTO "
          + table.stored()
          + columns
          + insert.source().orElse("DEFAULT VALUES");
    }
    if (statement instanceof Update update) {
      String set =
          update.assignments().stream()
              .map(a -> SqlIdentifiers.quote(a.columns().get(0)) + " = " + a.value())
              .collect(Collectors.joining(", "));
      return prefix(update.with())
          + "UPDATE "
          + table.stored()
          + " AS "
          + alias(update.alias(), update)
          + " SET "
          + set
          + update.from().map(from -> " FROM " + from).orElse("")
          + update.where().map(where -> " WHERE " + where).orElse("");
    }
    if (statement instanceof Delete delete) {
      return prefix(delete.with())
          + "DELETE FROM "
          + table.stored()
          + " AS "
          + alias(delete.alias(), delete)
          + delete.using().map(using -> " USING " + using).orElse("")
          + delete.where().map(where -> " WHERE " + where).orElse("");
    }
    throw new IllegalArgumentException("nothing to describe for " + statement);
  }

  private static Capture update(TableLayout table, Update update) {
    TargetColumns columns = new TargetColumns(table);
    Map<String, String> assigned = columns.assigned(update.assignments());
    String alias = alias(update.alias(), update);
    List<String> values =
        table.columns().stream()
            .map(c -> assigned.getOrDefault(TargetColumns.fold(c), TargetColumns.of(alias, c)))
            .toList();
    String inner =
        prefix(update.with())
            + "SELECT 1::TINYINT AS _fd_action, "
            + oldRow(table, alias)
            + ", "
            + numbered(values)
            + from(table, alias, update.from(), update.where());
    boolean movesKeys = table.key().stream().anyMatch(key -> assigned.containsKey(fold(key)));
    return new Capture(
        renamed(inner, table),
        movesKeys ? KeyCheck.NEW_AND_DISTINCT : KeyCheck.DISTINCT,
        alias,
        update.returning(),
        false);
  }

  private static Capture delete(TableLayout table, Delete delete) {
    String alias = alias(delete.alias(), delete);
    List<String> values = table.columns().stream().map(c -> TargetColumns.of(alias, c)).toList();
    String inner =
        prefix(delete.with())
            + "SELECT 2::TINYINT AS _fd_action, "
            + oldRow(table, alias)
            + ", "
            + numbered(values)
            + from(table, alias, delete.using(), delete.where());
    return new Capture(renamed(inner, table), KeyCheck.LAST_WINS, alias, delete.returning(), false);
  }

  private static String from(
      TableLayout table, String alias, Optional<String> others, Optional<String> where) {
    String text =
        " FROM "
            + table.stored()
            + " AS "
            + alias
            + others.map(other -> ", " + other).orElse("")
            + where.map(condition -> " WHERE " + condition).orElse("");
    return others.isEmpty()
        ? text
        : text + " QUALIFY row_number() OVER (PARTITION BY " + table.identityList(alias) + ") = 1";
  }

  /** Origin and key of the row under that alias. */
  static String oldRow(TableLayout table, String alias) {
    List<String> items = new ArrayList<>();
    items.add(alias + "._fd_source AS _fd_source");
    items.add(alias + "._fd_row AS _fd_row");
    for (int i = 0; i < table.key().size(); i++) {
      items.add(alias + "." + SqlIdentifiers.quote(table.key().get(i)) + " AS _fd_old_" + i);
    }
    return String.join(", ", items);
  }

  /** The values under names that no expression of the statement can mean by accident. */
  static String numbered(List<String> values) {
    List<String> items = new ArrayList<>();
    for (int i = 0; i < values.size(); i++) {
      items.add(values.get(i) + " AS _fd_c" + i);
    }
    return String.join(", ", items);
  }

  /** The query with its numbered values renamed to the user's columns. */
  static String renamed(String inner, TableLayout table) {
    List<String> items = new ArrayList<>(List.of("_fd_action", "_fd_source", "_fd_row"));
    for (int i = 0; i < table.key().size(); i++) {
      items.add("_fd_old_" + i);
    }
    List<Column> columns = table.columns();
    for (int i = 0; i < columns.size(); i++) {
      items.add("_fd_c" + i + " AS " + SqlIdentifiers.quote(columns.get(i).name()));
    }
    return "SELECT " + String.join(", ", items) + " FROM (" + inner + ")";
  }

  static String alias(Optional<String> alias, SqlStatement.Dml statement) {
    return SqlIdentifiers.quote(alias.orElse(statement.target().name()));
  }

  static String prefix(Optional<String> with) {
    return with.map(text -> text + " ").orElse("");
  }

  private static String fold(String name) {
    return name.toLowerCase(Locale.ROOT);
  }
}
