package io.flashduck.server.table.statement;

import io.flashduck.server.catalog.Column;
import io.flashduck.server.catalog.TableDefinition;
import io.flashduck.server.engine.sql.SqlStatement;
import io.flashduck.server.engine.sql.ValuesDefaults;
import java.util.List;

/**
 * The word DEFAULT inside the VALUES of an INSERT: each is replaced by the expression of its
 * column, NULL if the column has none.
 *
 * <p>Threading: stateless.
 */
final class DefaultWords {
  private DefaultWords() {}

  /** The statement without the word. */
  static SqlStatement.Dml replaced(SqlStatement.Dml statement, TableDefinition table) {
    if (!(statement instanceof SqlStatement.Insert insert)) {
      return statement;
    }
    List<String> columns =
        insert.columns().isEmpty()
            ? table.columns().stream().map(Column::name).toList()
            : insert.columns();
    return new SqlStatement.Insert(
        insert.with(),
        insert.orAction(),
        insert.target(),
        insert.alias(),
        insert.columns(),
        insert.byName(),
        insert
            .source()
            .map(source -> ValuesDefaults.replaced(source, i -> value(columns, i, table))),
        insert.onConflict(),
        insert.returning());
  }

  private static String value(List<String> columns, int item, TableDefinition table) {
    return item < columns.size()
        ? table.rules().defaultOf(columns.get(item)).map(sql -> "(" + sql + "\n)").orElse("NULL")
        : "NULL";
  }
}
