package io.flashduck.server.engine;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The texts of the statements that a connection described or ran lately: as many as it keeps
 * prepared.
 *
 * <p>Threading: confined to whoever has the connection.
 */
final class RecentTexts {
  private final LastUsed texts = new LastUsed();

  private static final class LastUsed extends LinkedHashMap<String, Boolean> {
    private static final long serialVersionUID = 1L;

    LastUsed() {
      super(16, 0.75f, true);
    }

    @Override
    protected boolean removeEldestEntry(Map.Entry<String, Boolean> eldest) {
      return size() > Engine.PREPARED_PER_CLIENT;
    }
  }

  void add(String sql) {
    texts.put(sql, true);
  }

  boolean contains(String sql) {
    return texts.containsKey(sql);
  }
}
