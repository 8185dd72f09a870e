package io.flashduck.server.flight;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Sessions whose schema is dropped by another one go on, as they do in DuckDB. */
class DroppedSchemaTest {
  @TempDir private Path folder;
  private FlightFixture flight;
  private Connection connection;

  @BeforeEach
  void use() throws SQLException {
    flight = new FlightFixture(folder, Map.of());
    flight.sql("CREATE TABLE main.t AS SELECT 'main' AS s");
    flight.sql("CREATE SCHEMA gone");
    connection = flight.jdbc();
  }

  @AfterEach
  void stop() throws SQLException {
    connection.close();
    flight.close();
  }

  private void run(String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      boolean ignored = statement.execute(sql);
    }
  }

  private String ask(String sql) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      assertThat(rows.next()).isTrue();
      return rows.getString(1);
    }
  }

  @Test
  void queries_findWhatIsLeftOfTheSearchPath_andTheSchemaWhenItIsBack() throws SQLException {
    run("SET search_path = 'gone,main'");
    flight.sql("DROP SCHEMA gone");
    for (int i = 0; i < 3; i++) {
      assertThat(ask("SELECT s FROM t")).isEqualTo("main");
    }
    flight.sql("CREATE SCHEMA gone");
    flight.sql("CREATE TABLE gone.t AS SELECT 'back' AS s");
    for (int i = 0; i < 3; i++) {
      assertThat(ask("SELECT s FROM t")).isEqualTo("back");
    }
  }

  @Test
  void otherSchema_canBeUsed() throws SQLException {
    run("USE gone");
    flight.sql("DROP SCHEMA gone");
    assertThat(ask("SELECT s FROM t")).isEqualTo("main"); // DuckDB looks there last
    run("USE main");
    assertThat(ask("SELECT current_schema()")).isEqualTo("main");
  }

  @Test
  void changes_ofNamedSchemas_andNewTables_areDone() throws SQLException {
    run("USE gone");
    flight.sql("DROP SCHEMA gone");
    run("INSERT INTO main.t VALUES ('more')");
    assertThat(ask("SELECT count(*) FROM t")).isEqualTo("2");
    assertThatThrownBy(() -> run("INSERT INTO t VALUES ('lost')"))
        .hasMessageContaining("Table t does not exist");
    run("CREATE TABLE n (i INTEGER)"); // makes its schema, as for any name
    assertThat(ask("SELECT count(*) FROM gone.n")).isEqualTo("0");
  }

  @Test
  void temporaryTables_canBeMade() throws SQLException {
    run("USE gone");
    flight.sql("DROP SCHEMA gone");
    run("CREATE TEMP TABLE mine AS SELECT s || '!' AS s FROM t");
    assertThat(ask("SELECT s FROM mine")).isEqualTo("main!");
  }
}
