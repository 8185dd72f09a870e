package io.flashduck.server.flight;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.apache.arrow.flight.CallOption;
import org.apache.arrow.flight.CloseSessionRequest;
import org.apache.arrow.flight.FlightClient;
import org.apache.arrow.flight.sql.FlightSqlClient;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The tables of schema {@code flashduck} that tell what is in memory, over JDBC. */
@SuppressWarnings("try") // Arrow's clients say that closing them can be interrupted
class SystemTablesTest {
  @TempDir private Path folder;

  @SuppressWarnings("NullAway.Init") // before each test
  private FlightFixture flight;

  @BeforeEach
  void serve() throws IOException {
    Path users = Files.writeString(folder.resolve("users"), "ada:lace:admin\nbob:builder:writer\n");
    Files.createDirectories(folder.resolve("data"));
    flight =
        new FlightFixture(
            folder.resolve("data"),
            Map.of("access.password-file", users.toString(), "query.max-concurrent", "3"));
    flight.sql("CREATE TABLE numbers AS SELECT range AS n FROM range(1000)");
  }

  @AfterEach
  void stop() {
    flight.close();
  }

  private Connection as(String user, String password) throws SQLException {
    return DriverManager.getConnection(
        flight.jdbcUrl() + "&user=" + user + "&password=" + password);
  }

  private static List<String> rows(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet result = statement.executeQuery(sql)) {
      List<String> rows = new ArrayList<>();
      while (result.next()) {
        List<String> values = new ArrayList<>();
        for (int i = 1; i <= result.getMetaData().getColumnCount(); i++) {
          values.add(String.valueOf(result.getString(i)));
        }
        rows.add(String.join("|", values));
      }
      return rows;
    }
  }

  @Test
  void queries_areThoseThatRunAndRan_withWhatTheySentAndWhyTheyFailed() throws SQLException {
    try (Connection ada = as("ada", "lace");
        Statement statement = ada.createStatement()) {
      rows(ada, "SELECT n FROM numbers");
      statement.executeUpdate("INSERT INTO numbers VALUES (7), (8)");
      assertThatThrownBy(() -> rows(ada, "SELECT nothing FROM numbers"))
          .hasMessageContaining("nothing");
      List<String> found =
          rows(
              ada,
              "SELECT user_name, state, rows, bytes > 0, started <= now()::TIMESTAMP, error IS"
                  + " NULL, elapsed_milliseconds >= 0, sql FROM flashduck.queries ORDER BY started");
      assertThat(found)
          .contains("ada|finished|1000|true|true|true|true|SELECT n FROM numbers")
          .contains("ada|finished|2|false|true|true|true|INSERT INTO numbers VALUES (7), (8)")
          .anyMatch(row -> row.startsWith("ada|failed|0|false|true|false|true|SELECT nothing"))
          .anyMatch(row -> row.startsWith("ada|running|0|false|true|true|true|SELECT user_name"));
      assertThat(
              rows(
                  ada,
                  "SELECT count(*) FROM flashduck.queries AS q JOIN flashduck.sessions AS s ON"
                      + " q.session = s.id WHERE q.state = 'running'"))
          .containsExactly("1");
    }
  }

  @Test
  void queries_throughAView_areCurrent() throws SQLException {
    flight.sql("CREATE VIEW failures AS SELECT sql FROM flashduck.queries WHERE state = 'failed'");
    flight.sql("CREATE VIEW again AS SELECT * FROM failures");
    try (Connection ada = as("ada", "lace")) {
      assertThat(rows(ada, "SELECT * FROM again")).isEmpty();
      assertThatThrownBy(() -> rows(ada, "SELECT x FROM numbers")).hasMessageContaining("x");
      assertThat(rows(ada, "SELECT * FROM again")).containsExactly("SELECT x FROM numbers");
    }
  }

  @Test
  void othersQueriesAndSessions_areForAdministratorsOnly() throws SQLException {
    try (Connection ada = as("ada", "lace");
        Connection bob = as("bob", "builder")) {
      rows(ada, "SELECT 1 AS secret");
      rows(bob, "SELECT 2 AS mine");
      String users = "SELECT DISTINCT user_name FROM flashduck.queries ORDER BY ALL";
      assertThat(rows(ada, users)).containsExactly("ada", "bob");
      assertThat(rows(bob, users)).containsExactly("bob");
      String sessions = "SELECT DISTINCT user_name FROM flashduck.sessions ORDER BY ALL";
      assertThat(rows(ada, sessions)).containsExactly("ada", "bob");
      assertThat(rows(bob, sessions)).containsExactly("bob");
      assertThat(rows(bob, "SELECT getvariable('_flashduck_queries')")).containsExactly("null");
    }
  }

  @Test
  void sessions_tellWhatIsSet_untilTheyEnd() throws Exception {
    String bobs =
        "SELECT length(id), client <> '', opened <= last_used, current_schema, time_zone FROM"
            + " flashduck.sessions WHERE user_name = 'bob'";
    try (Connection ada = as("ada", "lace");
        FlightClient client = flight.client();
        FlightSqlClient bob = new FlightSqlClient(client)) {
      CallOption token = client.authenticateBasicToken("bob", "builder").orElseThrow();
      bob.executeUpdate("SET TimeZone = 'Asia/Tokyo'", token);
      bob.executeUpdate("SET schema = 'flashduck'", token);
      assertThat(rows(ada, bobs)).containsExactly("8|true|true|flashduck|Asia/Tokyo");
      bob.closeSession(new CloseSessionRequest(), token);
      assertThat(rows(ada, bobs)).isEmpty();
    }
  }

  @Test
  void sessions_tellTheirOpenTransactions() throws Exception {
    String bobs = "SELECT transactions FROM flashduck.sessions WHERE user_name = 'bob'";
    try (Connection ada = as("ada", "lace");
        Connection bob = as("bob", "builder");
        Statement statement = bob.createStatement();
        FlightSqlClient client = new FlightSqlClient(flight.client())) {
      statement.execute("BEGIN");
      assertThat(rows(ada, bobs)).containsExactly("1");
      assertThat(rows(bob, bobs)).containsExactly("1");
      statement.execute("ROLLBACK");
      assertThat(rows(ada, bobs)).containsExactly("0");
      CallOption basic =
          flight.headers(
              "authorization",
              "Basic "
                  + Base64.getEncoder()
                      .encodeToString("bob:builder".getBytes(StandardCharsets.UTF_8)));
      FlightSqlClient.Transaction transaction = client.beginTransaction(basic);
      assertThat(rows(ada, bobs)).containsExactlyInAnyOrder("0", "1");
      client.rollback(transaction, basic);
      assertThat(rows(ada, bobs)).containsExactly("0");
    }
  }

  @Test
  void settings_tellValueDefaultAndSource() throws SQLException {
    try (Connection bob = as("bob", "builder")) {
      assertThat(
              rows(
                  bob,
                  "SELECT name, value, default_value, source, origin, description <> '' FROM"
                      + " flashduck.settings WHERE name IN ('query.max-concurrent',"
                      + " 'data.settle') ORDER BY name"))
          .containsExactly(
              "data.settle|100ms|100ms|default|null|true",
              "query.max-concurrent|3|"
                  + rows(
                          bob,
                          "SELECT default_value FROM flashduck.settings WHERE name ="
                              + " 'query.max-concurrent'")
                      .get(0)
                  + "|option|query.max-concurrent|true");
      assertThat(rows(bob, "SELECT value FROM flashduck.settings WHERE name = 'data.state'"))
          .containsExactly(folder.resolve("data/.flashduck").toString());
    }
  }

  @Test
  void getTables_listsThemWithTheirColumns() throws SQLException {
    try (Connection bob = as("bob", "builder")) {
      List<String> names = new ArrayList<>();
      try (ResultSet tables =
          bob.getMetaData().getTables(null, "flashduck", "%", new String[] {"SYSTEM TABLE"})) {
        while (tables.next()) {
          names.add(tables.getString("TABLE_NAME"));
        }
      }
      assertThat(names)
          .containsExactly(
              "changes",
              "exports",
              "files",
              "loads",
              "queries",
              "queue",
              "sessions",
              "settings",
              "tables");
      List<String> columns = new ArrayList<>();
      try (ResultSet found = bob.getMetaData().getColumns(null, "flashduck", "queries", "%")) {
        while (found.next()) {
          columns.add(found.getString("COLUMN_NAME") + " " + found.getString("TYPE_NAME"));
        }
      }
      assertThat(columns).hasSize(10).contains("started TIMESTAMP");
    }
  }
}
