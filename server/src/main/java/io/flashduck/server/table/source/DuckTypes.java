package io.flashduck.server.table.source;

import io.flashduck.server.engine.EngineConnection;
import io.flashduck.server.error.FlashDuckException;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What DuckDB says about types: its own text for one, and the common type of two.
 *
 * <p>Threading: confined to its connection's lane.
 */
public final class DuckTypes {
  private final EngineConnection connection;
  private final TypeWidening widening;
  private final Map<String, Optional<String>> canonical = new ConcurrentHashMap<>();

  public DuckTypes(EngineConnection connection) {
    this.connection = connection;
    this.widening =
        new TypeWidening(
            (left, right) ->
                described("SELECT NULL::" + left + " AS c UNION ALL SELECT NULL::" + right));
  }

  /** The common type of two types. */
  public TypeWidening widening() {
    return widening;
  }

  /** DuckDB's text of a type, {@code BIGINT} for {@code int8}; empty if there is no such type. */
  public Optional<String> canonical(String type) {
    return canonical.computeIfAbsent(
        type,
        t -> {
          try {
            return Optional.of(described("SELECT CAST(NULL AS " + t + ") AS c"));
          } catch (FlashDuckException e) {
            return Optional.empty();
          }
        });
  }

  private String described(String query) {
    return connection.query("DESCRIBE " + query, row -> row.getString(2)).get(0);
  }
}
