package io.flashduck.server.table.apply;

import io.flashduck.server.catalog.TableKey;
import io.flashduck.server.config.TableOptions;
import io.flashduck.server.table.change.TableShape;
import io.flashduck.server.table.source.SourceColumn;
import io.flashduck.server.table.source.TypeFamilies;
import io.flashduck.server.table.state.FileState;
import java.util.List;
import java.util.Optional;

/**
 * Which key a table has: the one that its first write pinned, else the one that {@code tables.yaml}
 * declares, else a column {@code id}, else a column {@code key}, if it identifies the rows of every
 * file.
 *
 * <p>Threading: stateless.
 */
final class KeyRule {
  private static final List<String> CANDIDATES = List.of("id", "key");

  private KeyRule() {}

  /** A key that does not depend on what is in the files; its columns are empty for "no key". */
  static Optional<TableKey> fixed(TableShape shape, TableOptions options) {
    if (shape.pin().isPresent()) {
      TableShape.Pin pin = shape.pin().get();
      return Optional.of(
          new TableKey(
              pin.key(), pin.declared() ? TableKey.Origin.DECLARED : TableKey.Origin.PINNED));
    }
    return options.key().isEmpty()
        ? Optional.empty()
        : Optional.of(new TableKey(options.key(), TableKey.Origin.DECLARED));
  }

  /** What {@code tables.yaml} declares in vain because a write has pinned another key. */
  static Optional<String> contradiction(TableShape shape, TableOptions options) {
    if (options.key().isEmpty() || shape.pin().isEmpty()) {
      return Optional.empty();
    }
    List<String> pinned = shape.pin().get().key();
    if (sameNames(pinned, options.key())) {
      return Optional.empty();
    }
    return Optional.of(
        "tables.yaml declares the key ("
            + String.join(", ", options.key())
            + "), but writes were accepted "
            + (pinned.isEmpty()
                ? "without a key"
                : "with the key (" + String.join(", ", pinned) + ")")
            + ", which stays. To change it, DROP the table and write it again");
  }

  static boolean sameNames(List<String> left, List<String> right) {
    if (left.size() != right.size()) {
      return false;
    }
    for (int i = 0; i < left.size(); i++) {
      if (!left.get(i).equalsIgnoreCase(right.get(i))) {
        return false;
      }
    }
    return true;
  }

  /** The columns that could identify the rows of all these files, first choice first. */
  static List<String> candidates(List<FileState> files) {
    return CANDIDATES.stream().filter(name -> mayIdentify(files, name)).toList();
  }

  private static boolean mayIdentify(List<FileState> files, String name) {
    return !files.isEmpty()
        && files.stream()
            .allMatch(
                file ->
                    file.isUniqueBy(name).orElse(true)
                        && file.columns().stream().anyMatch(c -> isCandidate(c, name)));
  }

  private static boolean isCandidate(SourceColumn column, String name) {
    return column.name().equalsIgnoreCase(name) && TypeFamilies.canBeInferredKey(column.type());
  }
}
