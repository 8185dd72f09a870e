package io.flashduck.server.consolidate;

import io.flashduck.server.catalog.TableDefinition;
import io.flashduck.server.catalog.TableKey;
import java.util.List;
import java.util.stream.Collectors;

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
  private static final String FIRST_WRITE = "4611686018427387904";

  private static final List<Projection.Output> ARRIVAL =
      List.of(
          new Projection.Output(
              "_fd_place",
              "BIGINT",
              "CASE WHEN _fd_source > 0 THEN _fd_source ELSE " + FIRST_WRITE + " - _fd_source END"),
          new Projection.Output("_fd_row", "BIGINT", "_fd_row"));

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

  /** The names of the columns for ORDER BY, where they are selected by name. */
  String names() {
    return columns.stream()
        .map(column -> '"' + column.name().replace("\"", "\"\"") + '"')
        .collect(Collectors.joining(", "));
  }
}
