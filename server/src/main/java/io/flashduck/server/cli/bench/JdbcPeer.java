package io.flashduck.server.cli.bench;

import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.Driver;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Collections;
import java.util.List;
import java.util.Properties;
import java.util.ServiceLoader;
import java.util.function.LongSupplier;

/**
 * A database with a JDBC driver, such as PostgreSQL, that single-row INSERTs are compared with.
 *
 * <p>Threading: thread-safe; each sender has a connection of its own.
 */
public final class JdbcPeer implements AutoCloseable {
  private static final String TABLE = "flashduck_bench";

  private final URLClassLoader loader;
  private final Driver driver;
  private final String url;
  private final String name;

  /**
   * Connects once and makes the table anew.
   *
   * @param driverJar the driver, which is not part of FlashDuck
   * @param url with user and password, as the driver wants it
   */
  public JdbcPeer(Path driverJar, String url) {
    this.url = url;
    try {
      loader =
          new URLClassLoader(
              new URL[] {driverJar.toUri().toURL()}, ClassLoader.getPlatformClassLoader());
      driver = driver(driverJar);
      try (Connection connection = connect();
          Statement statement = connection.createStatement()) {
        name = describe(connection, statement);
        statement.execute("DROP TABLE IF EXISTS " + TABLE);
        statement.execute(
            "CREATE TABLE " + TABLE + " (" + EightNumbers.COLUMNS + ", PRIMARY KEY (id))");
      }
    } catch (IOException | SQLException e) {
      throw failure(e);
    }
  }

  private Driver driver(Path jar) throws SQLException {
    for (Driver each : ServiceLoader.load(Driver.class, loader)) {
      if (each.acceptsURL(url)) {
        return each;
      }
    }
    throw new FlashDuckException(
        ErrorCode.INVALID_REQUEST,
        jar + " holds no JDBC driver for " + url + "; give the driver's jar with --peer-driver");
  }

  private Connection connect() throws SQLException {
    return driver.connect(url, new Properties());
  }

  private static String describe(Connection connection, Statement statement) throws SQLException {
    String product =
        connection.getMetaData().getDatabaseProductName()
            + " "
            + connection.getMetaData().getDatabaseProductVersion();
    if (!product.startsWith("PostgreSQL")) {
      return product;
    }
    StringBuilder text = new StringBuilder(product);
    for (String setting : List.of("synchronous_commit", "fsync")) {
      try (ResultSet row = statement.executeQuery("SHOW " + setting)) {
        row.next();
        text.append(", ").append(setting).append(' ').append(row.getString(1));
      }
    }
    return text.toString();
  }

  /** Product, version, and whether its commits are durable, as far as it can be asked. */
  public String name() {
    return name;
  }

  /** How many rows the table has. */
  public long rows() {
    try (Connection connection = connect();
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("SELECT count(*) FROM " + TABLE)) {
      row.next();
      return row.getLong(1);
    } catch (SQLException e) {
      throw failure(e);
    }
  }

  RowSender sender() {
    try {
      return new Sender(connect());
    } catch (SQLException e) {
      throw failure(e);
    }
  }

  private FlashDuckException failure(Exception e) {
    return new FlashDuckException(
        ErrorCode.IO_ERROR, "The peer " + url + " failed: " + e.getMessage(), e);
  }

  /** Prepared once; every INSERT is a commit. */
  private final class Sender implements RowSender {
    private final Connection connection;
    private final PreparedStatement insert;

    Sender(Connection connection) throws SQLException {
      this.connection = connection;
      this.insert =
          connection.prepareStatement(
              "INSERT INTO "
                  + TABLE
                  + " VALUES ("
                  + String.join(", ", Collections.nCopies(EightNumbers.width(), "?"))
                  + ")");
    }

    @Override
    public long[] send(LongSupplier keys, int count) {
      long[] nanos = new long[count];
      for (int i = 0; i < count; i++) {
        long key = keys.getAsLong();
        long begun = System.nanoTime();
        insert(key);
        nanos[i] = System.nanoTime() - begun;
      }
      return nanos;
    }

    private void insert(long key) {
      try {
        for (int column = 0; column < EightNumbers.width(); column++) {
          Number value = EightNumbers.value(column, key, 0);
          if (EightNumbers.isDouble(column)) {
            insert.setDouble(column + 1, value.doubleValue());
          } else {
            insert.setLong(column + 1, value.longValue());
          }
        }
        insert.executeUpdate();
      } catch (SQLException e) {
        throw failure(e);
      }
    }

    @Override
    public void close() {
      try {
        connection.close();
      } catch (SQLException e) {
        throw failure(e);
      }
    }
  }

  /** Drops the table. */
  @Override
  public void close() {
    try (loader;
        Connection connection = connect();
        Statement statement = connection.createStatement()) {
      statement.execute("DROP TABLE IF EXISTS " + TABLE);
    } catch (IOException | SQLException e) {
      throw failure(e);
    }
  }
}
