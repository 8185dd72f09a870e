package io.flashduck.examples;

import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;

/**
 * FlashDuck through JDBC: queries, prepared statements, batches, updates and metadata.
 *
 * <p>Needs {@code org.apache.arrow:flight-sql-jdbc-driver:18.3.0} and, on the command line of Java,
 * {@code --add-opens=java.base/java.nio=ALL-UNNAMED}. Arguments: {@code [HOST [PORT [USER
 * PASSWORD]]]}.
 *
 * <p>Threading: one thread; a JDBC connection is not shared between threads.
 */
public final class JdbcExample {

  private JdbcExample() {}

  /** Runs the example; a wrong result ends it with exit code 1. */
  public static void main(String[] arguments) throws SQLException {
    Server server = Server.of(arguments);
    // The driver encrypts by default; a server without TLS needs useEncryption=false.
    String url =
        "jdbc:arrow-flight-sql://" + server.host() + ":" + server.port() + "/?useEncryption=false";
    Properties properties = new Properties();
    server
        .login()
        .ifPresent(
            login -> {
              properties.setProperty("user", login.user());
              properties.setProperty("password", login.password());
            });
    try (Connection connection = DriverManager.getConnection(url, properties)) {
      System.out.println("connected to " + connection.getMetaData().getDatabaseProductName());
      run(connection);
    }
  }

  private static void run(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.executeUpdate("DROP TABLE IF EXISTS example_jdbc");
      // A column named id is the key of the table; saying PRIMARY KEY makes it explicit.
      statement.executeUpdate(
          "CREATE TABLE example_jdbc (id BIGINT PRIMARY KEY, name VARCHAR, price DECIMAL(10, 2))");
    }
    insertBatch(connection);
    select(connection);
    change(connection);
    Expect.same("columns of the primary key", List.of("id"), keyColumns(connection));
    try (Statement statement = connection.createStatement()) {
      statement.executeUpdate("DROP TABLE example_jdbc");
    }
  }

  /** A batch is one message and one change: all of its rows or none. */
  private static void insertBatch(Connection connection) throws SQLException {
    try (PreparedStatement insert =
        connection.prepareStatement("INSERT INTO example_jdbc VALUES (?, ?, ?)")) {
      for (int id = 1; id <= 100; id++) {
        insert.setLong(1, id);
        insert.setString(2, "product " + id);
        insert.setBigDecimal(3, new BigDecimal(id + ".50"));
        insert.addBatch();
      }
      insert.executeBatch();
      System.out.println("inserted 100 rows in one batch");
    }
  }

  private static void select(Connection connection) throws SQLException {
    String sql = "SELECT id, name, price FROM example_jdbc WHERE id <= ? ORDER BY id";
    try (PreparedStatement query = connection.prepareStatement(sql)) {
      query.setLong(1, 3);
      List<String> rows = new ArrayList<>();
      try (ResultSet result = query.executeQuery()) {
        while (result.next()) {
          rows.add(
              result.getLong("id") + " " + result.getString(2) + " " + result.getBigDecimal(3));
        }
      }
      Expect.same(
          "first rows", List.of("1 product 1 1.50", "2 product 2 2.50", "3 product 3 3.50"), rows);
    }
  }

  private static void change(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      Expect.same(
          "rows updated",
          10,
          statement.executeUpdate("UPDATE example_jdbc SET price = price * 2 WHERE id <= 10"));
      Expect.same(
          "rows deleted", 40, statement.executeUpdate("DELETE FROM example_jdbc WHERE id > 60"));
      // An update is answered when it is visible, so the next query sees it.
      try (ResultSet result =
          statement.executeQuery("SELECT count(*), sum(price) FROM example_jdbc")) {
        result.next();
        // 1.50 + … + 60.50 = 1860, and the first ten once more: 60.
        Expect.same("rows left", 60L, result.getLong(1));
        Expect.same("sum of the prices", new BigDecimal("1920.00"), result.getBigDecimal(2));
      }
    }
  }

  private static List<String> keyColumns(Connection connection) throws SQLException {
    List<String> columns = new ArrayList<>();
    try (ResultSet keys = connection.getMetaData().getPrimaryKeys(null, "main", "example_jdbc")) {
      while (keys.next()) {
        columns.add(keys.getString("COLUMN_NAME"));
      }
    }
    return columns;
  }
}
