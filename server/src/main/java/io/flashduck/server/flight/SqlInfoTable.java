package io.flashduck.server.flight;

import com.google.protobuf.ProtocolMessageEnum;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.apache.arrow.flight.sql.impl.FlightSql.SqlInfo;
import org.apache.arrow.flight.sql.impl.FlightSql.SqlNullOrdering;
import org.apache.arrow.flight.sql.impl.FlightSql.SqlOuterJoinsSupportLevel;
import org.apache.arrow.flight.sql.impl.FlightSql.SqlSupportedCaseSensitivity;
import org.apache.arrow.flight.sql.impl.FlightSql.SqlSupportedGroupBy;
import org.apache.arrow.flight.sql.impl.FlightSql.SqlSupportedResultSetConcurrency;
import org.apache.arrow.flight.sql.impl.FlightSql.SqlSupportedResultSetType;
import org.apache.arrow.flight.sql.impl.FlightSql.SqlSupportedSubqueries;
import org.apache.arrow.flight.sql.impl.FlightSql.SqlSupportedTransaction;
import org.apache.arrow.flight.sql.impl.FlightSql.SqlSupportedUnions;
import org.apache.arrow.flight.sql.impl.FlightSql.SqlTransactionIsolationLevel;
import org.apache.arrow.flight.sql.impl.FlightSql.SupportedAnsi92SqlGrammarLevel;
import org.apache.arrow.flight.sql.impl.FlightSql.SupportedSqlGrammar;

/**
 * What the server says about itself: every value of the {@code SqlInfo} enum of the Flight SQL
 * specification, because JDBC tools fail at the first one that is missing. The type of a value is
 * the specification's, where it is ambiguous the one that the JDBC driver reads.
 *
 * <p>Threading: immutable.
 */
final class SqlInfoTable {
  /** DuckDB's reserved words that SQL:2003 does not reserve. */
  static final List<String> KEYWORDS =
      List.of(
          "analyse",
          "analyze",
          "asc",
          "asymmetric",
          "deferrable",
          "desc",
          "describe",
          "do",
          "initially",
          "lambda",
          "limit",
          "offset",
          "pivot",
          "pivot_longer",
          "pivot_wider",
          "placing",
          "qualify",
          "returning",
          "show",
          "summarize",
          "symmetric",
          "unpivot",
          "variadic");

  static final List<String> NUMERIC_FUNCTIONS =
      List.of(
          "abs",
          "acos",
          "asin",
          "atan",
          "atan2",
          "cbrt",
          "ceil",
          "ceiling",
          "cos",
          "cot",
          "degrees",
          "even",
          "exp",
          "factorial",
          "floor",
          "gamma",
          "gcd",
          "greatest",
          "lcm",
          "least",
          "lgamma",
          "ln",
          "log",
          "log10",
          "log2",
          "mod",
          "pi",
          "pow",
          "power",
          "radians",
          "random",
          "round",
          "sign",
          "sin",
          "sqrt",
          "tan",
          "trunc");

  static final List<String> STRING_FUNCTIONS =
      List.of(
          "ascii",
          "bit_length",
          "chr",
          "concat",
          "concat_ws",
          "contains",
          "format",
          "instr",
          "lcase",
          "left",
          "length",
          "levenshtein",
          "lower",
          "lpad",
          "ltrim",
          "md5",
          "prefix",
          "printf",
          "regexp_extract",
          "regexp_matches",
          "regexp_replace",
          "repeat",
          "replace",
          "reverse",
          "right",
          "rpad",
          "rtrim",
          "sha256",
          "split_part",
          "starts_with",
          "string_split",
          "strip_accents",
          "strlen",
          "strpos",
          "substr",
          "substring",
          "suffix",
          "translate",
          "trim",
          "ucase",
          "unicode",
          "upper");

  static final List<String> SYSTEM_FUNCTIONS =
      List.of(
          "current_catalog",
          "current_database",
          "current_schema",
          "current_setting",
          "current_user",
          "hash",
          "ifnull",
          "nullif",
          "typeof",
          "uuid",
          "version");

  static final List<String> DATETIME_FUNCTIONS =
      List.of(
          "age",
          "century",
          "date_add",
          "date_diff",
          "date_part",
          "date_sub",
          "date_trunc",
          "datediff",
          "datepart",
          "datetrunc",
          "day",
          "dayname",
          "dayofmonth",
          "dayofweek",
          "dayofyear",
          "decade",
          "epoch",
          "epoch_ms",
          "hour",
          "isodow",
          "last_day",
          "make_date",
          "make_time",
          "make_timestamp",
          "microsecond",
          "millisecond",
          "minute",
          "month",
          "monthname",
          "now",
          "quarter",
          "second",
          "strftime",
          "strptime",
          "time_bucket",
          "to_timestamp",
          "today",
          "week",
          "weekday",
          "weekofyear",
          "year",
          "yearweek");

  private final NavigableMap<Integer, Object> infos = new TreeMap<>();

  private SqlInfoTable() {}

  /**
   * @param version the server's version
   * @param arrowVersion the version of Arrow's Java libraries
   * @param statementLimit the statement timeout
   * @param transactionLimit how long a transaction may rest
   */
  static NavigableMap<Integer, Object> of(
      String version, String arrowVersion, Duration statementLimit, Duration transactionLimit) {
    SqlInfoTable table = new SqlInfoTable();
    table.server(version, arrowVersion, statementLimit);
    table.put(
        SqlInfo.FLIGHT_SQL_SERVER_TRANSACTION_TIMEOUT,
        (int) Math.min(transactionLimit.toMillis(), Integer.MAX_VALUE));
    table.syntax();
    table.features();
    table.limits();
    table.transactions();
    table.results();
    return Collections.unmodifiableNavigableMap(table.infos);
  }

  private void server(String version, String arrowVersion, Duration statementLimit) {
    put(SqlInfo.FLIGHT_SQL_SERVER_NAME, "FlashDuck");
    put(SqlInfo.FLIGHT_SQL_SERVER_VERSION, version);
    put(SqlInfo.FLIGHT_SQL_SERVER_ARROW_VERSION, arrowVersion);
    put(SqlInfo.FLIGHT_SQL_SERVER_READ_ONLY, false);
    put(SqlInfo.FLIGHT_SQL_SERVER_SQL, true);
    put(SqlInfo.FLIGHT_SQL_SERVER_SUBSTRAIT, false);
    put(SqlInfo.FLIGHT_SQL_SERVER_SUBSTRAIT_MIN_VERSION, "");
    put(SqlInfo.FLIGHT_SQL_SERVER_SUBSTRAIT_MAX_VERSION, "");
    put(
        SqlInfo.FLIGHT_SQL_SERVER_TRANSACTION,
        SqlSupportedTransaction.SQL_SUPPORTED_TRANSACTION_TRANSACTION_VALUE);
    put(SqlInfo.FLIGHT_SQL_SERVER_CANCEL, true);
    put(SqlInfo.FLIGHT_SQL_SERVER_BULK_INGESTION, true);
    put(SqlInfo.FLIGHT_SQL_SERVER_INGEST_TRANSACTIONS_SUPPORTED, true);
    put(
        SqlInfo.FLIGHT_SQL_SERVER_STATEMENT_TIMEOUT,
        (int) Math.min(statementLimit.toMillis(), Integer.MAX_VALUE));
  }

  private void syntax() {
    put(SqlInfo.SQL_DDL_CATALOG, false);
    put(SqlInfo.SQL_DDL_SCHEMA, true);
    put(SqlInfo.SQL_DDL_TABLE, true);
    put(SqlInfo.SQL_IDENTIFIER_QUOTE_CHAR, "\"");
    // DuckDB keeps the case of an identifier and ignores it when it looks one up, quoted or not.
    long ignoresCase = SqlSupportedCaseSensitivity.SQL_CASE_SENSITIVITY_CASE_INSENSITIVE_VALUE;
    put(SqlInfo.SQL_IDENTIFIER_CASE, ignoresCase);
    put(SqlInfo.SQL_QUOTED_IDENTIFIER_CASE, ignoresCase);
    put(SqlInfo.SQL_ALL_TABLES_ARE_SELECTABLE, true);
    put(SqlInfo.SQL_NULL_ORDERING, (long) SqlNullOrdering.SQL_NULLS_SORTED_AT_END_VALUE);
    put(SqlInfo.SQL_KEYWORDS, KEYWORDS);
    put(SqlInfo.SQL_NUMERIC_FUNCTIONS, NUMERIC_FUNCTIONS);
    put(SqlInfo.SQL_STRING_FUNCTIONS, STRING_FUNCTIONS);
    put(SqlInfo.SQL_SYSTEM_FUNCTIONS, SYSTEM_FUNCTIONS);
    put(SqlInfo.SQL_DATETIME_FUNCTIONS, DATETIME_FUNCTIONS);
    put(SqlInfo.SQL_SEARCH_STRING_ESCAPE, "\\");
    put(SqlInfo.SQL_EXTRA_NAME_CHARACTERS, "");
    put(SqlInfo.SQL_SCHEMA_TERM, "schema");
    put(SqlInfo.SQL_PROCEDURE_TERM, "procedure");
    put(SqlInfo.SQL_CATALOG_TERM, "catalog");
    put(SqlInfo.SQL_CATALOG_AT_START, true);
  }

  private void features() {
    put(SqlInfo.SQL_SUPPORTS_COLUMN_ALIASING, true);
    put(SqlInfo.SQL_NULL_PLUS_NULL_IS_NULL, true);
    put(SqlInfo.SQL_SUPPORTS_CONVERT, conversions());
    put(SqlInfo.SQL_SUPPORTS_TABLE_CORRELATION_NAMES, true);
    put(SqlInfo.SQL_SUPPORTS_DIFFERENT_TABLE_CORRELATION_NAMES, false);
    put(SqlInfo.SQL_SUPPORTS_EXPRESSIONS_IN_ORDER_BY, true);
    put(SqlInfo.SQL_SUPPORTS_ORDER_BY_UNRELATED, true);
    put(SqlInfo.SQL_SUPPORTED_GROUP_BY, bits(SqlSupportedGroupBy.values()));
    put(SqlInfo.SQL_SUPPORTS_LIKE_ESCAPE_CLAUSE, true);
    put(SqlInfo.SQL_SUPPORTS_NON_NULLABLE_COLUMNS, true);
    put(SqlInfo.SQL_SUPPORTED_GRAMMAR, bits(SupportedSqlGrammar.values()));
    put(SqlInfo.SQL_ANSI92_SUPPORTED_LEVEL, bits(SupportedAnsi92SqlGrammarLevel.values()));
    put(SqlInfo.SQL_SUPPORTS_INTEGRITY_ENHANCEMENT_FACILITY, false);
    put(SqlInfo.SQL_OUTER_JOINS_SUPPORT_LEVEL, bits(SqlOuterJoinsSupportLevel.values()) & ~1);
    // Bit 0, procedure calls, and bit 2, privileges, are what SQL cannot do with a schema here.
    put(SqlInfo.SQL_SCHEMAS_SUPPORTED_ACTIONS, 0);
    put(SqlInfo.SQL_CATALOGS_SUPPORTED_ACTIONS, 0);
    put(SqlInfo.SQL_SUPPORTED_POSITIONED_COMMANDS, 0);
    put(SqlInfo.SQL_SELECT_FOR_UPDATE_SUPPORTED, false);
    put(SqlInfo.SQL_STORED_PROCEDURES_SUPPORTED, false);
    put(SqlInfo.SQL_SUPPORTED_SUBQUERIES, bits(SqlSupportedSubqueries.values()));
    put(SqlInfo.SQL_CORRELATED_SUBQUERIES_SUPPORTED, true);
    put(SqlInfo.SQL_SUPPORTED_UNIONS, bits(SqlSupportedUnions.values()));
    put(SqlInfo.SQL_BATCH_UPDATES_SUPPORTED, true);
    put(SqlInfo.SQL_NAMED_PARAMETERS_SUPPORTED, false);
    put(SqlInfo.SQL_LOCATORS_UPDATE_COPY, false);
    put(SqlInfo.SQL_STORED_FUNCTIONS_USING_CALL_SYNTAX_SUPPORTED, false);
  }

  /** Zero means that there is no limit or that it is unknown. */
  private void limits() {
    for (int id = SqlInfo.SQL_MAX_BINARY_LITERAL_LENGTH_VALUE;
        id <= SqlInfo.SQL_MAX_USERNAME_LENGTH_VALUE;
        id++) {
      infos.put(id, 0L);
    }
    put(SqlInfo.SQL_MAX_ROW_SIZE_INCLUDES_BLOBS, false);
  }

  /**
   * JDBC reads {@code SQL_TRANSACTIONS_SUPPORTED}: its commit and rollback never reach a server, so
   * it is false whatever {@code FLIGHT_SQL_SERVER_TRANSACTION} says.
   */
  private void transactions() {
    put(SqlInfo.SQL_TRANSACTIONS_SUPPORTED, false);
    put(
        SqlInfo.SQL_DEFAULT_TRANSACTION_ISOLATION,
        (long) SqlTransactionIsolationLevel.SQL_TRANSACTION_NONE_VALUE);
    put(
        SqlInfo.SQL_SUPPORTED_TRANSACTIONS_ISOLATION_LEVELS,
        bits(SqlTransactionIsolationLevel.SQL_TRANSACTION_NONE));
    put(SqlInfo.SQL_DATA_DEFINITION_CAUSES_TRANSACTION_COMMIT, false);
    put(SqlInfo.SQL_DATA_DEFINITIONS_IN_TRANSACTIONS_IGNORED, false);
    put(SqlInfo.SQL_SAVEPOINTS_SUPPORTED, false);
  }

  private void results() {
    put(
        SqlInfo.SQL_SUPPORTED_RESULT_SET_TYPES,
        bits(SqlSupportedResultSetType.SQL_RESULT_SET_TYPE_FORWARD_ONLY));
    int readOnly = bits(SqlSupportedResultSetConcurrency.SQL_RESULT_SET_CONCURRENCY_READ_ONLY);
    put(SqlInfo.SQL_SUPPORTED_CONCURRENCIES_FOR_RESULT_SET_UNSPECIFIED, readOnly);
    put(SqlInfo.SQL_SUPPORTED_CONCURRENCIES_FOR_RESULT_SET_FORWARD_ONLY, readOnly);
    put(SqlInfo.SQL_SUPPORTED_CONCURRENCIES_FOR_RESULT_SET_SCROLL_SENSITIVE, 0);
    put(SqlInfo.SQL_SUPPORTED_CONCURRENCIES_FOR_RESULT_SET_SCROLL_INSENSITIVE, 0);
  }

  private void put(SqlInfo id, Object value) {
    infos.put(id.getNumber(), value);
  }

  private static int bits(ProtocolMessageEnum... values) {
    int bits = 0;
    for (ProtocolMessageEnum value : values) {
      if (!((Enum<?>) value).name().equals("UNRECOGNIZED")) {
        bits |= 1 << value.getNumber();
      }
    }
    return bits;
  }

  /** DuckDB casts between all simple types; what a value does not allow fails at run time. */
  private static Map<Integer, List<Integer>> conversions() {
    // The numbers of the enum SqlSupportsConvert.
    List<Integer> all = IntStream.rangeClosed(0, 19).boxed().toList();
    Map<Integer, List<Integer>> conversions = new TreeMap<>();
    all.forEach(from -> conversions.put(from, new ArrayList<>(all)));
    return conversions;
  }
}
