package io.flashduck.server.consolidate;

import io.flashduck.server.catalog.TableName;
import io.flashduck.server.config.ExportSchedule;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * When which table's file is replaced: every table's own policy, one emission for all changes that
 * came meanwhile, and growing pauses after failures.
 *
 * <p>Times are nanoseconds of any one clock.
 *
 * <p>Threading: thread-safe.
 */
final class EmissionSchedule {
  private static final long NEVER = Long.MAX_VALUE;
  private static final long ALWAYS_AGO = Long.MIN_VALUE;

  /**
   * A table that never rests is emitted after this many times its rest, so that it does not starve.
   */
  private static final int MOST_RESTS = 10;

  private static final int MOST_DOUBLINGS = 30;

  private final Function<TableName, ExportSchedule> policy;
  private final long retryFirstNanos;
  private final long retryMostNanos;
  private final Map<TableName, Entry> entries = new HashMap<>();

  EmissionSchedule(
      Function<TableName, ExportSchedule> policy, Duration retryFirst, Duration retryMost) {
    this.policy = policy;
    this.retryFirstNanos = retryFirst.toNanos();
    this.retryMostNanos = retryMost.toNanos();
  }

  /** One table's place in the schedule. */
  private static final class Entry {
    final ExportSchedule schedule;
    long published = -1;
    long exported = -1;
    int changes;
    long firstChange = ALWAYS_AGO;
    long lastChange = ALWAYS_AGO;

    /** The first change since the running emission began; it may be in its snapshot or not. */
    @Nullable Long firstChangeSince;

    boolean demanded;
    boolean running;
    int failures;
    long retryAt = ALWAYS_AGO;
    @Nullable String error;

    Entry(ExportSchedule schedule) {
      this.schedule = schedule;
    }

    boolean behind() {
      return published > exported;
    }
  }

  /**
   * What the schedule knows of a table.
   *
   * @param published the version of its last change
   * @param exported the version of its last emission, -1 if none
   * @param firstChange when its oldest change came that is not emitted
   * @param error why its last attempt failed
   * @param retryAt when it is tried again
   */
  record Progress(
      long published,
      long exported,
      OptionalLong firstChange,
      Optional<String> error,
      OptionalLong retryAt) {}

  /** A commit changed, created or dropped the table. */
  synchronized void changed(TableName table, long version, long now) {
    Entry entry = entry(table);
    if (version <= entry.published) {
      return;
    }
    if (!entry.behind()) {
      entry.firstChange = now;
    }
    if (entry.running && entry.firstChangeSince == null) {
      entry.firstChangeSince = now;
    }
    entry.published = version;
    entry.lastChange = now;
    entry.changes++;
  }

  /** Someone waits for the table's file: it is due at once, whatever its policy. */
  synchronized void demand(TableName table) {
    entry(table).demanded = true;
  }

  /** Takes the table that has been due the longest; the caller then says how it went. */
  synchronized Optional<TableName> takeDue(long now) {
    @Nullable TableName first = null;
    long firstDue = NEVER;
    for (Map.Entry<TableName, Entry> entry : entries.entrySet()) {
      long due = dueAt(entry.getValue());
      if (due <= now && due < firstDue) {
        first = entry.getKey();
        firstDue = due;
      }
    }
    if (first != null) {
      Entry entry = entry(first);
      entry.running = true;
      entry.demanded = false;
      entry.changes = 0;
      entry.firstChangeSince = null;
    }
    return Optional.ofNullable(first);
  }

  /** When the next table becomes due if nothing happens; empty if none. */
  synchronized OptionalLong nextDue() {
    long next = entries.values().stream().mapToLong(EmissionSchedule::dueAt).min().orElse(NEVER);
    return next == NEVER ? OptionalLong.empty() : OptionalLong.of(next);
  }

  /** The table's file holds that version, or the table does not exist in it. */
  synchronized void done(TableName table, long version) {
    Entry entry = entry(table);
    entry.running = false;
    entry.exported = Math.max(entry.exported, version);
    entry.failures = 0;
    entry.error = null;
    entry.retryAt = ALWAYS_AGO;
    @Nullable Long since = entry.firstChangeSince;
    if (entry.behind() && since != null) {
      entry.firstChange = since;
    }
  }

  /** The table's emission failed and is tried again after a pause. */
  synchronized void failed(TableName table, String error, long now) {
    Entry entry = entry(table);
    entry.running = false;
    entry.error = error;
    entry.demanded = true;
    int doublings = Math.min(entry.failures++, MOST_DOUBLINGS);
    entry.retryAt = now + Math.min(retryMostNanos, retryFirstNanos << doublings);
  }

  /** The table's emission did not start; it stays due. */
  synchronized void postponed(TableName table, long until) {
    Entry entry = entry(table);
    entry.running = false;
    entry.demanded = true;
    entry.retryAt = until;
  }

  /** Forgets a table that does not exist any more and has no change to come. */
  synchronized void forget(TableName table) {
    Entry entry = entries.get(table);
    if (entry != null && !entry.behind() && !entry.running) {
      entries.remove(table);
    }
  }

  synchronized Optional<Progress> progress(TableName table) {
    return Optional.ofNullable(entries.get(table)).map(EmissionSchedule::progress);
  }

  synchronized SortedMap<TableName, Progress> progress() {
    SortedMap<TableName, Progress> all = new TreeMap<>();
    entries.forEach((table, entry) -> all.put(table, progress(entry)));
    return all;
  }

  private Entry entry(TableName table) {
    return entries.computeIfAbsent(table, name -> new Entry(policy.apply(name)));
  }

  private static Progress progress(Entry entry) {
    return new Progress(
        entry.published,
        entry.exported,
        entry.behind() ? OptionalLong.of(entry.firstChange) : OptionalLong.empty(),
        Optional.ofNullable(entry.error),
        entry.error != null ? OptionalLong.of(entry.retryAt) : OptionalLong.empty());
  }

  private static long dueAt(Entry entry) {
    if (entry.running) {
      return NEVER;
    }
    if (entry.demanded) {
      return Math.max(entry.retryAt, entry.firstChange);
    }
    if (!entry.behind()) {
      return NEVER;
    }
    return switch (entry.schedule.policy()) {
      case ALWAYS -> entry.firstChange;
      case DEBOUNCE -> {
        long rest = entry.schedule.debounce().toNanos();
        yield Math.min(entry.lastChange + rest, entry.firstChange + MOST_RESTS * rest);
      }
      case EVERY -> entry.changes >= entry.schedule.everyChanges() ? entry.firstChange : NEVER;
      case OFF -> NEVER;
    };
  }
}
