package io.flashduck.server.sync;

import io.flashduck.server.config.TablesConfig;
import io.flashduck.server.config.TablesFile;
import io.flashduck.server.sync.RejectedPath.Reason;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/**
 * Reads {@code tables.yaml} again once it changed and is complete.
 *
 * <p>Threading: confined to the scan thread.
 */
final class TablesFollower {
  private final TablesFile tables;
  private final Readiness readiness;
  private Optional<FileStamp> read;
  private Optional<FileStamp> seen;
  private long due;

  /**
   * @param read the state of the file that {@code tables} was read from, as it was before
   */
  TablesFollower(TablesFile tables, Optional<FileStamp> read, Readiness readiness) {
    this.tables = tables;
    this.read = read;
    this.seen = read;
    this.readiness = readiness;
  }

  /**
   * The file is now in that state, or gone.
   *
   * @return whether its content or its problem changed
   */
  boolean look(Optional<FileStamp> present, Set<Hints.Kind> hints, Moment now) {
    if (present.equals(read)) {
      seen = present;
      return false;
    }
    if (!present.equals(seen)) {
      seen = present;
      due = now.nanos() + present.map(stamp -> rest(stamp, hints, now)).orElse(0L);
    }
    if (due > now.nanos()) {
      return false;
    }
    read = present;
    return tables.reload();
  }

  private long rest(FileStamp stamp, Set<Hints.Kind> hints, Moment now) {
    boolean onlyAppeared =
        hints.contains(Hints.Kind.APPEARED) && !hints.contains(Hints.Kind.MODIFIED);
    return readiness.restNanos(stamp, onlyAppeared, now.wallNanos());
  }

  /** When it is to be looked at again, in nanoseconds of a {@link Moment}. */
  OptionalLong nextDue() {
    return seen.equals(read) ? OptionalLong.empty() : OptionalLong.of(due);
  }

  /** The last good content. */
  TablesConfig current() {
    return tables.current();
  }

  /** What is wrong with the file. */
  Optional<RejectedPath> problem() {
    return tables
        .problem()
        .map(
            problem ->
                new RejectedPath(
                    TablesConfig.FILE_NAME,
                    Reason.BROKEN_TABLES_FILE,
                    problem,
                    "correct it; until then its last good content is in force"));
  }
}
