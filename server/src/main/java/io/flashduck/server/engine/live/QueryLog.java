package io.flashduck.server.engine.live;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The statements that run and those that ended last, behind {@code flashduck.queries}.
 *
 * <p>Threading: thread-safe.
 */
public final class QueryLog {
  /** How many ended statements are remembered. */
  static final int KEPT = 200;

  private static final int MAX_TEXT = 4_000;

  private final Clock clock;
  private final Set<Entry> running = new LinkedHashSet<>();
  private final Deque<Entry> ended = new ArrayDeque<>();

  public QueryLog(Clock clock) {
    this.clock = clock;
  }

  /**
   * Who runs a statement.
   *
   * @param id names it for cancel
   * @param user the user's name; empty if anonymous
   * @param session the session's id, in full
   */
  public record Who(String id, String user, String session) {}

  /** Remembers that a statement begins. */
  public Entry start(Who who, String sql) {
    Entry entry = new Entry(who, cut(sql), clock.instant());
    synchronized (this) {
      running.add(entry);
    }
    return entry;
  }

  private static String cut(String sql) {
    return sql.length() <= MAX_TEXT ? sql : sql.substring(0, MAX_TEXT) + " …";
  }

  /** Adds the rows that a viewer may see: what runs, then what ended, newest first. */
  public void tell(Viewer viewer, ArrayNode rows) {
    synchronized (this) {
      running.forEach(entry -> entry.tell(viewer, rows));
      ended.forEach(entry -> entry.tell(viewer, rows));
    }
  }

  private synchronized void ended(Entry entry) {
    if (running.remove(entry)) {
      ended.addFirst(entry);
      if (ended.size() > KEPT) {
        ended.removeLast();
      }
    }
  }

  /**
   * One statement.
   *
   * <p>Threading: thread-safe; one writer at a time.
   */
  public final class Entry {
    private final Who who;
    private final String sql;
    private final Instant started;
    private final long startNanos = System.nanoTime();
    private volatile long rows;
    private volatile long bytes;
    private volatile long nanos = -1;
    private volatile String state = "running";
    private volatile @Nullable String error;

    private Entry(Who who, String sql, Instant started) {
      this.who = who;
      this.sql = sql;
      this.started = started;
    }

    /** Says how much was sent so far. */
    public void sent(long allRows, long allBytes) {
      rows = allRows;
      bytes = allBytes;
    }

    /** Ends it; only the first end counts. */
    public void end(@Nullable Throwable failure) {
      if (nanos >= 0) {
        return;
      }
      if (failure != null) {
        boolean cancelled =
            failure instanceof FlashDuckException known && known.code() == ErrorCode.CANCELLED;
        state = cancelled ? "cancelled" : "failed";
        error = String.valueOf(failure.getMessage());
      } else {
        state = "finished";
      }
      nanos = System.nanoTime() - startNanos;
      ended(this);
    }

    private void tell(Viewer viewer, ArrayNode all) {
      if (!viewer.sees(who.user())) {
        return;
      }
      long elapsed = nanos < 0 ? System.nanoTime() - startNanos : nanos;
      ObjectNode row = all.addObject();
      row.put("id", who.id());
      row.put("user_name", who.user());
      row.put("session", SessionIds.shortened(who.session()));
      row.put("sql", sql);
      row.put("state", state);
      row.put("started", started.toString());
      row.put("elapsed_milliseconds", elapsed / (double) TimeUnit.MILLISECONDS.toNanos(1));
      row.put("rows", rows);
      row.put("bytes", bytes);
      row.put("error", error);
    }
  }
}
