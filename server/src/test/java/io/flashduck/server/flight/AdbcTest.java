package io.flashduck.server.flight;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.arrow.adbc.core.AdbcConnection;
import org.apache.arrow.adbc.core.AdbcDatabase;
import org.apache.arrow.adbc.core.AdbcDriver;
import org.apache.arrow.adbc.core.AdbcException;
import org.apache.arrow.adbc.core.AdbcStatement;
import org.apache.arrow.adbc.core.AdbcStatusCode;
import org.apache.arrow.adbc.core.BulkIngestMode;
import org.apache.arrow.adbc.driver.flightsql.FlightSqlConnectionProperties;
import org.apache.arrow.adbc.driver.flightsql.FlightSqlDriver;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.ipc.ArrowReader;
import org.apache.arrow.vector.types.pojo.Field;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Arrow's own database interface for Java, logged in with user and password. */
@Timeout(60)
@SuppressWarnings("try") // ADBC says that closing can be interrupted
class AdbcTest {
  @TempDir private static Path folder;
  private static FlightFixture flight;

  @SuppressWarnings("NullAway.Init") // before each test
  private AdbcDatabase database;

  @SuppressWarnings("NullAway.Init") // before each test
  private AdbcConnection connection;

  @BeforeAll
  static void serve() throws Exception {
    Path users = Files.writeString(folder.resolve("users"), "ada:love:lace\nbob:builder:reader\n");
    Path data = Files.createDirectories(folder.resolve("data"));
    FlightFixture.parquet(
        data, "orders.parquet", "SELECT i::BIGINT AS id, 'name ' || i AS name FROM range(10) t(i)");
    flight = new FlightFixture(data, Map.of("access.password-file", users.toString()));
  }

  @AfterAll
  static void stop() {
    flight.close();
  }

  @BeforeEach
  void connect() throws Exception {
    database = open("ada", "love:lace");
    connection = database.connect();
  }

  @AfterEach
  void disconnect() throws Exception {
    connection.close();
    database.close();
  }

  private static AdbcDatabase open(String user, String password) throws AdbcException {
    Map<String, Object> parameters = new HashMap<>();
    AdbcDriver.PARAM_URI.set(parameters, flight.server().uri());
    AdbcDriver.PARAM_USERNAME.set(parameters, user);
    AdbcDriver.PARAM_PASSWORD.set(parameters, password);
    FlightSqlConnectionProperties.WITH_COOKIE_MIDDLEWARE.set(parameters, true);
    return new FlightSqlDriver(flight.allocator()).open(parameters);
  }

  @Test
  void executeQuery_rowsAndSchema_comeBack() throws Exception {
    assertThat(query("SELECT id, name FROM orders WHERE id < 2 ORDER BY id"))
        .containsExactly("0|name 0", "1|name 1");
    try (AdbcStatement statement = connection.createStatement()) {
      statement.setSqlQuery("SELECT id, name FROM orders");
      assertThat(statement.executeSchema().getFields())
          .extracting(Field::getName)
          .containsExactly("id", "name");
    }
  }

  @Test
  void prepared_boundRows_areUsed() throws Exception {
    update("CREATE TABLE bound (id BIGINT PRIMARY KEY, name VARCHAR)");
    try (AdbcStatement insert = connection.createStatement();
        VectorSchemaRoot rows = rows(1, 3)) {
      insert.setSqlQuery("INSERT INTO bound VALUES (?, ?)");
      insert.prepare();
      assertThat(insert.getParameterSchema().getFields()).hasSize(2);
      insert.bind(rows);
      assertThat(insert.executeUpdate().getAffectedRows()).isEqualTo(3);
    }
    try (AdbcStatement select = connection.createStatement();
        BigIntVector id = new BigIntVector("id", flight.allocator())) {
      id.setSafe(0, 2);
      id.setValueCount(1);
      select.setSqlQuery("SELECT name FROM bound WHERE id = ?");
      select.prepare();
      select.bind(new VectorSchemaRoot(List.of((FieldVector) id)));
      assertThat(read(select)).containsExactly("row 2");
    }
  }

  @Test
  void bulkIngest_modesThatTheDriverHas_doWhatTheySay() throws Exception {
    assertThat(ingest("made", BulkIngestMode.CREATE, 1, 2)).isEqualTo(2);
    assertThatThrownBy(() -> ingest("made", BulkIngestMode.CREATE, 1, 2))
        .isInstanceOfSatisfying(
            AdbcException.class,
            e -> assertThat(e.getStatus()).isEqualTo(AdbcStatusCode.ALREADY_EXISTS));
    ingest("made", BulkIngestMode.APPEND, 3, 2);
    assertThat(query("SELECT count(*), max(id) FROM made")).containsExactly("4|4");
    assertThatThrownBy(() -> ingest("nowhere", BulkIngestMode.APPEND, 1, 1))
        .isInstanceOfSatisfying(
            AdbcException.class,
            e -> assertThat(e.getStatus()).isEqualTo(AdbcStatusCode.NOT_FOUND));
  }

  @Test
  void getObjects_downToTables_areRead() throws Exception {
    // Depth ALL needs classes of flight-sql-jdbc-core that the JDBC driver in this process hides.
    for (AdbcConnection.GetObjectsDepth depth :
        List.of(
            AdbcConnection.GetObjectsDepth.CATALOGS,
            AdbcConnection.GetObjectsDepth.DB_SCHEMAS,
            AdbcConnection.GetObjectsDepth.TABLES)) {
      try (ArrowReader objects = connection.getObjects(depth, null, null, "orders", null, null)) {
        assertThat(objects.loadNextBatch()).as(depth.name()).isTrue();
        VectorSchemaRoot root = objects.getVectorSchemaRoot();
        assertThat(root.getVector("catalog_name").getObject(0)).hasToString("flashduck_db");
        if (depth == AdbcConnection.GetObjectsDepth.TABLES) {
          assertThat(root.contentToTSVString()).contains("orders");
        }
      }
    }
    assertThat(connection.getAutoCommit()).isTrue();
  }

  @Test
  void errors_haveTheCodesOfTheirKind() {
    assertCode("SELECT * FROM nope", AdbcStatusCode.NOT_FOUND);
    assertCode("SELEC 1", AdbcStatusCode.INVALID_ARGUMENT);
    assertThatThrownBy(() -> update("INSERT INTO orders (id) VALUES (NULL)"))
        .isInstanceOf(AdbcException.class)
        .hasMessageContaining("id");
  }

  @Test
  void wrongPassword_andReaderThatWrites_areRefused() throws Exception {
    assertThatThrownBy(
            () -> {
              try (AdbcDatabase wrong = open("ada", "nope");
                  AdbcConnection none = wrong.connect()) {
                none.createStatement().close();
              }
            })
        .hasStackTraceContaining("Wrong user or password");
    try (AdbcDatabase readers = open("bob", "builder");
        AdbcConnection reader = readers.connect();
        AdbcStatement delete = reader.createStatement()) {
      delete.setSqlQuery("DELETE FROM orders");
      assertThatThrownBy(delete::executeUpdate).hasMessageContaining("may not change tables");
    }
  }

  private void assertCode(String sql, AdbcStatusCode code) {
    assertThatThrownBy(() -> query(sql))
        .isInstanceOfSatisfying(
            AdbcException.class, e -> assertThat(e.getStatus()).isEqualTo(code));
  }

  private long ingest(String table, BulkIngestMode mode, int first, int count) throws Exception {
    try (AdbcStatement statement = connection.bulkIngest(table, mode);
        VectorSchemaRoot rows = rows(first, count)) {
      statement.bind(rows);
      return statement.executeUpdate().getAffectedRows();
    }
  }

  private static VectorSchemaRoot rows(int first, int count) {
    BigIntVector id = new BigIntVector("id", flight.allocator());
    VarCharVector name = new VarCharVector("name", flight.allocator());
    for (int row = 0; row < count; row++) {
      id.setSafe(row, first + row);
      name.setSafe(row, ("row " + (first + row)).getBytes(StandardCharsets.UTF_8));
    }
    id.setValueCount(count);
    name.setValueCount(count);
    return new VectorSchemaRoot(List.of((FieldVector) id, name));
  }

  private void update(String sql) throws Exception {
    try (AdbcStatement statement = connection.createStatement()) {
      statement.setSqlQuery(sql);
      statement.executeUpdate();
    }
  }

  private List<String> query(String sql) throws Exception {
    try (AdbcStatement statement = connection.createStatement()) {
      statement.setSqlQuery(sql);
      return read(statement);
    }
  }

  private static List<String> read(AdbcStatement statement) throws Exception {
    List<String> rows = new ArrayList<>();
    try (AdbcStatement.QueryResult result = statement.executeQuery();
        ArrowReader reader = result.getReader()) {
      while (reader.loadNextBatch()) {
        VectorSchemaRoot batch = reader.getVectorSchemaRoot();
        for (int row = 0; row < batch.getRowCount(); row++) {
          List<String> values = new ArrayList<>();
          for (FieldVector vector : batch.getFieldVectors()) {
            values.add(String.valueOf(vector.getObject(row)));
          }
          rows.add(String.join("|", values));
        }
      }
    }
    return rows;
  }
}
