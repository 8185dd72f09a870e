package io.flashduck.server.table;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What one table must hold, from the rule of which row wins alone: all rows of the readable files
 * and all accepted writes, the best one of each identity.
 */
final class HistoryModel {
  /** A row by column; a column that is null is missing. */
  record Row(Map<String, String> values) {
    Row {
      values = Map.copyOf(new TreeMap<>(values));
    }

    @Nullable String id() {
      return values.get("id");
    }

    @Override
    public String toString() {
      return new TreeMap<>(values).toString();
    }
  }

  /** A file as it was last read. */
  record FileRows(long version, List<Row> rows, boolean hasId) {}

  /** A row of a write; no values: a tombstone. */
  record Write(String identity, long version, long sequence, Optional<Row> row) {}

  private record Ranked(long version, long sequence, String path, long row, Optional<Row> value) {
    boolean beats(Ranked other) {
      if (version != other.version) {
        return version > other.version;
      }
      if (sequence != other.sequence) {
        return sequence > other.sequence;
      }
      if (!path.equals(other.path)) {
        return path.compareTo(other.path) > 0;
      }
      return row > other.row;
    }
  }

  final boolean declaredKey;
  final Map<String, FileRows> files = new TreeMap<>();
  final List<Write> writes = new ArrayList<>();

  /** The columns that only SQL knows. */
  final Set<String> added = new TreeSet<>();

  private Optional<Boolean> pinned = Optional.empty();
  private boolean created;
  private long floor = Long.MIN_VALUE;

  HistoryModel(boolean declaredKey) {
    this.declaredKey = declaredKey;
  }

  /** Whether rows are identified by {@code id} now. */
  boolean keyed() {
    if (pinned.isPresent()) {
      return pinned.get();
    }
    return declaredKey || (!live().isEmpty() && live().values().stream().allMatch(this::unique));
  }

  private boolean unique(FileRows file) {
    Set<String> ids = new HashSet<>();
    return file.hasId()
        && file.rows().stream().allMatch(row -> row.id() != null && ids.add(row.id()));
  }

  private Map<String, FileRows> live() {
    Map<String, FileRows> live = new TreeMap<>(files);
    live.values().removeIf(file -> file.version() <= floor);
    return live;
  }

  /** Whether a visible file says that it comes from later than that. */
  boolean hasFuture(long now) {
    return live().values().stream().anyMatch(file -> file.version() > now);
  }

  boolean exists() {
    return created || !live().isEmpty();
  }

  boolean hasFiles() {
    return !live().isEmpty();
  }

  private void pin() {
    if (pinned.isEmpty()) {
      pinned = Optional.of(keyed());
    }
  }

  /** ALTER TABLE changes all rows that were written, and the key stays as after a write. */
  void alter(Consumer<Map<String, String>> values) {
    pin();
    writes.replaceAll(
        w ->
            new Write(
                w.identity(),
                w.version(),
                w.sequence(),
                w.row()
                    .map(
                        row -> {
                          Map<String, String> changed = new TreeMap<>(row.values());
                          values.accept(changed);
                          return new Row(changed);
                        })));
  }

  void write(List<Write> rows) {
    pin();
    created |= rows.stream().anyMatch(w -> w.row().isPresent());
    writes.addAll(rows);
  }

  /** TRUNCATE keeps the table and its key, DROP does not. */
  void floor(long version, boolean keepsTable) {
    pinned = keepsTable ? Optional.of(keyed()) : Optional.empty();
    created = keepsTable;
    if (!keepsTable) {
      added.clear();
    }
    writes.clear();
    floor = version;
  }

  /** The visible rows by identity. */
  Map<String, Row> visible() {
    Map<String, Ranked> best = new HashMap<>();
    boolean keyed = keyed();
    live()
        .forEach(
            (path, file) -> {
              for (int i = 0; i < file.rows().size(); i++) {
                Row row = file.rows().get(i);
                if (keyed && row.id() == null) {
                  continue;
                }
                String identity = keyed ? String.valueOf(row.id()) : path + "#" + i;
                Ranked ranked = new Ranked(file.version(), 0, path, i, Optional.of(row));
                best.merge(identity, ranked, (a, b) -> b.beats(a) ? b : a);
              }
            });
    long number = 0;
    for (Write write : writes) {
      Ranked ranked = new Ranked(write.version(), write.sequence(), "", number++, write.row());
      best.merge(write.identity(), ranked, (a, b) -> b.beats(a) ? b : a);
    }
    Map<String, Row> rows = new TreeMap<>();
    best.forEach((identity, ranked) -> ranked.value().ifPresent(row -> rows.put(identity, row)));
    return rows;
  }
}
