package io.flashduck.server.table;

import io.flashduck.server.catalog.TableName;
import io.flashduck.server.engine.EngineConnection;
import io.flashduck.server.sync.FolderSnapshot;
import io.flashduck.server.sync.HeldFile;
import io.flashduck.server.sync.RejectedPath;
import io.flashduck.server.table.apply.Refused;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * The files of the data folder that are not in their tables, and why, behind {@code
 * flashduck.files}.
 *
 * <p>Threading: confined to the apply lane; {@link #all} is thread-safe.
 */
final class Problems {
  private final EngineConnection connection;
  private volatile List<Problem> current = List.of();

  /**
   * A file that is not in its table.
   *
   * @param state in capitals, as status shows it
   */
  record Problem(
      String path, String table, String state, String reason, long bytes, long modifiedNanos) {}

  Problems(EngineConnection connection) {
    this.connection = connection;
  }

  /** The present ones, by path. */
  List<Problem> all() {
    return current;
  }

  /** Replaces the present ones by what a scan and its application found. */
  void record(FolderSnapshot snapshot, List<Refused> conflicts, List<Refused> broken) {
    Map<String, Problem> found = new TreeMap<>();
    for (RejectedPath path : snapshot.rejected()) {
      found.put(
          path.path(),
          new Problem(path.path(), "", "REJECTED", path.detail() + "; " + path.advice(), 0, 0));
    }
    for (HeldFile held : snapshot.held().values()) {
      found.put(
          held.file().path(),
          problem(
              held.file(),
              held.state().name(),
              held.reason().orElse("it changed a moment ago and may still be written")));
    }
    List<Refused> refused = new ArrayList<>(conflicts);
    refused.addAll(broken);
    for (Refused file : refused) {
      found.put(file.file().path(), problem(file.file(), "QUARANTINED", file.reason()));
    }
    List<Problem> now = List.copyOf(found.values());
    if (!now.equals(current)) {
      current = now;
      persist(now);
    }
  }

  private static Problem problem(
      io.flashduck.server.sync.SourceFile file, String state, String reason) {
    return new Problem(
        file.path(),
        file.table().toString(),
        state,
        reason,
        file.stamp().size(),
        file.stamp().modifiedNanos());
  }

  private void persist(List<Problem> problems) {
    connection.inTransaction(
        () -> {
          connection.execute("DELETE FROM _flashduck.problems");
          for (Problem p : problems) {
            int dot = p.table().indexOf('.');
            TableName table =
                dot < 0
                    ? TableName.ofMain("-")
                    : new TableName(p.table().substring(0, dot), p.table().substring(dot + 1));
            connection.execute(
                "INSERT INTO _flashduck.problems VALUES (?, ?, ?, ?, ?, ?, ?)",
                p.path(),
                dot < 0 ? null : table.schema(),
                dot < 0 ? null : table.name(),
                p.state().toLowerCase(Locale.ROOT),
                p.reason(),
                p.bytes(),
                p.modifiedNanos());
          }
          return true;
        });
  }
}
