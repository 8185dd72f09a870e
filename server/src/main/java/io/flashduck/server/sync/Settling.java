package io.flashduck.server.sync;

import io.flashduck.server.config.FollowConfig;
import io.flashduck.server.sync.HeldFile.State;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Decides which files are offered to the reader: not those that are still being written, not at
 * once those that it could not read, and no more those that it tried too often.
 *
 * <p>Threading: confined to the scan thread.
 */
final class Settling {
  /** How often the reader may try one state of a file. */
  static final int MAX_TRIES = 8;

  private static final long FIRST_BACKOFF_NANOS = 50_000_000;

  private final Readiness readiness;
  private final long settleLimitNanos;
  private final Predicate<SourceFile> complete;
  private final NavigableMap<String, SourceFile> offered = new TreeMap<>();
  private final NavigableMap<String, Held> held = new TreeMap<>();

  /** By path, how often the reader failed with the present state of the file. */
  private final Map<String, Integer> failures = new HashMap<>();

  private boolean changed;

  /**
   * A file that is not offered.
   *
   * @param since when it was first found not to be ready, in nanoseconds of a {@link Moment}
   * @param due when it is to be looked at again
   */
  private record Held(HeldFile file, long since, long due) {
    boolean waiting() {
      return file.state() != State.QUARANTINED;
    }
  }

  /**
   * @param complete whether a file that changed a moment ago can be seen to be complete
   */
  Settling(FollowConfig follow, Readiness readiness, Predicate<SourceFile> complete) {
    this.settleLimitNanos = follow.settleLimit().toNanos();
    this.readiness = readiness;
    this.complete = complete;
  }

  /** The file at that path is now this one, or gone; also to be called when it is due. */
  void look(String path, Optional<SourceFile> present, Set<Hints.Kind> hints, Moment now) {
    if (present.isEmpty()) {
      boolean wasOffered = offered.remove(path) != null;
      boolean wasHeld = held.remove(path) != null;
      changed = changed || wasOffered || wasHeld;
      failures.remove(path);
      return;
    }
    SourceFile file = present.get();
    SourceFile before = offered.get(path);
    Held waiting = held.get(path);
    if (before != null && before.stamp().equals(file.stamp())) {
      offer(file);
    } else if (waiting != null && waiting.file().file().stamp().equals(file.stamp())) {
      lookAgain(file, waiting, now);
    } else {
      lookAtNewState(file, waiting, hints, now);
    }
  }

  private void lookAgain(SourceFile file, Held waiting, Moment now) {
    if (waiting.waiting() && waiting.due() <= now.nanos()) {
      offer(file);
    } else if (!file.equals(waiting.file().file())) {
      HeldFile old = waiting.file();
      hold(
          new HeldFile(file, old.state(), old.reason(), old.tries()),
          waiting.since(),
          waiting.due());
    }
  }

  private void lookAtNewState(
      SourceFile file, @Nullable Held waiting, Set<Hints.Kind> hints, Moment now) {
    failures.remove(file.path());
    long since =
        waiting != null && waiting.file().state() == State.SETTLING ? waiting.since() : now.nanos();
    boolean onlyAppeared =
        hints.contains(Hints.Kind.APPEARED) && !hints.contains(Hints.Kind.MODIFIED);
    long rest = readiness.restNanos(file.stamp(), onlyAppeared, now.wallNanos());
    if (rest == 0 || now.nanos() - since >= settleLimitNanos || complete.test(file)) {
      offer(file);
    } else {
      HeldFile settle = new HeldFile(file, State.SETTLING, Optional.empty(), 0);
      hold(settle, since, now.nanos() + rest);
    }
  }

  /**
   * The reader could not read that file; nothing happens if the file has changed since.
   *
   * @param forGood whether another try is pointless
   */
  void failed(SourceFile file, String reason, boolean forGood, Moment now) {
    SourceFile current = offered.get(file.path());
    if (current == null || !current.stamp().equals(file.stamp())) {
      return;
    }
    int tries = failures.merge(file.path(), 1, Integer::sum);
    boolean quarantine = forGood || tries >= MAX_TRIES;
    State state = quarantine ? State.QUARANTINED : State.RETRYING;
    long backoff = FIRST_BACKOFF_NANOS << Math.min(tries - 1, MAX_TRIES);
    hold(
        new HeldFile(current, state, Optional.of(reason), tries),
        now.nanos(),
        now.nanos() + backoff);
  }

  /** Offers these again at once if the reader failed with them. */
  void offerAgain(Predicate<SourceFile> which) {
    List<SourceFile> again = new ArrayList<>();
    for (Held waiting : held.values()) {
      if (waiting.file().state() != State.SETTLING && which.test(waiting.file().file())) {
        again.add(waiting.file().file());
      }
    }
    for (SourceFile file : again) {
      failures.remove(file.path());
      offer(file);
    }
  }

  private void offer(SourceFile file) {
    boolean wasHeld = held.remove(file.path()) != null;
    boolean same = file.equals(offered.put(file.path(), file));
    changed = changed || wasHeld || !same;
  }

  private void hold(HeldFile file, long since, long due) {
    String path = file.file().path();
    offered.remove(path);
    held.put(path, new Held(file, since, due));
    changed = true;
  }

  /** The paths that are to be looked at again by now. */
  Set<String> due(Moment now) {
    Set<String> due = new TreeSet<>();
    held.forEach(
        (path, waiting) -> {
          if (waiting.waiting() && waiting.due() <= now.nanos()) {
            due.add(path);
          }
        });
    return due;
  }

  /** When the next path is due, in nanoseconds of a {@link Moment}. */
  OptionalLong nextDue() {
    return held.values().stream().filter(Held::waiting).mapToLong(Held::due).min();
  }

  /** The files that are offered, in the order of the paths. */
  Collection<SourceFile> offered() {
    return offered.values();
  }

  /** The files that are not, by path. */
  SortedMap<String, HeldFile> held() {
    SortedMap<String, HeldFile> files = new TreeMap<>();
    held.forEach((path, waiting) -> files.put(path, waiting.file()));
    return files;
  }

  /** Whether anything changed since the last call. */
  boolean takeChanged() {
    boolean result = changed;
    changed = false;
    return result;
  }
}
