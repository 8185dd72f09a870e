package io.flashduck.server.consolidate;

import static io.flashduck.server.engine.sql.SqlIdentifiers.literal;
import static io.flashduck.server.engine.sql.SqlIdentifiers.quote;

import io.flashduck.server.catalog.TableDefinition;
import io.flashduck.server.catalog.TableKey;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.parquet.format.ColumnChunk;
import org.apache.parquet.format.RowGroup;
import org.apache.parquet.format.SortingColumn;

/**
 * The order of the rows in a consolidated file: by key, or for a table without a key the order in
 * which its rows came, files first and then writes.
 *
 * <p>No two rows of a table are equal in it.
 *
 * <p>Threading: immutable.
 *
 * @param columns what is compared, the first one first; never null in a row
 * @param keyed whether these are columns of the table, not hidden ones
 */
record RowOrder(List<Projection.Output> columns, boolean keyed) {
  /** Above every file id, so that writes follow files. */
  private static final long FIRST_WRITE = 1L << 62;

  private static final List<Projection.Output> ARRIVAL =
      List.of(
          new Projection.Output(
              "_fd_place",
              "BIGINT",
              "CASE WHEN _fd_source > 0 THEN _fd_source ELSE " + FIRST_WRITE + " - _fd_source END"),
          new Projection.Output("_fd_row", "BIGINT", "_fd_row"));

  /** Types whose text DuckDB reads back as the same value. */
  private static final Set<String> BOUNDED =
      Set.of(
          "TINYINT",
          "SMALLINT",
          "INTEGER",
          "BIGINT",
          "UTINYINT",
          "USMALLINT",
          "UINTEGER",
          "UBIGINT",
          "BOOLEAN",
          "VARCHAR",
          "BLOB",
          "UUID",
          "DATE",
          "TIME",
          "TIME_NS",
          "TIMESTAMP",
          "TIMESTAMP_NS",
          "TIMESTAMP WITH TIME ZONE");

  private static final Set<String> REREAD_AS_OTHERS = Set.of("TIME", "TIME_NS", "TIMESTAMP_NS");

  RowOrder {
    columns = List.copyOf(columns);
  }

  static RowOrder of(TableDefinition definition, Projection projection) {
    return definition
        .key()
        .map(TableKey::columns)
        .map(key -> new RowOrder(key.stream().map(projection::column).toList(), true))
        .orElseGet(() -> new RowOrder(ARRIVAL, false));
  }

  /**
   * Whether ranges of this order can be written as {@link KeyBound}s. Not if a key is written as
   * something else than it is stored as: two intervals that are equal may have different texts.
   */
  boolean bounded() {
    boolean plain =
        !keyed
            || columns.stream()
                .allMatch(column -> column.expression().equals(quote(column.name())));
    return plain
        && columns.stream()
            .map(column -> column.type().toUpperCase(Locale.ROOT))
            .allMatch(type -> BOUNDED.contains(type) || type.startsWith("DECIMAL("));
  }

  /** Whether a file has the columns, and DuckDB reads each of them as the type that it wrote. */
  boolean inFile() {
    return keyed
        && columns.stream()
            .noneMatch(column -> REREAD_AS_OTHERS.contains(column.type().toUpperCase(Locale.ROOT)));
  }

  /** The names of the columns for ORDER BY, where they are selected by name. */
  String names() {
    return columns.stream().map(column -> quote(column.name())).collect(Collectors.joining(", "));
  }

  /** {@code expression AS "name", …} over the stored table. */
  String selectList() {
    return columns.stream()
        .map(column -> column.expression() + " AS " + quote(column.name()))
        .collect(Collectors.joining(", "));
  }

  /** A NULL of each column's type. */
  String nulls() {
    return columns.stream()
        .map(column -> "NULL::" + column.type())
        .collect(Collectors.joining(", "));
  }

  /** Tells readers that the rows of a row group are in key order. */
  void declare(RowGroup group) {
    List<SortingColumn> sorting = new ArrayList<>();
    for (Projection.Output column : keyed ? columns : List.<Projection.Output>of()) {
      int leaf = leaf(group.getColumns(), column.name());
      if (leaf < 0) {
        break;
      }
      sorting.add(new SortingColumn(leaf, false, false));
    }
    if (sorting.isEmpty()) {
      group.unsetSorting_columns();
    } else {
      group.setSorting_columns(sorting);
    }
  }

  private static int leaf(List<ColumnChunk> leaves, String column) {
    for (int i = 0; i < leaves.size(); i++) {
      if (leaves.get(i).getMeta_data().getPath_in_schema().equals(List.of(column))) {
        return i;
      }
    }
    return -1;
  }

  /** The columns' values as the text of a bound, where they are selected by name. */
  String texts() {
    return columns.stream()
        .map(column -> "CAST(" + quote(column.name()) + " AS VARCHAR)")
        .collect(Collectors.joining(", "));
  }

  /** The values of a bound with their types. */
  List<String> typed(KeyBound bound) {
    List<String> typed = new ArrayList<>();
    for (int i = 0; i < columns.size(); i++) {
      typed.add("CAST(" + literal(bound.values().get(i)) + " AS " + columns.get(i).type() + ")");
    }
    return typed;
  }

  /** One value, or several that are compared one after the other. */
  String tuple(List<String> values) {
    String list = String.join(", ", values);
    return columns.size() > 1 ? "row(" + list + ")" : list;
  }

  /** A condition over the stored table: at or above {@code lower} and below {@code upper}. */
  String between(Optional<KeyBound> lower, Optional<KeyBound> upper) {
    List<String> conditions = new ArrayList<>();
    pruning(lower, upper).ifPresent(conditions::add);
    lower.ifPresent(bound -> conditions.add(compare(typed(bound), ">", ">=")));
    upper.ifPresent(bound -> conditions.add(compare(typed(bound), "<", "<")));
    return conditions.isEmpty() ? "true" : String.join(" AND ", conditions);
  }

  /**
   * Column by column: DuckDB prunes by the first column, which it cannot with a comparison of rows.
   */
  private String compare(List<String> values, String strict, String last) {
    int end = columns.size() - 1;
    String condition = columns.get(end).expression() + " " + last + " " + values.get(end);
    for (int i = end - 1; i >= 0; i--) {
      String column = columns.get(i).expression();
      String value = values.get(i);
      condition =
          "(" + column + " " + strict + " " + value + " OR (" + column + " = " + value + " AND "
              + condition + "))";
    }
    if (end > 0) {
      String first = columns.get(0).expression() + " " + strict + "= " + values.get(0);
      condition = first + " AND " + condition;
    }
    return condition;
  }

  /** What a range of places means for {@code _fd_source}, which has statistics. */
  private Optional<String> pruning(Optional<KeyBound> lower, Optional<KeyBound> upper) {
    if (keyed) {
      return Optional.empty();
    }
    long from = lower.map(bound -> Long.parseLong(bound.values().get(0))).orElse(0L);
    long to = upper.map(bound -> Long.parseLong(bound.values().get(0))).orElse(Long.MAX_VALUE);
    if (to < FIRST_WRITE) {
      return Optional.of("_fd_source BETWEEN " + from + " AND " + to);
    }
    if (from > FIRST_WRITE) {
      return Optional.of(
          "_fd_source BETWEEN " + (FIRST_WRITE - to) + " AND " + (FIRST_WRITE - from));
    }
    return Optional.empty();
  }
}
