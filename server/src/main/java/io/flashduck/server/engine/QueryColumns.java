package io.flashduck.server.engine;

import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import org.duckdb.DuckDBConnection;
import org.duckdb.DuckDBResultSetMetaData;
import org.duckdb.StatementReturnType;

/**
 * Finds the columns of queries: from DuckDB's description as long as that knows them, else from a
 * run for no rows. All but {@link #bound} are called inside of a statement's turn.
 *
 * <p>Threading: confined to its connection's lane.
 */
final class QueryColumns {
  private final DuckSession session;
  private final DuckDBConnection connection;

  QueryColumns(DuckSession session, DuckDBConnection connection) {
    this.session = session;
    this.connection = connection;
  }

  /** The columns of a query's result with these parameters; runs it for no rows. */
  ResultColumns bound(String sql, Parameters parameters, TypeMode types) {
    return session.run(sql, parameters, () -> resolved(sql, parameters, types));
  }

  /** The columns of a query's result. */
  ResultColumns of(String sql, Parameters parameters, TypeMode types) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      DuckDBResultSetMetaData metadata = (DuckDBResultSetMetaData) statement.getMetaData();
      if (metadata.getReturnType() != StatementReturnType.QUERY_RESULT) {
        throw new FlashDuckException(
            ErrorCode.INVALID_REQUEST, "The statement returns no rows: " + sql);
      }
      return completed(sql, ResultColumns.of(metadata), parameters, types);
    }
  }

  /** What a description lacks is added: types of parameters' columns, values of ENUMs. */
  ResultColumns completed(
      String sql, ResultColumns described, Parameters parameters, TypeMode types)
      throws SQLException {
    return described.unresolved()
        ? resolved(sql, parameters, types)
        : withValues(sql, described, parameters, types);
  }

  private ResultColumns resolved(String sql, Parameters parameters, TypeMode types)
      throws SQLException {
    return withValues(sql, ofNoRows(sql, parameters), parameters, types);
  }

  /** The columns with the values of their ENUMs, if those matter. */
  private ResultColumns withValues(
      String sql, ResultColumns columns, Parameters parameters, TypeMode types)
      throws SQLException {
    return columns.lackValues(types)
        ? columns.elementsOf(ofNoRows(columns.listsSql(sql), parameters))
        : columns;
  }

  private ResultColumns ofNoRows(String sql, Parameters parameters) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement("SELECT * FROM (" + sql + "\n) LIMIT 0")) {
      ParameterBinder.bind(statement, parameters);
      try (ResultSet result = statement.executeQuery()) {
        return ResultColumns.of(result.getMetaData());
      }
    }
  }
}
