package io.flashduck.server.engine;

import io.flashduck.server.engine.StatementSlot.NativeCall;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.OptionalDouble;
import org.duckdb.DuckDBPreparedStatement;
import org.jspecify.annotations.Nullable;

/**
 * How far the statement is that runs on a connection, as DuckDB counts it. A statement is asked
 * only between its begin and its end, and the end waits for whoever asks: so none is asked while it
 * is closed, and a connection is closed only when its statement has ended.
 *
 * <p>Threading: thread-safe.
 */
final class StatementProgress {
  private @Nullable DuckDBPreparedStatement running;

  /** Runs a statement from its begin to its end. */
  <T> T of(Statement statement, NativeCall<T> call) throws Exception {
    begin(statement);
    try {
      return call.run();
    } finally {
      end();
    }
  }

  synchronized void begin(Statement statement) {
    running = (DuckDBPreparedStatement) statement;
  }

  synchronized void end() {
    running = null;
  }

  /** 0 to 1; empty if nothing runs or nobody counts. */
  synchronized OptionalDouble now() {
    DuckDBPreparedStatement statement = running;
    try {
      double percentage = statement == null ? -1 : statement.getQueryProgress().getPercentage();
      return percentage < 0 ? OptionalDouble.empty() : OptionalDouble.of(percentage / 100);
    } catch (SQLException e) {
      return OptionalDouble.empty(); // the driver closes a statement that fails
    }
  }
}
