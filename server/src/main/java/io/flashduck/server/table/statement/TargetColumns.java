package io.flashduck.server.table.statement;

import io.flashduck.server.catalog.Column;
import io.flashduck.server.engine.sql.SqlIdentifiers;
import io.flashduck.server.engine.sql.SqlStatement.Assignment;
import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import io.flashduck.server.table.merge.TableLayout;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * The columns of a statement's table: looked up by name, cast to their types.
 *
 * <p>Threading: immutable.
 */
final class TargetColumns {
  private final TableLayout table;

  TargetColumns(TableLayout table) {
    this.table = table;
  }

  /** The column of that name, in any case. */
  Column find(String name) {
    return table.columns().stream()
        .filter(column -> column.name().equalsIgnoreCase(name))
        .findFirst()
        .orElseThrow(
            () ->
                invalid(
                    "Table "
                        + table.name()
                        + " has no column \""
                        + name
                        + "\"; its columns are "
                        + table.columns().stream()
                            .map(Column::name)
                            .collect(Collectors.joining(", "))));
  }

  /** The columns of those names in their order, all columns for an empty list; none twice. */
  List<Column> findAll(List<String> names) {
    if (names.isEmpty()) {
      return table.columns();
    }
    List<Column> found = new ArrayList<>();
    for (String name : names) {
      Column column = find(name);
      if (found.contains(column)) {
        throw invalid("Column \"" + name + "\" is named twice");
      }
      found.add(column);
    }
    return found;
  }

  /** The expression cast to the column's type; DEFAULT is null. */
  static String cast(String expression, Column column) {
    String value = expression.equalsIgnoreCase("DEFAULT") ? "NULL" : expression;
    return "CAST((" + value + ") AS " + column.type() + ")";
  }

  /** The assigned expression by folded column name. */
  Map<String, String> assigned(List<Assignment> assignments) {
    Map<String, String> values = new HashMap<>();
    for (Assignment assignment : assignments) {
      if (assignment.columns().size() != 1) {
        throw new FlashDuckException(
            ErrorCode.UNIMPLEMENTED,
            "SET ("
                + String.join(", ", assignment.columns())
                + ") = … takes a list of as many values; write one assignment per column");
      }
      Column column = find(assignment.columns().get(0));
      if (values.put(fold(column), cast(assignment.value(), column)) != null) {
        throw invalid("Column \"" + column.name() + "\" is assigned twice");
      }
    }
    return values;
  }

  static String fold(Column column) {
    return column.name().toLowerCase(Locale.ROOT);
  }

  /** {@code alias."column"}. */
  static String of(String alias, Column column) {
    return alias + "." + SqlIdentifiers.quote(column.name());
  }

  /** The condition that the key columns of two aliases are equal. */
  String sameKey(String left, String right) {
    return table.key().stream()
        .map(SqlIdentifiers::quote)
        .map(key -> left + "." + key + " = " + right + "." + key)
        .collect(Collectors.joining(" AND "));
  }

  static FlashDuckException invalid(String message) {
    return new FlashDuckException(ErrorCode.INVALID_REQUEST, message);
  }
}
