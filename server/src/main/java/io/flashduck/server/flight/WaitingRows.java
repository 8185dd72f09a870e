package io.flashduck.server.flight;

import io.flashduck.server.table.ArrowRows;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Rows that the server keeps until a client comes for them: bound parameters and the rows of
 * RETURNING. Bounded in bytes: the oldest go first, so nothing that a client forgot stays for ever.
 *
 * <p>Threading: thread-safe.
 */
final class WaitingRows {
  private final long maxBytes;
  private final Map<String, ArrowRows> rows = new LinkedHashMap<>(16, 0.75f, true);
  private long bytes;

  WaitingRows(long maxBytes) {
    this.maxBytes = maxBytes;
  }

  /** Keeps rows under that id in place of others; the newest stay even above the bound. */
  synchronized void put(String id, ArrowRows kept) {
    remove(id);
    rows.put(id, kept);
    bytes += kept.sizeBytes();
    Iterator<ArrowRows> oldest = rows.values().iterator();
    while (bytes > maxBytes && rows.size() > 1) {
      bytes -= oldest.next().sizeBytes();
      oldest.remove();
    }
  }

  /** The rows under that id, unless they were removed. */
  synchronized Optional<ArrowRows> get(String id) {
    return Optional.ofNullable(rows.get(id));
  }

  synchronized void remove(String id) {
    ArrowRows removed = rows.remove(id);
    if (removed != null) {
      bytes -= removed.sizeBytes();
    }
  }

  synchronized long bytes() {
    return bytes;
  }
}
