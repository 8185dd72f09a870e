package io.flashduck.server.sync;

import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Paths that something may have happened to, each with what was noticed. Past a bound, or if the
 * operating system lost notices, it only says that everything is to be looked at.
 *
 * <p>Threading: guarded by its owner.
 */
final class Hints {
  /** Looking at so many single paths costs about as much as a scan of them. */
  private static final int MAX_PATHS = 20_000;

  private final Map<String, Set<Kind>> paths = new TreeMap<>();
  private boolean everything;

  /** What was noticed. */
  enum Kind {
    /** Something appeared under that name: it was created, or renamed to it. */
    APPEARED,
    /** Content or attributes changed. */
    MODIFIED,
    /** The name is gone. */
    GONE
  }

  void add(String path, Kind kind) {
    if (!everything) {
      paths.computeIfAbsent(path, key -> EnumSet.noneOf(Kind.class)).add(kind);
      if (paths.size() > MAX_PATHS) {
        addEverything();
      }
    }
  }

  void addEverything() {
    paths.clear();
    everything = true;
  }

  boolean everything() {
    return everything;
  }

  boolean isEmpty() {
    return !everything && paths.isEmpty();
  }

  Set<String> paths() {
    return paths.keySet();
  }

  Set<Kind> kinds(String path) {
    return paths.getOrDefault(path, Set.of());
  }
}
