package io.flashduck.server.engine.live;

import java.util.Locale;

/**
 * A table of schema {@code flashduck} whose rows are in the memory of the server: a view over a
 * variable of the connection that queries it.
 *
 * <p>Threading: immutable.
 */
public enum LiveTable {
  /** The statements that run, and those that ended last. */
  QUERIES(
      "id VARCHAR, user_name VARCHAR, session VARCHAR, sql VARCHAR, state VARCHAR, started"
          + " TIMESTAMP, elapsed_milliseconds DOUBLE, rows BIGINT, bytes BIGINT, error VARCHAR"),
  /** The sessions that clients came back to, or set something in. */
  SESSIONS(
      "id VARCHAR, user_name VARCHAR, client VARCHAR, opened TIMESTAMP, last_used TIMESTAMP,"
          + " current_schema VARCHAR, time_zone VARCHAR, transactions BIGINT"),
  /** Every setting and where its value comes from. */
  SETTINGS(
      "name VARCHAR, value VARCHAR, default_value VARCHAR, source VARCHAR, origin VARCHAR,"
          + " description VARCHAR"),
  /** How far the reading of the data folder is. */
  LOADS(
      "schema_name VARCHAR, table_name VARCHAR, state VARCHAR, files BIGINT, files_done BIGINT,"
          + " bytes BIGINT, bytes_done BIGINT, rows BIGINT, started TIMESTAMP,"
          + " elapsed_milliseconds DOUBLE"),
  /** How far the write queue is stored and applied; one row. */
  QUEUE(
      "durable_sequence BIGINT, applied_sequence BIGINT, unapplied BIGINT, unapplied_bytes BIGINT,"
          + " oldest_unapplied_milliseconds DOUBLE, waiting_senders BIGINT, first_sequence BIGINT,"
          + " segments BIGINT, segment_bytes BIGINT, folded_sequence BIGINT, folded_bytes BIGINT,"
          + " history_bytes BIGINT, not_folded VARCHAR, writes_refused VARCHAR"),
  /** How far each table's consolidated file is behind the table. */
  EXPORTS(
      "schema_name VARCHAR, table_name VARCHAR, file VARCHAR, version BIGINT, sequence BIGINT,"
          + " rows BIGINT, bytes BIGINT, sequences_behind BIGINT, lag_milliseconds DOUBLE, error"
          + " VARCHAR");

  private static final String VARIABLE_PREFIX = "_flashduck_";

  private final String columns;

  LiveTable(String columns) {
    this.columns = columns;
  }

  /** Its name in schema {@code flashduck}. */
  public String tableName() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The variable that holds its rows as JSON. */
  public String variable() {
    return VARIABLE_PREFIX + tableName();
  }

  /** Creates the view. A connection on which nothing was set sees no rows. */
  public String view() {
    return "CREATE OR REPLACE VIEW flashduck."
        + tableName()
        + " AS SELECT unnest(CAST(CAST(getvariable('"
        + variable()
        + "') AS JSON) AS STRUCT("
        + columns
        + ")[]), recursive := true)";
  }
}
