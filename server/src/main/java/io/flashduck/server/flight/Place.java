package io.flashduck.server.flight;

import io.flashduck.server.engine.SessionOptions;
import io.flashduck.server.engine.TypeMode;
import io.flashduck.server.engine.sql.SearchPath;
import io.flashduck.server.table.ArrowRows;
import io.flashduck.server.table.SqlUpdate;
import java.util.List;
import java.util.Optional;

/**
 * Where a statement runs.
 *
 * <p>Threading: immutable.
 *
 * @param session the id of its session
 * @param options the search path and time zone, for a session without a connection of its own
 * @param transaction the id of the transaction that its call named; empty for none
 * @param types of its result
 */
record Place(String session, SessionOptions options, String transaction, TypeMode types) {
  /** The same with other options. */
  Place with(SessionOptions others) {
    return new Place(session, others, transaction, types);
  }

  /** A changing statement that is run here. */
  SqlUpdate update(String sql, Optional<ArrowRows> parameters) {
    return new SqlUpdate(sql, parameters, searchPath(), options.timeZone(), types);
  }

  /** The schemas in which unqualified names are looked up. */
  List<String> searchPath() {
    return SearchPath.schemas(options.searchPath());
  }
}
