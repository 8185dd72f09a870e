package io.flashduck.server.differential;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.sql.Connection;
import java.sql.Date;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Timestamp;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** What a statement did, in a form that two drivers agree on: rows, a count, or a failure. */
sealed interface Outcome {
  /** Every row in full; values as {@link #plain} makes them. */
  record Rows(List<String> labels, List<List<Object>> rows) implements Outcome {}

  /** The number of changed rows; 0 for a definition. */
  record Count(long rows) implements Outcome {}

  /** An error; JDBC's driver of Flight SQL puts its own words in front. */
  record Failure(String message) implements Outcome {}

  /** Runs a statement and reads all that it gives. */
  static Outcome of(Connection connection, String sql) {
    // DuckDB's driver closes a statement that failed, so each text has its own.
    try (Statement statement = connection.createStatement()) {
      if (!statement.execute(sql)) {
        return new Count(Math.max(0, statement.getLargeUpdateCount()));
      }
      try (ResultSet rows = statement.getResultSet()) {
        return read(rows);
      }
    } catch (SQLException e) {
      return new Failure(String.valueOf(e.getMessage()));
    }
  }

  private static Rows read(ResultSet rows) throws SQLException {
    ResultSetMetaData columns = rows.getMetaData();
    List<String> labels = new ArrayList<>();
    for (int column = 1; column <= columns.getColumnCount(); column++) {
      labels.add(columns.getColumnLabel(column));
    }
    List<List<Object>> all = new ArrayList<>();
    while (rows.next()) {
      List<Object> row = new ArrayList<>(labels.size());
      for (int column = 1; column <= labels.size(); column++) {
        row.add(plain(rows.getObject(column)));
      }
      all.add(row);
    }
    return new Rows(labels, all);
  }

  /**
   * Integers of every width are one kind of value, and so are numbers with a binary point (JDBC's
   * FLOAT is a double), and the classes of java.sql and java.time; all else must be of the same
   * class.
   */
  private static Object plain(Object value) {
    if (value == null) {
      return "NULL";
    }
    if (value instanceof BigInteger huge) {
      return new BigDecimal(huge);
    }
    if (value instanceof Byte
        || value instanceof Short
        || value instanceof Integer
        || value instanceof Long) {
      return BigDecimal.valueOf(((Number) value).longValue());
    }
    if (value instanceof Float single) {
      return single.doubleValue();
    }
    if (value instanceof Date date) {
      return date.toLocalDate();
    }
    if (value instanceof Timestamp timestamp) {
      return timestamp.toLocalDateTime();
    }
    return value instanceof String text ? "'" + text + "'" : value;
  }

  /** Whether a statement did what is expected; without an order, the same rows as often. */
  static boolean same(Outcome expected, Outcome seen, boolean ordered) {
    if (expected instanceof Failure && seen instanceof Failure) {
      return true;
    }
    if (expected instanceof Rows right && seen instanceof Rows rows) {
      return sameLabels(right, rows)
          && (ordered ? right.rows().equals(rows.rows()) : sorted(right).equals(sorted(rows)));
    }
    return expected.equals(seen);
  }

  /**
   * Whether failures have the same reason. Queries fail in DuckDB's words; changes are often
   * refused before DuckDB sees them, with more to say.
   */
  static boolean sameReason(Outcome expected, Outcome seen) {
    return !(expected instanceof Failure right)
        || (seen instanceof Failure failure
            && failure.message().contains(right.message().lines().findFirst().orElse("")));
  }

  /**
   * Driver 18.3.0 of Flight SQL lists the columns of an empty result twice if the statement was not
   * prepared: {@code ArrowFlightStatement} adds the columns to those that it has from preparing,
   * and only a batch with rows makes it begin anew.
   */
  private static boolean sameLabels(Rows right, Rows seen) {
    List<String> twice = new ArrayList<>(right.labels());
    twice.addAll(right.labels());
    return seen.labels().equals(right.labels())
        || (seen.rows().isEmpty() && seen.labels().equals(twice));
  }

  private static List<List<Object>> sorted(Rows rows) {
    return rows.rows().stream().sorted(Comparator.comparing(Object::toString)).toList();
  }
}
