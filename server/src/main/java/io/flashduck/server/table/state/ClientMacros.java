package io.flashduck.server.table.state;

import java.util.List;

/**
 * Functions that tools write and DuckDB has under another name, as temporary macros of each client
 * connection.
 *
 * <p>{@code date_bin} is PostgreSQL's and DataFusion's; the query builder of Grafana's Flight SQL
 * plugin groups times with it.
 *
 * <p>Threading: stateless.
 */
public final class ClientMacros {
  private ClientMacros() {}

  /** The statements that a client's connection runs first. */
  public static List<String> statements() {
    return List.of(
        "CREATE OR REPLACE TEMP MACRO date_bin(stride, source, origin) AS"
            + " time_bucket(stride, source, origin)");
  }
}
