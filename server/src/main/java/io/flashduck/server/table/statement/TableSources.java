package io.flashduck.server.table.statement;

import io.flashduck.server.catalog.TableName;
import io.flashduck.server.config.TableOptions;
import io.flashduck.server.table.source.TypeWidening;
import io.flashduck.server.table.state.FileState;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * What stands beside a table's writes: its files and what {@code tables.yaml} says of it.
 *
 * <p>Threading: confined to the apply lane.
 *
 * @param options what {@code tables.yaml} says of a table
 * @param files the files of a table, those that count for nothing too
 * @param widening the common types of columns
 */
public record TableSources(
    Function<TableName, TableOptions> options,
    Function<TableName, List<FileState>> files,
    TypeWidening widening) {
  /** The files whose rows are in the table. */
  List<FileState> live(TableName table) {
    return files.apply(table).stream().filter(f -> !f.load().masked()).toList();
  }

  /** The first file that has a column of that name. */
  Optional<FileState> fileWith(TableName table, String column) {
    return live(table).stream()
        .filter(f -> f.columns().stream().anyMatch(c -> c.name().equalsIgnoreCase(column)))
        .findFirst();
  }

  /** Whether no text file has the column: a text file is read again as its column's new type. */
  boolean onlyTyped(TableName table, String column) {
    return live(table).stream()
        .flatMap(f -> f.columns().stream())
        .filter(c -> c.name().equalsIgnoreCase(column))
        .allMatch(c -> c.typed());
  }

  /** The key that {@code tables.yaml} declares. */
  List<String> declaredKey(TableName table) {
    return options.apply(table).key();
  }

  /** Whether {@code tables.yaml} gives the column a type. */
  boolean declaresType(TableName table, String column) {
    return options.apply(table).read().columns().keySet().stream()
        .anyMatch(column::equalsIgnoreCase);
  }
}
