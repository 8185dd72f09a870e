package io.flashduck.server.engine;

import io.flashduck.server.error.FlashDuckException;
import java.sql.SQLException;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.duckdb.DuckDBChunkedResult;
import org.duckdb.DuckDBConnection;
import org.duckdb.DuckDBPreparedStatement;

/**
 * Finds the message of a failure that the driver lost.
 *
 * <p>With streaming results, a query that fails before its first rows are out is reported as
 * "Invalid result set" and its message is freed with the result. Running it again under EXPLAIN
 * ANALYZE, through the driver's chunk interface, which does keep the message, tells what was wrong,
 * without any memory for rows. Only failed queries pay for it.
 *
 * <p>Threading: confined to the connection's lane.
 */
final class LostErrors {
  private static final String LOST = "Invalid result set";
  private static final String ABORTED = "Current transaction is aborted";
  private static final Pattern LINE = Pattern.compile("(?m)^LINE (\\d+):");

  private LostErrors() {}

  static boolean isLost(FlashDuckException failure) {
    return String.valueOf(failure.getMessage()).endsWith(LOST);
  }

  /** The failure of {@code sql} with its real message. */
  static FlashDuckException recover(
      StatementSlot.Operation operation,
      DuckDBConnection connection,
      String sql,
      Parameters parameters) {
    try {
      operation.call(
          () -> {
            runAgain(connection, sql, parameters);
            return true;
          });
    } catch (FlashDuckException e) {
      return withLinesMoved(e);
    }
    return EngineErrors.translate(
        new SQLException(
            "Invalid Input Error: The query failed, but not when it was run again; try again."));
  }

  private static void runAgain(DuckDBConnection connection, String sql, Parameters parameters)
      throws SQLException {
    try {
      analyze(connection, sql, parameters);
    } catch (SQLException e) {
      if (!String.valueOf(e.getMessage()).contains(ABORTED)) {
        throw e;
      }
      // The failure ended the client's transaction; outside of it the query can still be run.
      String schema = connection.getSchema();
      try (DuckDBConnection outside = connection.duplicate()) {
        outside.setSchema(schema);
        analyze(outside, sql, parameters);
      }
    }
  }

  private static void analyze(DuckDBConnection connection, String sql, Parameters parameters)
      throws SQLException {
    try (DuckDBPreparedStatement statement = connection.prepare("EXPLAIN ANALYZE\n" + sql)) {
      ParameterBinder.bind(statement, parameters);
      try (DuckDBChunkedResult result = statement.query()) {
        while (result.nextChunk()) {
          // Only the failure is wanted.
        }
      }
    }
  }

  /** Undoes the line that EXPLAIN ANALYZE put in front. */
  private static FlashDuckException withLinesMoved(FlashDuckException e) {
    String message =
        LINE.matcher(String.valueOf(e.getMessage())).replaceAll(LostErrors::oneLineEarlier);
    return new FlashDuckException(e.code(), message, e.getCause());
  }

  private static String oneLineEarlier(MatchResult line) {
    return "LINE " + (Long.parseLong(line.group(1)) - 1) + ":";
  }
}
