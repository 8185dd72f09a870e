package io.flashduck.server.consolidate;

import java.util.List;
import java.util.Locale;

/**
 * A table that {@link EmissionBenchmark} measures.
 *
 * <p>Threading: immutable.
 */
public enum BenchmarkShape {
  /** Eight columns of plain numbers, which hardly compress. */
  NUMBERS(
      "a + 1 AS a",
      """
      SELECT i AS id, (i * 7919) % 1000003 AS a, (hash(i) % 1000)::BIGINT AS b, i // 10 AS c,
        (hash(i + 1) >> 11) / 9007199254740992.0::DOUBLE AS d,
        (hash(i) % 100000) / 100.0::DOUBLE AS e, i * 2.5::DOUBLE AS f,
        (hash(i * 3) % 10000000)::BIGINT AS g
      FROM range(%d) t(i)
      """),

  /** The columns and the distributions of TPC-H's lineitem, four lines to an order. */
  LINEITEM(
      "l_quantity + 1 AS l_quantity",
      """
      SELECT (i // 32) * 32 + (i // 4) % 8 AS l_orderkey,
        (hash(i) % 200000)::BIGINT AS l_partkey, (hash(i + 1) % 10000)::BIGINT AS l_suppkey,
        i % 4 + 1 AS l_linenumber, (1 + hash(i + 2) % 50)::DECIMAL(15,2) AS l_quantity,
        ((90000 + hash(i + 3) % 10000000) / 100.0)::DECIMAL(15,2) AS l_extendedprice,
        (hash(i + 4) % 11 / 100.0)::DECIMAL(15,2) AS l_discount,
        (hash(i + 5) % 9 / 100.0)::DECIMAL(15,2) AS l_tax,
        ['A', 'N', 'R'][(1 + hash(i + 6) % 3)::INT] AS l_returnflag,
        ['F', 'O'][(1 + hash(i + 7) % 2)::INT] AS l_linestatus,
        DATE '1992-01-02' + (hash(i // 4) % 2405)::INT + (hash(i + 8) % 121)::INT AS l_shipdate,
        DATE '1992-01-02' + (hash(i // 4) % 2405)::INT + (hash(i + 9) % 91)::INT AS l_commitdate,
        DATE '1992-01-03' + (hash(i // 4) % 2405)::INT + (hash(i + 10) % 151)::INT
          AS l_receiptdate,
        ['DELIVER IN PERSON', 'COLLECT COD', 'NONE', 'TAKE BACK RETURN']
          [(1 + hash(i + 11) % 4)::INT] AS l_shipinstruct,
        ['REG AIR', 'AIR', 'RAIL', 'SHIP', 'TRUCK', 'MAIL', 'FOB'][(1 + hash(i + 12) % 7)::INT]
          AS l_shipmode,
        words[(1 + hash(i + 13) % 16)::INT] || words[(1 + hash(i + 14) % 16)::INT]
          || words[(1 + hash(i + 15) % 16)::INT] || words[(1 + hash(i + 16) % 16)::INT]
          AS l_comment
      FROM range(%d) t(i), (SELECT ['furiously ', 'final ', 'deposits ', 'carefully ', 'regular ',
        'accounts ', 'sleep ', 'quickly ', 'even ', 'packages ', 'according to ', 'the ',
        'express ', 'ideas ', 'haggle ', 'pending '] AS words)
      """);

  private final String assignment;
  private final String rows;

  BenchmarkShape(String assignment, String rows) {
    this.assignment = assignment;
    this.rows = rows;
  }

  /** The key columns. */
  List<String> key() {
    return switch (this) {
      case NUMBERS -> List.of("id");
      case LINEITEM -> List.of("l_orderkey", "l_linenumber");
    };
  }

  /** Changes a row. */
  String assignment() {
    return assignment;
  }

  /** A query of the rows, in key order. */
  String query(long count) {
    return rows.replace("range(%d)", "range(" + count + ")");
  }

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
