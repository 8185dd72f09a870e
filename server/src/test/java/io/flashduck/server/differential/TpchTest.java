package io.flashduck.server.differential;

import static org.assertj.core.api.Assertions.assertThat;

import io.flashduck.server.flight.FlightFixture;
import io.trino.tpch.TpchEntity;
import io.trino.tpch.TpchTable;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The 22 queries of TPC-H at scale factor 0.01, the tables kept as Parquet, CSV and JSON: through
 * JDBC the same rows, in the same order, as DuckDB gives over the same files.
 */
class TpchTest {
  private static final Path QUERIES = Path.of("../client-examples/acceptance/tpch");
  private static final double SCALE = 0.01;

  /** Column types by table, as the benchmark defines them. */
  private static final Map<TpchTable<?>, String> COLUMNS =
      Map.of(
          TpchTable.LINE_ITEM,
          "l_orderkey BIGINT, l_partkey BIGINT, l_suppkey BIGINT, l_linenumber INTEGER,"
              + " l_quantity DECIMAL(15,2), l_extendedprice DECIMAL(15,2),"
              + " l_discount DECIMAL(15,2), l_tax DECIMAL(15,2), l_returnflag VARCHAR,"
              + " l_linestatus VARCHAR, l_shipdate DATE, l_commitdate DATE, l_receiptdate DATE,"
              + " l_shipinstruct VARCHAR, l_shipmode VARCHAR, l_comment VARCHAR",
          TpchTable.ORDERS,
          "o_orderkey BIGINT, o_custkey BIGINT, o_orderstatus VARCHAR, o_totalprice DECIMAL(15,2),"
              + " o_orderdate DATE, o_orderpriority VARCHAR, o_clerk VARCHAR,"
              + " o_shippriority INTEGER, o_comment VARCHAR",
          TpchTable.CUSTOMER,
          "c_custkey BIGINT, c_name VARCHAR, c_address VARCHAR, c_nationkey INTEGER,"
              + " c_phone VARCHAR, c_acctbal DECIMAL(15,2), c_mktsegment VARCHAR,"
              + " c_comment VARCHAR",
          TpchTable.PART,
          "p_partkey BIGINT, p_name VARCHAR, p_mfgr VARCHAR, p_brand VARCHAR, p_type VARCHAR,"
              + " p_size INTEGER, p_container VARCHAR, p_retailprice DECIMAL(15,2),"
              + " p_comment VARCHAR",
          TpchTable.PART_SUPPLIER,
          "ps_partkey BIGINT, ps_suppkey BIGINT, ps_availqty INTEGER, ps_supplycost DECIMAL(15,2),"
              + " ps_comment VARCHAR",
          TpchTable.SUPPLIER,
          "s_suppkey BIGINT, s_name VARCHAR, s_address VARCHAR, s_nationkey INTEGER,"
              + " s_phone VARCHAR, s_acctbal DECIMAL(15,2), s_comment VARCHAR",
          TpchTable.NATION,
          "n_nationkey INTEGER, n_name VARCHAR, n_regionkey INTEGER, n_comment VARCHAR",
          TpchTable.REGION,
          "r_regionkey INTEGER, r_name VARCHAR, r_comment VARCHAR");

  /** How a table is kept if not as Parquet: the format, and DuckDB's function for it. */
  private static final Map<TpchTable<?>, List<String>> TEXT =
      Map.of(
          TpchTable.CUSTOMER, List.of("csv", "read_csv"),
          TpchTable.NATION, List.of("json", "read_json"),
          TpchTable.REGION, List.of("csv", "read_csv"));

  @TempDir private static Path folder;
  private static FlightFixture flight;
  private static Connection duckdb;
  private static Connection flashduck;

  @BeforeAll
  static void serve() throws Exception {
    Path data = Files.createDirectories(folder.resolve("data"));
    duckdb = DriverManager.getConnection("jdbc:duckdb:");
    for (TpchTable<?> table : TpchTable.getTables()) {
      write(table, data);
    }
    flight = new FlightFixture(data, Map.of());
    flashduck = flight.jdbc();
  }

  @AfterAll
  static void stop() throws SQLException {
    flashduck.close();
    flight.close();
    duckdb.close();
  }

  /** Writes a table's file, and makes DuckDB's own table from it. */
  private static void write(TpchTable<?> table, Path data) throws IOException, SQLException {
    String name = table.getTableName();
    List<String> kept = TEXT.getOrDefault(table, List.of("parquet", "read_parquet"));
    Path file = data.resolve(name + "." + kept.get(0));
    Path lines = folder.resolve(name + ".tbl");
    try (BufferedWriter out = Files.newBufferedWriter(lines, StandardCharsets.US_ASCII)) {
      for (TpchEntity row : table.createGenerator(SCALE, 1, 1)) {
        String line = row.toLine();
        out.write(line, 0, line.length() - 1); // without the separator after the last field
        out.newLine();
      }
    }
    try (Statement statement = duckdb.createStatement()) {
      statement.execute("CREATE TABLE generated (" + COLUMNS.get(table) + ")");
      statement.execute(
          "COPY generated FROM '" + lines + "' (DELIMITER '|', QUOTE '', ESCAPE '', HEADER false)");
      statement.execute("COPY generated TO '" + file + "' (FORMAT " + kept.get(0) + ")");
      statement.execute("DROP TABLE generated");
      statement.execute("CREATE TABLE " + name + " AS FROM " + kept.get(1) + "('" + file + "')");
    }
  }

  static Stream<Path> queries() throws IOException {
    try (Stream<Path> files = Files.list(QUERIES)) {
      return files.sorted().toList().stream();
    }
  }

  @ParameterizedTest
  @MethodSource("queries")
  void query_throughJdbc_givesDuckDbsRows(Path query) throws IOException {
    String sql = Files.readString(query);
    Outcome expected = Outcome.of(duckdb, sql);
    assertThat(expected)
        .isInstanceOfSatisfying(Outcome.Rows.class, rows -> assertThat(rows.labels()).isNotEmpty());
    assertThat(Outcome.of(flashduck, sql)).isEqualTo(expected);
  }
}
