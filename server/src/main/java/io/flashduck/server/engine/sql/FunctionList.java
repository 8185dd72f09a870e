package io.flashduck.server.engine.sql;

import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import java.util.Locale;
import java.util.Set;

/**
 * Which functions clients may call: table functions that are on the list, and all scalar ones but a
 * few.
 *
 * <p>Source: {@code duckdb_functions()} of DuckDB 2.0; a test fails if a function that is neither
 * listed here nor known there appears.
 *
 * <p>Threading: immutable.
 */
final class FunctionList {
  /** Table functions and PRAGMA functions without access to files, other SQL text or settings. */
  static final Set<String> TABLE_FUNCTIONS =
      Set.of(
          "range",
          "generate_series",
          "unnest",
          "repeat",
          "repeat_row",
          "json_each",
          "json_tree",
          "summary",
          "pg_timezone_names",
          "icu_calendar_names",
          "test_all_types",
          "test_vector_types",
          "pragma_collations",
          "pragma_database_size",
          "pragma_platform",
          "pragma_show",
          "pragma_table_info",
          "pragma_user_agent",
          "pragma_version",
          "duckdb_columns",
          "duckdb_constraints",
          "duckdb_coordinate_systems",
          "duckdb_databases",
          "duckdb_dependencies",
          "duckdb_dialects",
          "duckdb_extensions",
          "duckdb_functions",
          "duckdb_indexes",
          "duckdb_keywords",
          "duckdb_memory",
          "duckdb_optimizers",
          "duckdb_schemas",
          "duckdb_sequences",
          "duckdb_settings",
          "duckdb_tables",
          "duckdb_triggers",
          "duckdb_types",
          "duckdb_variables",
          "duckdb_views");

  /** Table functions that take the name of a table as text. */
  static final Set<String> NAMING_A_TABLE = Set.of("pragma_table_info", "pragma_show");

  /** PRAGMA names that only read, without the prefix {@code pragma_}. */
  static final Set<String> PRAGMAS =
      Set.of(
          "collations",
          "database_list",
          "database_size",
          "functions",
          "platform",
          "show",
          "show_databases",
          "show_tables",
          "show_tables_expanded",
          "table_info",
          "user_agent",
          "version");

  /** Scalar functions that plan other SQL, write, or change what others see. */
  private static final Set<String> REFUSED_SCALARS =
      Set.of("json_serialize_plan", "write_log", "setval");

  private FunctionList() {}

  static boolean allowsTableFunction(String name) {
    return TABLE_FUNCTIONS.contains(name.toLowerCase(Locale.ROOT));
  }

  /** Whether the function lists objects of the catalog; clients see what the server makes of it. */
  static boolean showsCatalog(String name) {
    return name.toLowerCase(Locale.ROOT).startsWith("duckdb_");
  }

  static FlashDuckException qualified(String name) {
    return new FlashDuckException(
        ErrorCode.PERMISSION_DENIED,
        "Call " + name + "() without a catalog and schema in front of it.");
  }

  static boolean allowsScalar(String name) {
    return !REFUSED_SCALARS.contains(name.toLowerCase(Locale.ROOT));
  }

  /**
   * Whether a name followed by a parenthesis may stand in a text that could not be parsed into a
   * tree: then it may be either kind of function, and what can open a file is refused by its name.
   */
  static boolean allowsUnparsedCall(String name) {
    String folded = name.toLowerCase(Locale.ROOT);
    if (TABLE_FUNCTIONS.contains(folded)) {
      return !NAMING_A_TABLE.contains(folded);
    }
    boolean opensSomething =
        folded.startsWith("read_")
            || folded.startsWith("parquet_")
            || folded.startsWith("sniff_")
            || folded.startsWith("query")
            || folded.startsWith("duckdb_")
            || folded.startsWith("pragma_")
            || folded.startsWith("histogram")
            || folded.startsWith("arrow_scan")
            || folded.contains("external_resource")
            || folded.startsWith("enable_")
            || folded.startsWith("disable_")
            || folded.endsWith("checkpoint")
            || folded.endsWith("_logs");
    return !opensSomething && !UNPARSED_REFUSED.contains(folded) && allowsScalar(folded);
  }

  private static final Set<String> UNPARSED_REFUSED =
      Set.of("glob", "seq_scan", "json_execute_serialized_sql", "which_secret", "copy_database");
}
