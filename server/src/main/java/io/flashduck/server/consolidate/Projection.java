package io.flashduck.server.consolidate;

import static io.flashduck.server.engine.sql.SqlIdentifiers.quote;

import io.flashduck.server.catalog.Column;
import io.flashduck.server.catalog.TableDefinition;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The columns of a consolidated file: the user's columns in the user's order, as {@link
 * EmittedType} writes them.
 *
 * <p>Threading: immutable.
 */
record Projection(List<Output> columns) {
  /**
   * One column.
   *
   * @param name the user's name of it
   * @param type the type that is written
   * @param expression its value, over the stored table
   */
  record Output(String name, String type, String expression) {}

  Projection {
    columns = List.copyOf(columns);
  }

  /**
   * @param wide the columns with an integer that does not fit DECIMAL(38,0)
   */
  static Projection of(TableDefinition definition, Set<String> wide) {
    return new Projection(
        definition.columns().stream()
            .map(column -> output(column, wide.contains(column.name())))
            .toList());
  }

  private static Output output(Column column, boolean wide) {
    String type = EmittedType.of(column.type(), wide);
    String name = quote(column.name());
    String expression = type.equals(column.type()) ? name : "CAST(" + name + " AS " + type + ")";
    return new Output(column.name(), type, expression);
  }

  /** The value of a column over the stored table; names are compared as DuckDB compares them. */
  Output column(String name) {
    return columns.stream()
        .filter(column -> column.name().equalsIgnoreCase(name))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("No column " + name));
  }

  /** {@code expression AS "name", …}. */
  String selectList() {
    return columns.stream()
        .map(column -> column.expression() + " AS " + quote(column.name()))
        .collect(Collectors.joining(", "));
  }

  /** {@code "name", …}. */
  String names() {
    return columns.stream().map(column -> quote(column.name())).collect(Collectors.joining(", "));
  }

  /** A NULL of each column's type. */
  String nulls() {
    return columns.stream()
        .map(column -> "NULL::" + column.type())
        .collect(Collectors.joining(", "));
  }

  /** What {@link ContentHash} is computed from, over the stored table. */
  List<String> tableExpressions() {
    return columns.stream().map(Output::expression).toList();
  }

  /** The same, over the file. */
  List<String> fileExpressions() {
    return columns.stream().map(column -> quote(column.name())).toList();
  }
}
