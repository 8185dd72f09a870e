package io.flashduck.server.engine;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Descriptions of statements by text, catalog version, session options and type mode, least
 * recently used dropped first.
 *
 * <p>Threading: thread-safe.
 */
final class DescriptionCache {
  private static final int MAX_ENTRIES = 2_000;
  private static final int MAX_LIVE_VIEWS = 64;

  /** Longer texts are rarely sent twice and would fill the memory. */
  private static final int MAX_TEXT = 16_384;

  private final Map<Key, StatementDescription> entries =
      new LinkedHashMap<>(64, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Key, StatementDescription> eldest) {
          return size() > MAX_ENTRIES;
        }
      };
  private final Map<Views, LiveViews> liveViews =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Views, LiveViews> eldest) {
          return size() > MAX_LIVE_VIEWS;
        }
      };
  private final AtomicLong states = new AtomicLong();

  private record Views(long schemaVersion, long privateState) {}

  /**
   * What a description depends on.
   *
   * @param privateState of a session with temporary tables; 0 for all others
   * @param versions the earlier versions of tables that it reads
   */
  record Key(
      String sql,
      long schemaVersion,
      SessionOptions options,
      TypeMode types,
      long privateState,
      List<TableVersions.Version> versions) {}

  @Nullable StatementDescription get(Key key) {
    synchronized (entries) {
      return entries.get(key);
    }
  }

  void put(Key key, StatementDescription description) {
    if (key.sql().length() > MAX_TEXT) {
      return;
    }
    synchronized (entries) {
      entries.put(key, description);
    }
  }

  /** The views over live tables, found once for each state of the catalog. */
  LiveViews liveViews(long schemaVersion, long privateState, Supplier<LiveViews> finder) {
    Views key = new Views(schemaVersion, privateState);
    synchronized (liveViews) {
      LiveViews known = liveViews.get(key);
      if (known != null) {
        return known;
      }
    }
    LiveViews found = finder.get();
    synchronized (liveViews) {
      liveViews.put(key, found);
    }
    return found;
  }

  /** A number that no session has had. */
  long newState() {
    return states.incrementAndGet();
  }
}
