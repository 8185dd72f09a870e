package io.flashduck.server.flight;

import io.flashduck.server.engine.Engine;
import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;

/**
 * The one catalog that clients see.
 *
 * <p>Threading: stateless.
 */
final class Catalogs {
  /** Its name, as DuckDB knows the attached database. */
  static final String NAME = Engine.CATALOG;

  private Catalogs() {}

  /** NOT_FOUND for any other name than ours; empty stands for ours. */
  static void requireOurs(String catalog) {
    if (!catalog.isEmpty() && !catalog.equalsIgnoreCase(NAME)) {
      throw new FlashDuckException(
          ErrorCode.NOT_FOUND,
          "There is no catalog '" + catalog + "'; the only one is '" + NAME + "'");
    }
  }
}
