package io.flashduck.server.web;

import io.flashduck.server.catalog.CatalogSnapshot;
import io.flashduck.server.catalog.TableName;
import io.flashduck.server.table.Database;
import java.time.Clock;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * When each table last changed while this server ran.
 *
 * <p>Threading: thread-safe; told by the apply lane.
 */
final class ChangeTimes implements AutoCloseable {
  private final Clock clock;
  private final Map<TableName, Instant> changed = new ConcurrentHashMap<>();
  private final Map<TableName, Long> versions = new ConcurrentHashMap<>();
  private volatile Runnable unsubscribe = () -> {};

  private ChangeTimes(Clock clock) {
    this.clock = clock;
  }

  /** Watches a database until closed. */
  static ChangeTimes of(Database database, Clock clock) {
    ChangeTimes times = new ChangeTimes(clock);
    times.versions.putAll(database.catalog().tableVersions());
    times.unsubscribe = database.onCatalog(times::published);
    return times;
  }

  private void published(CatalogSnapshot catalog) {
    catalog
        .tableVersions()
        .forEach(
            (table, version) -> {
              Long before = versions.put(table, version);
              if (!version.equals(before)) {
                changed.put(table, clock.instant());
              }
            });
    changed.keySet().retainAll(catalog.tableVersions().keySet());
    versions.keySet().retainAll(catalog.tableVersions().keySet());
  }

  /** The last change that was seen. */
  Optional<Instant> last(TableName table) {
    return Optional.ofNullable(changed.get(table));
  }

  @Override
  public void close() {
    unsubscribe.run();
  }
}
