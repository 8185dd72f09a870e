package io.flashduck.server.table;

import io.flashduck.server.catalog.TableName;
import io.flashduck.server.engine.EngineConnection;
import io.flashduck.server.sync.FolderSnapshot;
import io.flashduck.server.sync.HeldFile;
import io.flashduck.server.sync.RejectedPath;
import io.flashduck.server.sync.SourceFile;
import io.flashduck.server.table.apply.LaneContext;
import io.flashduck.server.table.apply.Refused;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The files of the data folder that are not in their tables, and why, behind {@code
 * flashduck.files}.
 *
 * <p>Threading: confined to the apply lane; {@link #all} is thread-safe.
 */
final class Problems {
  private static final Logger LOG = LoggerFactory.getLogger(Problems.class);

  /** Of so many paths that the scan refuses the present size is looked at each time. */
  private static final int FEW = 1_000;

  /** So many of them get a line of their own in the log. */
  private static final int LOGGED_AT_ONCE = 20;

  private final EngineConnection connection;
  private final LaneContext context;
  private volatile List<Problem> current = List.of();
  private Map<String, Problem> byPath = new HashMap<>();

  /** When each path was first found not to be in its table, since the epoch. */
  private final Map<String, Long> firstSeen = new HashMap<>();

  /**
   * A file that is not in its table.
   *
   * @param table whose it is; empty if that is not known
   * @param state in capitals, as status shows it
   * @param bytes its size, if it is a file
   * @param modifiedNanos its modified time, likewise
   * @param firstSeenNanos when it was first found not to be in its table
   */
  record Problem(
      String path,
      Optional<TableName> table,
      String state,
      String reason,
      OptionalLong bytes,
      OptionalLong modifiedNanos,
      long firstSeenNanos) {}

  Problems(EngineConnection connection, LaneContext context) {
    this.connection = connection;
    this.context = context;
    connection.query(
        "SELECT path, first_seen FROM _flashduck.problems",
        row -> firstSeen.put(row.getString(1), row.getLong(2)));
  }

  /** The present ones, by path. */
  List<Problem> all() {
    return current;
  }

  /** Replaces the present ones by what a scan and its application found. */
  void record(FolderSnapshot snapshot, List<Refused> conflicts, List<Refused> broken) {
    Map<String, Problem> found = new TreeMap<>();
    boolean look = snapshot.rejected().size() <= FEW;
    for (RejectedPath path : snapshot.rejected()) {
      found.put(path.path(), rejected(path, look));
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
      log(now);
      persist(found);
      firstSeen.keySet().retainAll(found.keySet());
      byPath = found;
      current = now;
    }
  }

  private Problem rejected(RejectedPath path, boolean look) {
    String state = path.leftAlone() ? "IGNORED" : "REJECTED";
    String reason = path.detail() + "; " + path.advice();
    Problem before = byPath.get(path.path());
    if (!look && before != null && before.reason().equals(reason)) {
      return before;
    }
    Optional<BasicFileAttributes> file =
        attributes(path.path()).filter(BasicFileAttributes::isRegularFile);
    return new Problem(
        path.path(),
        Optional.empty(),
        state,
        reason,
        file.stream().mapToLong(BasicFileAttributes::size).findFirst(),
        file.stream().mapToLong(f -> f.lastModifiedTime().to(TimeUnit.NANOSECONDS)).findFirst(),
        firstSeen(path.path()));
  }

  private Optional<BasicFileAttributes> attributes(String path) {
    try {
      return Optional.of(
          Files.readAttributes(
              context.dataDir().resolve(path),
              BasicFileAttributes.class,
              LinkOption.NOFOLLOW_LINKS));
    } catch (IOException e) {
      return Optional.empty(); // gone, or not to be seen by us
    }
  }

  private Problem problem(SourceFile file, String state, String reason) {
    return new Problem(
        file.path(),
        Optional.of(file.table()),
        state,
        reason,
        OptionalLong.of(file.stamp().size()),
        OptionalLong.of(file.stamp().modifiedNanos()),
        firstSeen(file.path()));
  }

  private long firstSeen(String path) {
    return firstSeen.computeIfAbsent(path, p -> context.nowNanos());
  }

  /** What the scan refuses is said once; files that cannot be read are logged where they are. */
  private void log(List<Problem> now) {
    List<Problem> refused =
        now.stream().filter(p -> p.state().equals("REJECTED")).filter(p -> !isKnown(p)).toList();
    refused.stream()
        .limit(LOGGED_AT_ONCE)
        .forEach(p -> LOG.warn("{} is not read: {}", p.path(), p.reason()));
    if (refused.size() > LOGGED_AT_ONCE) {
      LOG.warn("{} more paths are not read; see flashduck.files", refused.size() - LOGGED_AT_ONCE);
    }
  }

  private boolean isKnown(Problem problem) {
    Problem before = byPath.get(problem.path());
    return before != null && before.reason().equals(problem.reason());
  }

  /** Writes what differs from what was there before. */
  private void persist(Map<String, Problem> now) {
    connection.inTransaction(
        () -> {
          if (byPath.isEmpty()) {
            connection.execute("DELETE FROM _flashduck.problems");
          }
          byPath.forEach(
              (path, before) -> {
                if (!before.equals(now.get(path))) {
                  connection.execute("DELETE FROM _flashduck.problems WHERE path = ?", path);
                }
              });
          now.forEach(
              (path, problem) -> {
                if (!problem.equals(byPath.get(path))) {
                  insert(problem);
                }
              });
          return true;
        });
  }

  private void insert(Problem p) {
    connection.execute(
        "INSERT INTO _flashduck.problems VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        p.path(),
        p.table().map(TableName::schema).orElse(null),
        p.table().map(TableName::name).orElse(null),
        p.state().toLowerCase(Locale.ROOT),
        p.reason(),
        p.bytes().isPresent() ? p.bytes().getAsLong() : null,
        p.modifiedNanos().isPresent() ? p.modifiedNanos().getAsLong() : null,
        p.firstSeenNanos());
  }
}
