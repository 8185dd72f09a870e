package io.flashduck.examples;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.arrow.adbc.core.AdbcConnection;
import org.apache.arrow.adbc.core.AdbcDatabase;
import org.apache.arrow.adbc.core.AdbcDriver;
import org.apache.arrow.adbc.core.AdbcStatement;
import org.apache.arrow.adbc.core.BulkIngestMode;
import org.apache.arrow.adbc.driver.flightsql.FlightSqlConnectionProperties;
import org.apache.arrow.adbc.driver.flightsql.FlightSqlDriver;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.ipc.ArrowReader;

/**
 * FlashDuck through ADBC, the database interface of Arrow: like JDBC, but results are columns.
 *
 * <p>Needs {@code org.apache.arrow.adbc:adbc-driver-flight-sql:0.20.0}. Arguments: {@code [HOST
 * [PORT [USER PASSWORD]]]}.
 *
 * <p>Threading: one thread.
 */
@SuppressWarnings("try") // close() declares Exception, and so InterruptedException
public final class AdbcExample {

  private static final String TABLE = "example_adbc";

  private AdbcExample() {}

  /** Runs the example; a wrong result ends it with exit code 1. */
  public static void main(String[] arguments) throws Exception {
    Server server = Server.of(arguments);
    Map<String, Object> parameters = new HashMap<>();
    AdbcDriver.PARAM_URI.set(parameters, "grpc://" + server.host() + ":" + server.port());
    server
        .login()
        .ifPresent(
            login -> {
              AdbcDriver.PARAM_USERNAME.set(parameters, login.user());
              AdbcDriver.PARAM_PASSWORD.set(parameters, login.password());
            });
    // The Java driver sends no token with prepared statements; the session cookie stands in for it.
    FlightSqlConnectionProperties.WITH_COOKIE_MIDDLEWARE.set(parameters, true);
    try (BufferAllocator allocator = new RootAllocator();
        AdbcDatabase database = new FlightSqlDriver(allocator).open(parameters);
        AdbcConnection connection = database.connect()) {
      run(connection, allocator);
    }
  }

  private static void run(AdbcConnection connection, BufferAllocator allocator) throws Exception {
    update(connection, "DROP TABLE IF EXISTS " + TABLE);
    update(connection, "CREATE TABLE " + TABLE + " (id BIGINT PRIMARY KEY, name VARCHAR)");

    ingest(connection, allocator, List.of("one", "two", "three"));
    Expect.same("ingested", List.of("1 one", "2 two", "3 three"), rows(connection));

    update(connection, "UPDATE " + TABLE + " SET name = upper(name) WHERE id <> 2");
    Expect.same("updated", List.of("1 ONE", "2 two", "3 THREE"), rows(connection));

    update(connection, "DELETE FROM " + TABLE + " WHERE id = 1");
    Expect.same("deleted", List.of("2 two", "3 THREE"), rows(connection));

    update(connection, "DROP TABLE " + TABLE);
  }

  private static void update(AdbcConnection connection, String sql) throws Exception {
    try (AdbcStatement statement = connection.createStatement()) {
      statement.setSqlQuery(sql);
      statement.executeUpdate();
    }
  }

  /** The driver binds the whole batch to one prepared INSERT: one message, one change. */
  private static void ingest(
      AdbcConnection connection, BufferAllocator allocator, List<String> names) throws Exception {
    try (BigIntVector id = new BigIntVector("id", allocator);
        VarCharVector name = new VarCharVector("name", allocator);
        AdbcStatement statement = connection.bulkIngest(TABLE, BulkIngestMode.APPEND)) {
      for (int row = 0; row < names.size(); row++) {
        id.setSafe(row, row + 1L);
        name.setSafe(row, names.get(row).getBytes(StandardCharsets.UTF_8));
      }
      id.setValueCount(names.size());
      name.setValueCount(names.size());
      statement.bind(VectorSchemaRoot.of(id, name));
      statement.executeUpdate();
    }
  }

  private static List<String> rows(AdbcConnection connection) throws Exception {
    List<String> rows = new ArrayList<>();
    try (AdbcStatement statement = connection.createStatement()) {
      statement.setSqlQuery("SELECT id, name FROM " + TABLE + " ORDER BY id");
      try (AdbcStatement.QueryResult result = statement.executeQuery();
          ArrowReader reader = result.getReader()) {
        while (reader.loadNextBatch()) {
          VectorSchemaRoot batch = reader.getVectorSchemaRoot();
          for (int row = 0; row < batch.getRowCount(); row++) {
            Object id = batch.getVector("id").getObject(row);
            Object name = batch.getVector("name").getObject(row);
            rows.add(id + " " + name);
          }
        }
      }
    }
    return rows;
  }
}
