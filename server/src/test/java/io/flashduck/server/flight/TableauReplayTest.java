package io.flashduck.server.flight;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What Tableau's "Other Databases (JDBC)" does, with the dialects PostgreSQL and SQL-92, through
 * Arrow's JDBC driver.
 *
 * <p>Sources: Tableau's connector SDK ("Metadata Enumeration" and "Capabilities", {@code
 * samples/components/dialects/SQLDialect.tdd} in github.com/tableau/connector-plugin-sdk), which
 * tells the calls and the shapes of the statements; statements of Tableau Desktop that others have
 * recorded: cube-js/cube#10721 (2025.3, PostgreSQL), amazon-archives/sql-jdbc#2, and those of
 * Tableau 2026.2.2 with SQL-92 that SOFTNETWORK-APP/SoftClient4ES keeps as a test resource.
 */
@Timeout(60)
class TableauReplayTest {
  @TempDir private static Path folder;
  private static FlightFixture flight;

  @SuppressWarnings("NullAway.Init") // before each test
  private Connection connection;

  @BeforeAll
  static void serve() {
    FlightFixture.parquet(
        folder,
        "events.parquet",
        "SELECT i::INTEGER AS id, TIMESTAMP '2026-01-01' + i * INTERVAL 6 HOUR AS at,"
            + " (i * 0.25)::DECIMAL(12,2) AS amount, (i % 7)::INTEGER AS qty,"
            + " ['paid', 'open', 'late'][i % 3 + 1] AS status,"
            + " ['de', 'fr', 'it', 'es'][i % 4 + 1] AS country,"
            + " 'name ' || i AS \"full name\" FROM range(1000) t(i)");
    FlightFixture.parquet(folder, "countries.parquet", "SELECT 'de' AS code, 'Germany' AS label");
    FlightFixture.parquet(folder, "sales/customers.parquet", "SELECT 1 AS id, 'a' AS email");
    flight = new FlightFixture(folder, Map.of());
  }

  @AfterAll
  static void stop() {
    flight.close();
  }

  @BeforeEach
  void connect() throws SQLException {
    connection = flight.jdbc();
  }

  @AfterEach
  void disconnect() throws SQLException {
    connection.close();
  }

  @Test
  void connect_asksWhatTheDatabaseCanDo() throws SQLException {
    DatabaseMetaData metadata = connection.getMetaData();
    assertThat(metadata.getDatabaseProductName()).isEqualTo("FlashDuck");
    assertThat(metadata.getDatabaseProductVersion()).isNotBlank();
    assertThat(metadata.getIdentifierQuoteString()).isEqualTo("\"");
    assertThat(metadata.getExtraNameCharacters()).isNotNull();
    assertThat(metadata.getMaxColumnNameLength()).isNotNegative();
    assertThat(metadata.getMaxTableNameLength()).isNotNegative();
    assertThat(metadata.supportsGroupBy()).isTrue();
    assertThat(metadata.supportsOuterJoins()).isTrue();
    assertThat(metadata.supportsFullOuterJoins()).isTrue();
    assertThat(metadata.supportsUnion()).isTrue();
    assertThat(metadata.supportsSubqueriesInComparisons()).isTrue();
    assertThat(metadata.supportsSchemasInDataManipulation()).isTrue();
    metadata.getDefaultTransactionIsolation();
    metadata.isReadOnly();
    metadata.getUserName();
  }

  @Test
  void temporaryTableProbe_ofEachDialect_succeeds() throws SQLException {
    for (String name :
        List.of(
            "\"#Tableau___A_BE________D__F___B_____F_FF___D__C_1_Connect_Check\"",
            "\"XT__EEE____D_E_DA___CC____C__B_B__BFB____1_Connect_CheckCreateTempTableCap\"")) {
      update(
          "CREATE LOCAL TEMPORARY TABLE "
              + name
              + " ( \t\"COL\" INTEGER \t) ON COMMIT PRESERVE ROWS");
      assertThat(update("INSERT INTO " + name + " (\"COL\") VALUES (1)")).isEqualTo(1);
      assertThat(rows("SELECT \"COL\" FROM " + name)).containsExactly("1");
      update("DROP TABLE " + name);
    }
    assertThat(column(connection.getMetaData().getTables(null, null, "%Check%", null), 3))
        .isEmpty();
  }

  @Test
  void hierarchy_schemasTablesColumnsKeys_isRead() throws SQLException {
    DatabaseMetaData metadata = connection.getMetaData();
    assertThat(column(metadata.getCatalogs(), 1)).containsExactly("flashduck_db");
    assertThat(column(metadata.getSchemas(), 1)).contains("main", "sales");
    assertThat(column(metadata.getTableTypes(), 1)).contains("TABLE", "VIEW");
    String[] types = {"TABLE", "VIEW", "SYSTEM TABLE", "ALIAS", "SYNONYM", "FOREIGN TABLE"};
    assertThat(column(metadata.getTables("flashduck_db", "main", "%", types), 3))
        .containsExactlyInAnyOrder("countries", "events");
    assertThat(column(metadata.getTables("flashduck_db", "sales", "", null), 3)).isEmpty();
    assertThat(column(metadata.getColumns("flashduck_db", "main", "events", null), 4))
        .hasSize(7)
        .contains("full name");
    assertThat(column(metadata.getColumns(null, "sal\\_s", "customers", "%"), 4)).isEmpty();
    assertThat(column(metadata.getPrimaryKeys("flashduck_db", "main", "events"), 4))
        .containsExactly("id");
    assertThat(column(metadata.getIndexInfo("flashduck_db", "main", "events", false, true), 6))
        .isEmpty();
    assertThat(column(metadata.getImportedKeys("flashduck_db", "main", "events"), 3)).isEmpty();
  }

  /** {@code CAP_JDBC_METADATA_*}: prepared only, WHERE 1=0, LIMIT 0, LIMIT 1. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "SELECT * FROM \"main\".\"events\"",
        "SELECT * FROM \"main\".\"events\" WHERE 1=0",
        "SELECT * FROM \"main\".\"events\" LIMIT 0",
        "SELECT * FROM \"main\".\"events\" LIMIT 1 ",
        "SELECT * FROM (SELECT * FROM \"main\".\"events\") \"Custom SQL Query\" WHERE (1=0)"
      })
  void columns_ofATableOrCustomSql_areReadFromAnEmptyResult(String sql) throws SQLException {
    try (PreparedStatement prepared = connection.prepareStatement(sql)) {
      assertThat(described(prepared.getMetaData())).isEqualTo(COLUMNS);
      try (ResultSet rows = prepared.executeQuery()) {
        assertThat(described(rows.getMetaData())).isEqualTo(COLUMNS);
      }
    }
  }

  private static final List<String> COLUMNS =
      List.of(
          "id INTEGER",
          "at TIMESTAMP",
          "amount DECIMAL",
          "qty INTEGER",
          "status VARCHAR",
          "country VARCHAR",
          "full name VARCHAR");

  /** Tableau tries the next form when one is refused; the connection must survive each. */
  @Test
  void probes_thatDuckDbRefuses_leaveTheConnectionUsable() throws SQLException {
    for (String refused :
        List.of(
            "SELECT TOP 1 * FROM \"main\".\"events\"",
            "SELECT * FROM (SELECT * FROM \"main\".\"events\") WHERE ROWNUM <= 1",
            "SELECT \"SUBCOL\" AS \"COL\" FROM (SELECT 1 AS \"SUBCOL\") \"SUBQUERY\" GROUP BY 2",
            "SELECT * INTO \"#Tableau_2\" FROM (SELECT 1 AS COL) AS CHECKTEMP LIMIT 1",
            "SET TRANSACTION ISOLATION LEVEL READ COMMITTED",
            "DROP TABLE \"#Tableau_never_made\"")) {
      assertThatThrownBy(() -> rows(refused)).as(refused).isInstanceOf(SQLException.class);
      assertThat(rows("SELECT 1")).containsExactly("1");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "SELECT 1",
        "SELECT \"COL\" FROM (SELECT 1 AS \"COL\") AS \"SUBQUERY\"",
        "SELECT \"SUBCOL\" AS \"COL\" FROM (SELECT 1 AS \"SUBCOL\") \"SUBQUERY\" GROUP BY 1",
        "SELECT MAX(1) AS \"TblMax\" FROM (   SELECT *   FROM \"main\".\"events\" \"events\" )"
            + " \"events\"",
        "SELECT CASE WHEN {fn TIMESTAMPDIFF(SQL_TSI_DAY,{d '2026-01-01'},{d '2026-01-02'})} = 1"
            + " THEN {fn ABS(-1)} END AS \"COL\""
      })
  void probes_ofCapabilities_areAnsweredWithOne(String sql) throws SQLException {
    assertThat(rows(sql)).containsExactly("1");
  }

  @Test
  void existence_groupingAndHaving_areAnswered() throws SQLException {
    assertThat(
            rows(
                "SELECT \"events\".\"country\" AS \"COL\" FROM \"main\".\"events\" \"events\" GROUP BY 1"))
        .hasSize(4);
    assertThat(
            rows(
                "SELECT \"events\".\"country\" AS \"COL\" FROM \"main\".\"events\" \"events\" GROUP BY \"COL\""))
        .hasSize(4);
    assertThat(
            rows("SELECT SUM(1) AS \"COL\" FROM \"main\".\"events\" \"events\" HAVING COUNT(1)>0"))
        .containsExactly("1000");
    assertThat(
            rows(
                "SELECT SUM(1) AS \"COL\",   2 AS \"COL2\" FROM \"main\".\"events\" \"events\""
                    + " GROUP BY 2 HAVING COUNT(1)>0"))
        .containsExactly("1000|2");
    assertThat(rows("SELECT CURRENT_TIMESTAMP AS \"COL\"")).hasSize(1);
  }

  @Test
  void worksheet_dimensionsAndMeasures_areGrouped() throws SQLException {
    String from = " FROM \"main\".\"events\" \"events\" ";
    assertThat(
            rows(
                "SELECT \"events\".\"country\" AS \"country\",   SUM(\"events\".\"amount\") AS"
                    + " \"sum:amount:ok\""
                    + from
                    + "GROUP BY \"events\".\"country\" ORDER BY 1 ASC"))
        .hasSize(4)
        .first()
        .asString()
        .startsWith("de|");
    assertThat(
            rows(
                "SELECT CAST(EXTRACT(MONTH FROM \"events\".\"at\") AS INTEGER) AS \"mn:at:ok\""
                    + from
                    + "GROUP BY CAST(EXTRACT(MONTH FROM \"events\".\"at\") AS INTEGER)"))
        .hasSize(9);
    assertThat(
            rows(
                "SELECT DATE_TRUNC('MONTH', CAST(\"events\".\"at\" AS DATE)) AS \"tmn:at:ok\","
                    + "   COUNT(DISTINCT \"events\".\"status\") AS \"ctd:status:ok\""
                    + from
                    + "GROUP BY 1"))
        .hasSize(9);
    assertThat(
            rows(
                "SELECT UPPER(\"events\".\"country\") AS \"Calculation_1\",   CASE WHEN 3 >= 0 THEN"
                    + " SUBSTRING(\"events\".\"full name\" FROM 1 FOR 3) ELSE NULL END AS"
                    + " \"Calculation_2\",   SUM(CHAR_LENGTH(\"events\".\"full name\")) AS \"ok\""
                    + from
                    + "GROUP BY UPPER(\"events\".\"country\"),   CASE WHEN 3 >= 0 THEN"
                    + " SUBSTRING(\"events\".\"full name\" FROM 1 FOR 3) ELSE NULL END"))
        .hasSize(4);
  }

  /** Range of a date filter, then the filter: the SQL-92 dialect writes ODBC's escapes. */
  @Test
  void filters_onDates_meanThoseDates() throws SQLException {
    assertThat(
            rows(
                "SELECT MIN(\"events\".\"at\") AS \"lower\",   MAX(\"events\".\"at\") AS \"upper\""
                    + " FROM \"main\".\"events\" \"events\""))
        .containsExactly("2026-01-01 00:00:00.0|2026-09-07 18:00:00.0");
    assertThat(
            rows(
                "SELECT COUNT(1) FROM \"main\".\"events\" \"events\" WHERE ((\"events\".\"at\" >="
                    + " {ts '2026-02-01 00:00:00'}) AND (\"events\".\"at\" < {fn"
                    + " TIMESTAMPADD(SQL_TSI_DAY,2,{d '2026-02-01'})}))"))
        .containsExactly("8");
    assertThat(
            rows(
                "SELECT COUNT(1) FROM \"main\".\"events\" \"events\" WHERE (CAST(\"events\".\"at\" AS"
                    + " TIMESTAMP) < {fn TIMESTAMPADD(SQL_TSI_YEAR,-100,CURRENT_DATE)})"))
        .containsExactly("0");
    assertThat(
            rows(
                "SELECT COUNT(1) FROM \"main\".\"events\" \"events\" WHERE (\"events\".\"at\" >="
                    + " (TIMESTAMP '2026-02-01 00:00:00.000')) AND ((\"events\".\"country\" IN ('de',"
                    + " 'fr')) OR (\"events\".\"country\" IS NULL))"))
        .hasSize(1);
  }

  @Test
  void relationship_ofTwoTables_isJoined() throws SQLException {
    assertThat(
            rows(
                "SELECT \"t0\".\"label\" AS \"label\",   SUM(\"events\".\"amount\") AS \"ok\" FROM"
                    + " \"main\".\"events\" \"events\"   INNER JOIN (   SELECT \"events\".\"country\" AS"
                    + " \"country\",     \"countries\".\"label\" AS \"label\"   FROM \"main\".\"events\""
                    + " \"events\"     LEFT JOIN \"main\".\"countries\" \"countries\" ON"
                    + " (\"events\".\"country\" = \"countries\".\"code\")   GROUP BY"
                    + " \"events\".\"country\",     \"countries\".\"label\" ) \"t0\" ON"
                    + " ((\"events\".\"country\" = \"t0\".\"country\") OR ((\"events\".\"country\" IS"
                    + " NULL) AND (\"t0\".\"country\" IS NULL))) GROUP BY \"t0\".\"label\""))
        .hasSize(2);
  }

  /** Large IN filters become a temporary table, joined and dropped. */
  @Test
  void filter_ofManyValues_goesThroughATemporaryTable() throws SQLException {
    String name = "\"#Tableau_12_sid_1_Filter\"";
    update(
        "CREATE LOCAL TEMPORARY TABLE "
            + name
            + " (\"X_country\" VARCHAR) ON COMMIT PRESERVE ROWS");
    try (PreparedStatement insert =
        connection.prepareStatement("INSERT INTO " + name + " (\"X_country\") VALUES (?)")) {
      for (String country : List.of("de", "it")) {
        insert.setString(1, country);
        insert.addBatch();
      }
      insert.executeBatch();
    }
    assertThat(
            rows(
                "SELECT COUNT(1) FROM \"main\".\"events\" \"events\" INNER JOIN "
                    + name
                    + " \"Filter_1\" ON (\"events\".\"country\" = \"Filter_1\".\"X_country\")"))
        .containsExactly("500");
    update("DROP TABLE " + name);
  }

  /** An extract reads whole tables with a large fetch size. */
  @Test
  void extract_readsEveryRow() throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.setFetchSize(10_000);
      int count = 0;
      try (ResultSet rows =
          statement.executeQuery(
              "SELECT \"events\".\"id\" AS \"id\",   \"events\".\"at\" AS \"at\",  "
                  + " \"events\".\"amount\" AS \"amount\",   \"events\".\"full name\" AS \"full name\""
                  + " FROM \"main\".\"events\" \"events\"")) {
        while (rows.next()) {
          rows.getInt(1);
          rows.getTimestamp(2);
          rows.getBigDecimal(3);
          rows.getString(4);
          count++;
        }
      }
      assertThat(count).isEqualTo(1000);
    }
  }

  private static List<String> described(ResultSetMetaData metadata) throws SQLException {
    List<String> described = new ArrayList<>();
    for (int column = 1; column <= metadata.getColumnCount(); column++) {
      described.add(
          metadata.getColumnLabel(column)
              + " "
              + metadata.getColumnTypeName(column).replaceAll("\\(.*", ""));
    }
    return described;
  }

  private int update(String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      assertThat(statement.execute(sql)).isFalse();
      return statement.getUpdateCount();
    }
  }

  private List<String> rows(String sql) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      List<String> all = new ArrayList<>();
      int columns = rows.getMetaData().getColumnCount();
      while (rows.next()) {
        StringBuilder row = new StringBuilder(String.valueOf(rows.getString(1)));
        for (int column = 2; column <= columns; column++) {
          row.append('|').append(rows.getString(column));
        }
        all.add(row.toString());
      }
      return all;
    }
  }

  private static List<String> column(ResultSet rows, int column) throws SQLException {
    List<String> values = new ArrayList<>();
    try (rows) {
      while (rows.next()) {
        values.add(rows.getString(column));
      }
    }
    return values;
  }
}
