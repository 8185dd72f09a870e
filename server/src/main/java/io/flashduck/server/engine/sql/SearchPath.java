package io.flashduck.server.engine.sql;

import io.flashduck.server.catalog.TableName;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads DuckDB's search path, for example {@code flashduck_db.sales,flashduck_db.main}.
 *
 * <p>Threading: stateless.
 */
public final class SearchPath {
  private SearchPath() {}

  /** The schemas in order; the default schema if the path is empty. */
  public static List<String> schemas(String searchPath) {
    List<String> schemas = new ArrayList<>();
    String last = "";
    for (SqlToken token : SqlLexer.tokens(searchPath)) {
      if (token.isName()) {
        last = token.name(); // behind a dot it replaces the catalog
      } else if (token.isSymbol(",")) {
        schemas.add(last);
        last = "";
      }
    }
    if (!last.isEmpty()) {
      schemas.add(last);
    }
    return schemas.isEmpty() ? List.of(TableName.DEFAULT_SCHEMA) : schemas;
  }
}
