package io.flashduck.server.table.merge;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The rule of which row wins, slow and obvious: all contributions, the best one of each identity.
 */
final class MergeModel {
  /** One contribution; the value is null for a tombstone. */
  record Contribution(
      String identity, long version, long sequence, String path, long row, String value) {
    boolean beats(Contribution other) {
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

  final Map<Long, List<Contribution>> files = new HashMap<>();
  final List<Contribution> writes = new ArrayList<>();
  private long floorVersion = Long.MIN_VALUE;

  void floor(long version) {
    writes.clear();
    floorVersion = version;
  }

  /** Identity to value, and to the other things that a stored row says. */
  Map<String, String> visible() {
    Map<String, Contribution> best = new TreeMap<>();
    List<Contribution> all = new ArrayList<>(writes);
    files.values().forEach(all::addAll);
    for (Contribution c : all) {
      if (c.sequence() > 0 || c.version() > floorVersion) {
        best.merge(c.identity(), c, (a, b) -> b.beats(a) ? b : a);
      }
    }
    Map<String, String> rows = new TreeMap<>();
    best.forEach(
        (identity, c) -> {
          if (!c.value().equals("deleted")) {
            rows.put(identity, c.value() + " v" + c.version() + " s" + c.sequence());
          }
        });
    return rows;
  }
}
