package io.flashduck.server.flight;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Plans name the tables that clients know. */
class ExplainTest {
  private static final String QUERY =
      " SELECT * FROM orders o JOIN sales.\"odd name é\" s ON o.id = s.id WHERE o.id > 0";
  private static final String LONG =
      "a_name_that_is_longer_than_a_box_of_a_plan_is_wide_".repeat(3);

  @TempDir private static Path folder;
  private static FlightFixture flight;

  @BeforeAll
  static void serve() {
    flight = new FlightFixture(folder, Map.of());
    flight.sql("CREATE SCHEMA sales");
    flight.sql("CREATE TABLE orders AS SELECT 1 AS id");
    flight.sql("CREATE TABLE " + LONG + " AS SELECT 1 AS id");
    flight.sql("CREATE TABLE sales.\"odd name é\" AS SELECT 1 AS id, 'x' AS t");
  }

  @AfterAll
  static void stop() {
    flight.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"text", "json", "yaml", "html", "graphviz", "mermaid"})
  void explain_inEveryFormat_namesTheTablesOfClients(String format) {
    String plan = flight.rows("EXPLAIN (FORMAT " + format + ")" + QUERY).get(0).get(1);
    assertThat(plan).contains("flashduck_db.main.orders").contains("flashduck_db.sales.");
    assertThat(plan).doesNotContain("_flashduck.");
    assertThat(plan).containsPattern("flashduck_db.sales.\\\\*\"odd name é\\\\*\"");
  }

  @Test
  void explainAnalyze_namesTheTablesOfClients() {
    String plan = flight.rows("/* why */ explain analyze" + QUERY).get(0).get(1);
    assertThat(plan).contains("Table: flashduck_db.main.orders").doesNotContain("_flashduck.");
  }

  @Test
  void explain_keepsItsBoxes() {
    List<String> lines = flight.rows("EXPLAIN FROM orders").get(0).get(1).lines().toList();
    assertThat(lines).anyMatch(line -> line.contains("Table: flashduck_db.main.orders  "));
    assertThat(lines).allMatch(line -> line.length() == lines.get(0).length());
    assertThat(flight.rows("EXPLAIN FROM " + LONG).get(0).get(1)).doesNotContain("_flashduck.");
  }

  @Test
  void texts_ofTheStatement_areLeftAlone() {
    String text = "flashduck_db._flashduck.\"main.orders\"";
    String query = "EXPLAIN SELECT *, '" + text + "' FROM orders ORDER BY ALL";
    String plan = flight.rows(query).get(0).get(1);
    assertThat(plan).contains(text);
    String explained = "Table: " + text;
    assertThat(flight.rows("SELECT '" + explained + "' AS explain_value"))
        .isEqualTo(List.of(List.of(explained)));
  }
}
