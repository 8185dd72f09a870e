package io.flashduck.server.table.apply;

import io.flashduck.server.catalog.Column;
import io.flashduck.server.catalog.TableName;
import io.flashduck.server.table.change.TableShape;
import io.flashduck.server.table.state.DatabaseState;
import io.flashduck.server.table.state.FileState;
import io.flashduck.server.table.state.TableState;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Finds loaded text files that must be read again because a column of theirs gets another type:
 * text that was read as a number does not become the original text by a cast.
 *
 * <p>Threading: confined to the apply lane, before its transaction.
 */
final class Rereads {
  private Rereads() {}

  /** The files that stay in the table and must be read again; only such as are still the same. */
  static List<FileState> of(
      LaneContext lane,
      DatabaseState state,
      TableName table,
      Set<String> gone,
      Collection<ProbedFile> added) {
    Optional<TableState> known = state.table(table);
    if (known.isEmpty() || known.get().definition().isEmpty()) {
      return List.of();
    }
    List<FileState> loaded = state.filesOf(table).stream().filter(f -> !f.load().masked()).toList();
    if (loaded.stream().noneMatch(f -> f.columns().stream().anyMatch(c -> !c.typed()))) {
      return List.of();
    }
    TableShape shape = lane.acceptedShape(table, known.get().shape());
    SchemaPlan plan =
        SchemaPlan.of(
            lane,
            new SchemaPlan.Basis(
                shape,
                lane.options(table),
                loaded,
                KeyRule.fixed(shape, lane.options(table)).map(k -> k.columns()).orElse(List.of())),
            gone,
            List.copyOf(added));
    List<Column> before = known.get().definition().get().columns();
    return plan.remaining().stream()
        .filter(file -> isRetyped(file, before, plan.columns()))
        .filter(f -> FileCheck.unchanged(lane.dataDir().resolve(f.file().path()), f.file().stamp()))
        .toList();
  }

  private static boolean isRetyped(FileState file, List<Column> before, List<Column> after) {
    return file.columns().stream()
        .filter(c -> !c.typed())
        .anyMatch(c -> !typeIn(before, c.name()).equals(typeIn(after, c.name())));
  }

  private static Optional<String> typeIn(List<Column> columns, String name) {
    return columns.stream()
        .filter(c -> c.name().equalsIgnoreCase(name))
        .map(Column::type)
        .findFirst();
  }
}
