package io.flashduck.server.engine;

import io.flashduck.server.engine.sql.SearchPath;
import io.flashduck.server.engine.sql.SqlIdentifiers;
import io.flashduck.server.error.FlashDuckException;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Sets search paths. DuckDB goes on with a path of which a schema was dropped later, but does not
 * take such a path anew: here the schemas that are gone are left out, which finds the same tables.
 *
 * <p>Threading: stateless.
 */
final class SearchPaths {
  private SearchPaths() {}

  /**
   * Sets the path, or what is left of it.
   *
   * @return whether all of its schemas are there
   */
  static boolean set(DuckSession session, String path) {
    try {
      setWhole(session, path);
      return true;
    } catch (FlashDuckException e) {
      Set<String> there =
          Set.copyOf(
              session.query(
                  "SELECT DISTINCT lower(schema_name) FROM duckdb_schemas()",
                  row -> row.getString(1),
                  Parameters.NONE));
      List<String> schemas = SearchPath.schemas(path);
      List<String> left =
          schemas.stream().filter(s -> there.contains(s.toLowerCase(Locale.ROOT))).toList();
      if (left.equals(schemas)) {
        throw e;
      }
      setWhole(session, left.stream().map(SqlIdentifiers::quote).collect(Collectors.joining(",")));
      return false;
    }
  }

  private static void setWhole(DuckSession session, String path) {
    session.update("SET search_path = " + SqlIdentifiers.literal(path), Parameters.NONE);
  }
}
