package io.flashduck.server.flight;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigDecimal;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.Driver;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.sql.Statement;
import java.sql.Types;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * What DBeaver does with a driver that it knows nothing of, call by call in its order, through
 * Arrow's JDBC driver.
 *
 * <p>Source: DBeaver's generic model and its JDBC base, {@code org.jkiss.dbeaver.ext.generic} and
 * {@code org.jkiss.dbeaver.model.jdbc} of github.com/dbeaver/dbeaver; each test names its classes.
 * Failures that DBeaver catches are caught here as well, the others fail the test.
 */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class DBeaverReplayTest {
  private static final int PAGE = 200;

  @TempDir private static Path folder;
  private static FlightFixture flight;

  @BeforeAll
  static void serve() {
    FlightFixture.parquet(
        folder,
        "orders.parquet",
        "SELECT i::INTEGER AS id, 'name ' || i AS name, (i * 1.5)::DECIMAL(12,2) AS price,"
            + " DATE '2026-01-01' + (i % 300)::INTEGER AS day, i % 2 = 0 AS paid"
            + " FROM range(50000) t(i)");
    FlightFixture.parquet(folder, "with_underscore.parquet", "SELECT 1 AS id");
    FlightFixture.parquet(folder, "withXunderscore.parquet", "SELECT 1 AS id");
    FlightFixture.parquet(folder, "sales/customers.parquet", "SELECT 1 AS id, 'a' AS email");
    flight = new FlightFixture(folder, Map.of());
    flight.sql("CREATE VIEW dear AS SELECT id, price FROM orders WHERE price > 100");
  }

  @AfterAll
  static void stop() {
    flight.close();
  }

  /** {@code JDBCDataSource.openConnection}: the driver itself, with properties of its own. */
  private static Connection open() throws SQLException {
    Driver driver = DriverManager.getDriver(flight.jdbcUrl());
    assertThat(driver.acceptsURL(flight.jdbcUrl())).isTrue();
    Properties properties = new Properties();
    properties.setProperty("user", "");
    properties.setProperty("ApplicationName", "DBeaver 26.1.2 - Main");
    Connection connection = driver.connect(flight.jdbcUrl(), properties);
    assertThat(connection).isNotNull();
    return connection;
  }

  /**
   * {@code JDBCExecutionContext.connect}, {@code JDBCDataSource.initialize}, {@code
   * JDBCSQLDialect.initDriverSettings}, {@code JDBCDataSourceInfo}.
   */
  @Test
  void connect_readsWhatTheServerIs() throws SQLException {
    try (Connection connection = open()) {
      assertThat(connection.getAutoCommit()).isTrue();
      assertThat(connection.getTransactionIsolation()).isEqualTo(Connection.TRANSACTION_NONE);
      connection.setReadOnly(false);
      assertThat(connection.isValid(10)).isTrue();
      DatabaseMetaData metadata = connection.getMetaData();
      assertThat(metadata.getDatabaseProductName()).isEqualTo("FlashDuck");
      assertThat(metadata.getDatabaseProductVersion()).isNotBlank();
      assertThat(metadata.getDatabaseMajorVersion()).isNotNegative();
      assertThat(metadata.getDatabaseMinorVersion()).isNotNegative();
      assertThat(metadata.getDriverName()).isNotBlank();
      assertThat(metadata.getDriverVersion()).startsWith("18.3");
      assertThat(metadata.getIdentifierQuoteString()).isEqualTo("\"");
      assertThat(metadata.getSearchStringEscape()).isEqualTo("\\");
      assertThat(metadata.getCatalogSeparator()).isEqualTo(".");
      assertThat(metadata.isCatalogAtStart()).isTrue();
      assertThat(metadata.supportsCatalogsInDataManipulation()).isTrue();
      assertThat(metadata.supportsSchemasInDataManipulation()).isTrue();
      assertThat(metadata.supportsSchemasInTableDefinitions()).isTrue();
      // The driver's own answer, so DBeaver quotes names in lower case.
      assertThat(metadata.storesUpperCaseIdentifiers()).isTrue();
      assertThat(metadata.storesUpperCaseQuotedIdentifiers()).isFalse();
      assertThat(metadata.supportsMixedCaseQuotedIdentifiers()).isTrue();
      assertThat(metadata.supportsCorrelatedSubqueries()).isTrue();
      assertThat(metadata.getExtraNameCharacters()).isNotNull();
      assertThat(metadata.getSQLStateType()).isEqualTo(DatabaseMetaData.sqlStateSQL99);
      assertThat(
              Stream.of(
                  metadata.getSchemaTerm(), metadata.getCatalogTerm(), metadata.getProcedureTerm()))
          .containsExactly("schema", "catalog", "procedure");
      assertThat(metadata.supportsBatchUpdates()).isTrue();
      assertThat(metadata.supportsTransactions()).isFalse();
      assertThat(metadata.getSQLKeywords()).isNotBlank();
      assertThat(metadata.getStringFunctions()).contains("upper");
      assertThat(metadata.getNumericFunctions()).contains("abs");
      metadata.getSystemFunctions();
      assertThat(metadata.getTimeDateFunctions()).isNotBlank();
    }
  }

  /**
   * {@code GenericDataSource.initialize}, {@code GenericMetaModel.loadSchemas}, {@code
   * GenericExecutionContext.determineSelectedEntity}: one catalog is the selected one.
   */
  @Test
  void tree_catalogsSchemasAndTypes_areListed() throws SQLException {
    try (Connection connection = open()) {
      DatabaseMetaData metadata = connection.getMetaData();
      column(metadata.getTypeInfo(), "TYPE_NAME"); // none from this driver: DBeaver has its own
      assertThat(column(metadata.getTableTypes(), "TABLE_TYPE")).contains("TABLE", "VIEW");
      assertThat(column(metadata.getCatalogs(), "TABLE_CAT")).containsExactly("flashduck_db");
      assertThat(column(metadata.getSchemas("flashduck_db", "%"), "TABLE_SCHEM"))
          .contains("main", "sales", "flashduck");
      assertThat(column(metadata.getSchemas(), "TABLE_SCHEM")).contains("main", "sales");
      assertThat(connection.getCatalog()).isNull();
      assertThat(connection.getSchema()).isNull();
      assertThat(column(metadata.getClientInfoProperties(), "NAME")).isEmpty();
    }
  }

  /** {@code GenericMetaModel.loadProcedures}, {@code TableCache}, {@code GenericTableBase}. */
  @Test
  void schema_opened_showsTablesWithColumnsKeysAndIndexes() throws SQLException {
    try (Connection connection = open()) {
      DatabaseMetaData metadata = connection.getMetaData();
      assertThat(column(metadata.getFunctions("flashduck_db", "main", "%"), "FUNCTION_NAME"))
          .isEmpty();
      assertThat(column(metadata.getProcedures("flashduck_db", "main", "%"), "PROCEDURE_NAME"))
          .isEmpty();
      assertThat(column(metadata.getTables("flashduck_db", "main", "%", null), "TABLE_NAME"))
          .containsExactlyInAnyOrder("orders", "with_underscore", "withXunderscore", "dear");
      assertThat(
              column(
                  metadata.getTables("flashduck_db", "main", "with\\_underscore", null),
                  "TABLE_NAME"))
          .as("escaped wildcards")
          .containsExactly("with_underscore");
      List<String> columns = new ArrayList<>();
      try (ResultSet rows = metadata.getColumns("flashduck_db", "main", "orders", "%")) {
        while (rows.next()) {
          columns.add(tableColumn(rows));
        }
      }
      assertThat(columns)
          .containsExactly(
              "1 id INTEGER " + Types.INTEGER + " NOT NULL",
              "2 name VARCHAR " + Types.VARCHAR,
              "3 price DECIMAL(12,2) " + Types.DECIMAL,
              "4 day DATE " + Types.DATE,
              "5 paid BOOLEAN " + Types.BOOLEAN);
      assertThat(column(metadata.getPrimaryKeys("flashduck_db", "main", "orders"), "COLUMN_NAME"))
          .containsExactly("id");
      assertThat(
              column(
                  metadata.getIndexInfo("flashduck_db", "main", "orders", false, true),
                  "INDEX_NAME"))
          .isEmpty();
      assertThat(column(metadata.getImportedKeys("flashduck_db", "main", "orders"), "FKTABLE_NAME"))
          .isEmpty();
      assertThat(column(metadata.getExportedKeys("flashduck_db", "main", "orders"), "FKTABLE_NAME"))
          .isEmpty();
    }
  }

  /** Everything that {@code TableCache.fetchChild} reads of a column. */
  private static String tableColumn(ResultSet row) throws SQLException {
    row.getInt("SOURCE_DATA_TYPE");
    row.getLong("COLUMN_SIZE");
    row.getInt("DECIMAL_DIGITS");
    row.getInt("NUM_PREC_RADIX");
    row.getString("COLUMN_DEF");
    row.getString("REMARKS");
    row.getLong("CHAR_OCTET_LENGTH");
    assertThat(row.getString("IS_AUTOINCREMENT")).isNotEqualTo("YES");
    assertThat(row.getString("IS_GENERATEDCOLUMN")).isNotEqualTo("YES");
    boolean notNull = row.getInt("NULLABLE") == DatabaseMetaData.columnNoNulls;
    return row.getInt("ORDINAL_POSITION")
        + " "
        + row.getString("COLUMN_NAME")
        + " "
        + row.getString("TYPE_NAME")
        + " "
        + row.getInt("DATA_TYPE")
        + (notNull ? " NOT NULL" : "");
  }

  /**
   * {@code JDBCTable.readData} and {@code countData}: an unlimited SELECT of which one page is read
   * and the rest dropped, while the navigator goes on asking.
   */
  @Test
  void table_opened_readsAPageWhileMetadataIsAnswered() throws SQLException {
    try (Connection connection = open()) {
      try (Statement statement = script(connection)) {
        statement.setMaxRows(PAGE);
        statement.setFetchSize(PAGE);
        assertThat(statement.execute("SELECT o.* FROM \"flashduck_db\".\"main\".\"orders\" o"))
            .isTrue();
        try (ResultSet rows = statement.getResultSet()) {
          assertThat(described(rows.getMetaData()))
              .containsExactly(
                  "id INTEGER", "name VARCHAR", "price DECIMAL", "day DATE", "paid BOOLEAN");
          int read = 0;
          while (rows.next()) {
            for (int column = 1; column <= 5; column++) {
              assertThat(rows.getObject(column)).isNotNull();
              assertThat(rows.wasNull()).isFalse();
            }
            if (++read == PAGE / 2) {
              assertThat(
                      column(
                          connection.getMetaData().getColumns(null, "sales", "customers", "%"),
                          "COLUMN_NAME"))
                  .containsExactly("id", "email");
            }
          }
          assertThat(read).isEqualTo(PAGE);
        }
        assertThat((Object) statement.getWarnings()).isNull();
      }
      try (Statement statement = script(connection);
          ResultSet rows =
              statement.executeQuery("SELECT o.* FROM main.orders o ORDER BY o.name DESC")) {
        assertThat(rows.next()).isTrue(); // and drops 49,999 more
      }
      try (PreparedStatement count =
          connection.prepareStatement(
              "SELECT COUNT(*) FROM main.orders\nWHERE id > 10",
              ResultSet.TYPE_FORWARD_ONLY,
              ResultSet.CONCUR_READ_ONLY)) {
        assertThat(count.execute()).isTrue();
        try (ResultSet rows = count.getResultSet()) {
          assertThat(rows.next()).isTrue();
          assertThat(((Number) rows.getObject(1)).longValue()).isGreaterThan(40_000);
        }
      }
    }
  }

  /** What {@code JDBCColumnMetaData} reads of each column of a result. */
  private static List<String> described(ResultSetMetaData metadata) throws SQLException {
    List<String> described = new ArrayList<>();
    for (int column = 1; column <= metadata.getColumnCount(); column++) {
      assertThat(metadata.getColumnName(column)).isEqualTo(metadata.getColumnLabel(column));
      metadata.getCatalogName(column);
      metadata.getSchemaName(column);
      metadata.getTableName(column);
      metadata.isNullable(column);
      metadata.getColumnDisplaySize(column);
      metadata.getPrecision(column);
      metadata.getScale(column);
      metadata.isSigned(column);
      assertThat(metadata.isReadOnly(column)).isFalse();
      assertThat(metadata.isAutoIncrement(column)).isFalse();
      described.add(
          metadata.getColumnLabel(column)
              + " "
              + metadata.getColumnTypeName(column).replaceAll("\\(.*", ""));
    }
    return described;
  }

  /** {@code JDBCTable.updateData}: one prepared statement per row, bound, executed once. */
  @Test
  void cell_edited_isSavedByItsKey() throws SQLException {
    try (Connection connection = open()) {
      try (PreparedStatement save =
          grid(connection, "UPDATE main.\"orders\"\n\tSET \"name\"=?\n\tWHERE \"id\"=?")) {
        save.setString(1, "it's \"edited\"");
        save.setInt(2, 41);
        save.execute();
        assertThat((Object) save.getWarnings()).isNull();
      }
      try (PreparedStatement save =
          grid(connection, "UPDATE main.orders\n\tSET name=?,price=?,paid=?\n\tWHERE id=?")) {
        save.setNull(1, Types.VARCHAR);
        save.setBigDecimal(2, new BigDecimal("7.25"));
        save.setBoolean(3, true);
        save.setInt(4, 42);
        save.execute();
      }
    }
    assertThat(flight.rows("SELECT name, price, paid FROM orders WHERE id IN (41, 42) ORDER BY id"))
        .containsExactly(
            List.of("it's \"edited\"", "61.50", "false"), List.of("null", "7.25", "true"));
  }

  /**
   * {@code ExecuteInsertBatchImpl} asks for generated keys first and, told that there are none,
   * prepares without; {@code JDBCTable.deleteData}.
   */
  @Test
  void rows_addedAndDeleted_areSaved() throws SQLException {
    try (Connection connection = open()) {
      String insert = "INSERT INTO main.\"orders\"\n(\"id\", \"name\")\nVALUES(?, ?)";
      assertThatThrownBy(() -> connection.prepareStatement(insert, Statement.RETURN_GENERATED_KEYS))
          .isInstanceOf(SQLFeatureNotSupportedException.class);
      try (PreparedStatement save = connection.prepareStatement(insert)) {
        save.setInt(1, 90_001);
        save.setString(2, "added");
        save.execute();
      }
      assertThat(flight.rows("SELECT id, name, price FROM orders WHERE id = 90001"))
          .containsExactly(List.of("90001", "added", "null"));
      try (PreparedStatement save = grid(connection, "DELETE FROM main.orders\n\tWHERE id=?")) {
        save.setInt(1, 90_001);
        save.execute();
      }
      assertThat(flight.rows("SELECT id FROM orders WHERE id = 90001")).isEmpty();
    }
  }

  /** A refused save says why, and the next one works. */
  @Test
  void cell_editedToWhatItCannotBe_saysWhyAndHarmsNothing() throws SQLException {
    try (Connection connection = open()) {
      assertThatThrownBy(
              () -> {
                try (PreparedStatement save =
                    connection.prepareStatement("UPDATE main.orders\n\tSET id=?\n\tWHERE id=?")) {
                  save.setInt(1, 3);
                  save.setInt(2, 4);
                  save.execute();
                }
              })
          .hasMessageContaining("orders");
      assertThat(single(connection, "SELECT count(*) FROM orders WHERE id IN (3, 4)"))
          .isEqualTo("2");
    }
  }

  /** {@code JDBCStatementImpl.cancelBlock}, called by the progress monitor's thread. */
  @Test
  void longQuery_cancelledByTheUser_endsAndTheConnectionGoesOn() throws Exception {
    try (Connection connection = open();
        Statement statement = script(connection)) {
      CompletableFuture<Throwable> ended =
          CompletableFuture.supplyAsync(
              () -> {
                try {
                  statement.execute(
                      "SELECT count(*) FROM range(2000000) a(i), range(2000000) b(j)"
                          + " WHERE (i * j) % 7 = 3");
                  try (ResultSet rows = statement.getResultSet()) {
                    rows.next();
                  }
                  return new AssertionError("it ended by itself");
                } catch (SQLException e) {
                  return e;
                }
              });
      long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
      while (flight.server().activeQueries().isEmpty()) {
        assertThat(System.nanoTime()).isLessThan(deadline);
        Thread.onSpinWait();
      }
      statement.cancel();
      assertThat(ended.get()).isInstanceOf(SQLException.class);
      assertThat(single(connection, "SELECT 42")).isEqualTo("42");
    }
  }

  /** {@code SQLScriptProcessor}: statement by statement, each with its results and counts. */
  @Test
  void script_ofManyStatements_runsInOneSession() throws SQLException {
    try (Connection connection = open()) {
      assertThat(run(connection, "CREATE TABLE notes (id INTEGER PRIMARY KEY, text VARCHAR)"))
          .isLessThanOrEqualTo(0);
      assertThat(run(connection, "INSERT INTO notes VALUES (1, 'a;b'), (2, 'c')")).isEqualTo(2);
      assertThat(run(connection, "UPDATE notes SET text = upper(text)")).isEqualTo(2);
      assertThat(single(connection, "SELECT string_agg(text, ',' ORDER BY id) FROM notes"))
          .isEqualTo("A;B,C");
      run(connection, "CREATE TEMP TABLE mine AS SELECT 42 AS x");
      assertThat(single(connection, "SELECT x FROM mine")).isEqualTo("42");
      assertThatThrownBy(() -> run(connection, "SELEC 1")).hasMessageContaining("syntax error");
      assertThat(run(connection, "DELETE FROM notes WHERE id = 1")).isEqualTo(1);
      run(connection, "DROP TABLE notes");
      assertThat(single(connection, "EXPLAIN SELECT 1")).isNotNull();
    }
  }

  private static int run(Connection connection, String sql) throws SQLException {
    try (Statement statement = script(connection)) {
      assertThat(statement.execute(sql)).isFalse();
      int count = statement.getUpdateCount();
      assertThat(statement.getMoreResults()).isFalse();
      return count;
    }
  }

  /** The data transfer wizard: the whole table with a large fetch size, value by value. */
  @Test
  void table_exported_givesEveryRow() throws SQLException {
    try (Connection connection = open();
        Statement statement = script(connection)) {
      statement.setFetchSize(10_000);
      int rows = 0;
      try (ResultSet result = statement.executeQuery("SELECT * FROM main.orders")) {
        while (result.next()) {
          result.getObject(1);
          result.getString(2);
          result.getBigDecimal(3);
          result.getDate(4);
          result.getObject(5);
          rows++;
        }
      }
      assertThat(rows).isGreaterThanOrEqualTo(50_000);
    }
  }

  /**
   * {@code GenericExecutionContext.setDefaultSchema} with the driver's advanced parameters {@code
   * query-set-active-db = USE ?} and {@code query-get-active-db = SELECT current_schema()}: {@code
   * Connection.setSchema} stays inside this driver.
   */
  @Test
  void schema_setAsDefault_isFeltByTheNextStatements() throws SQLException {
    try (Connection connection = open()) {
      connection.setSchema("sales");
      assertThatThrownBy(() -> single(connection, "SELECT email FROM customers"))
          .hasMessageContaining("customers");
      try (PreparedStatement use = connection.prepareStatement("USE sales")) {
        use.execute();
      }
      assertThat(single(connection, "SELECT current_schema()")).isEqualTo("sales");
      assertThat(single(connection, "SELECT email FROM customers")).isEqualTo("a");
      assertThat(single(connection, "SELECT count(*) > 0 FROM main.orders")).isEqualTo("true");
    }
  }

  /** {@code JDBCDataSource.closeConnection} rolls back first; "Invalidate/Reconnect" opens anew. */
  @Test
  void connection_invalidated_isOpenedAgainAtOnce() throws SQLException {
    Connection first = open();
    assertThat(single(first, "SELECT 1")).isEqualTo("1");
    first.rollback();
    first.close();
    assertThat(first.isClosed()).isTrue();
    try (Connection second = open()) {
      assertThat(single(second, "SELECT 2")).isEqualTo("2");
    }
  }

  private static Statement script(Connection connection) throws SQLException {
    return connection.createStatement(ResultSet.TYPE_FORWARD_ONLY, ResultSet.CONCUR_READ_ONLY);
  }

  private static PreparedStatement grid(Connection connection, String sql) throws SQLException {
    return connection.prepareStatement(
        sql, ResultSet.TYPE_FORWARD_ONLY, ResultSet.CONCUR_READ_ONLY);
  }

  private static String single(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      assertThat(rows.next()).isTrue();
      return rows.getString(1);
    }
  }

  private static List<String> column(ResultSet rows, String name) throws SQLException {
    List<String> values = new ArrayList<>();
    try (rows) {
      while (rows.next()) {
        values.add(rows.getString(name));
      }
    }
    return values;
  }
}
