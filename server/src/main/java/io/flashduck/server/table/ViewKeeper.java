package io.flashduck.server.table;

import io.flashduck.server.catalog.TableName;
import io.flashduck.server.engine.EngineConnection;
import io.flashduck.server.engine.sql.SqlIdentifiers;
import io.flashduck.server.error.FlashDuckException;
import io.flashduck.server.table.state.DatabaseState;
import io.flashduck.server.table.state.ViewState;
import java.util.Map;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the views that clients created in DuckDB. A view whose tables are not there cannot be
 * created; it is tried again whenever a definition changes.
 *
 * <p>Threading: confined to the apply lane, between its transactions.
 */
final class ViewKeeper {
  private static final Logger LOG = LoggerFactory.getLogger(ViewKeeper.class);

  private final EngineConnection connection;
  private final Map<TableName, ViewState> created = new TreeMap<>();

  ViewKeeper(EngineConnection connection) {
    this.connection = connection;
  }

  /** Creates the views that are not there in their present form. */
  void sync(DatabaseState state) {
    created.keySet().removeIf(name -> state.view(name).isEmpty());
    for (ViewState view : state.viewsByAge()) {
      if (!view.equals(created.get(view.name()))) {
        try {
          create(view);
          created.put(view.name(), view);
        } catch (FlashDuckException e) {
          created.remove(view.name());
          LOG.debug("View {} cannot be created yet: {}", view.name(), e.getMessage());
        }
      }
    }
  }

  private void create(ViewState view) {
    connection.searchPath(view.searchPath());
    try {
      connection.execute(
          "CREATE SCHEMA IF NOT EXISTS " + SqlIdentifiers.quote(view.name().schema()));
      connection.execute(
          "CREATE OR REPLACE VIEW " + SqlIdentifiers.quote(view.name()) + " AS " + view.text());
    } finally {
      connection.execute("RESET search_path");
    }
  }
}
