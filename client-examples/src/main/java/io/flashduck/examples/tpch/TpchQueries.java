package io.flashduck.examples.tpch;

import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.stream.Stream;

/**
 * Runs every {@code *.sql} file of a folder through JDBC and writes each result as text.
 *
 * <p>Arguments: {@code JDBC_URL QUERIES_FOLDER RESULTS_FOLDER}. A result {@code q01.tsv} has the
 * column names in its first line, then one line per row; fields are separated by tabs and null is
 * {@code \N}.
 *
 * <p>Threading: one thread.
 */
public final class TpchQueries {

  private TpchQueries() {}

  /** Runs all queries, in the order of their file names. */
  public static void main(String[] arguments) throws IOException, SQLException {
    if (arguments.length != 3) {
      throw new IllegalArgumentException("usage: TpchQueries JDBC_URL QUERIES RESULTS");
    }
    Path results = Files.createDirectories(Path.of(arguments[2]));
    List<Path> queries;
    try (Stream<Path> files = Files.list(Path.of(arguments[1]))) {
      queries = files.filter(file -> file.toString().endsWith(".sql")).sorted().toList();
    }
    try (Connection connection = DriverManager.getConnection(arguments[0]);
        Statement statement = connection.createStatement()) {
      for (Path query : queries) {
        String name = String.valueOf(query.getFileName()).replace(".sql", "");
        long begun = System.nanoTime();
        try (ResultSet result = statement.executeQuery(Files.readString(query))) {
          long rows = write(result, results.resolve(name + ".tsv"));
          long milliseconds = (System.nanoTime() - begun) / 1_000_000;
          System.out.println(name + ": " + rows + " rows in " + milliseconds + " ms");
        }
      }
    }
  }

  private static long write(ResultSet result, Path file) throws IOException, SQLException {
    ResultSetMetaData columns = result.getMetaData();
    int count = columns.getColumnCount();
    long rows = 0;
    try (BufferedWriter out = Files.newBufferedWriter(file)) {
      for (int column = 1; column <= count; column++) {
        out.write((column > 1 ? "\t" : "") + columns.getColumnLabel(column));
      }
      out.write('\n');
      while (result.next()) {
        for (int column = 1; column <= count; column++) {
          Object value = result.getObject(column);
          out.write((column > 1 ? "\t" : "") + (value == null ? "\\N" : value.toString()));
        }
        out.write('\n');
        rows++;
      }
    }
    return rows;
  }
}
