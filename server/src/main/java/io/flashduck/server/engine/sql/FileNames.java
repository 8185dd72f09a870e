package io.flashduck.server.engine.sql;

import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * Tells tables' names from names that DuckDB would open as a file.
 *
 * <p>DuckDB joins the parts of an unknown name with dots and reads the file of that name if its
 * ending tells the format, so both {@code "x.csv"} and {@code x.csv} are files. A test tries all
 * short endings for ones that are not listed here.
 *
 * <p>Threading: stateless.
 */
final class FileNames {
  private static final List<String> SIGNS = List.of("/", "\\", ":", "*", "?", "[", "{", "~", ".");

  /** Endings of data files, those that DuckDB reads by itself and more. */
  private static final Set<String> ENDINGS =
      Set.of(
          "csv", "tsv", "txt", "tbl", "psv", "dat", "gz", "zst", "bz2", "xz", "lz4", "zip", "json",
          "jsonl", "ndjson", "geojson", "parquet", "pq", "parq", "arrow", "arrows", "feather",
          "ipc", "db", "ddb", "duckdb", "sqlite", "sqlite3", "xls", "xlsx", "avro", "orc", "vortex",
          "lance", "shp", "fgb", "gpkg", "yaml", "yml", "xml", "html", "log", "blob", "text",
          "sql");

  private static final Set<String> OWN_SCHEMAS =
      Set.of("main", "flashduck", "flashduck_db", "temp");

  private FileNames() {}

  /** Whether a name behind a dot makes the whole a file's name. */
  static boolean isEnding(String lastPart) {
    return ENDINGS.contains(lastPart.toLowerCase(Locale.ROOT));
  }

  /** Whether a relation of that name must exist, or else DuckDB might look for a file. */
  static boolean mayBeFile(List<String> parts) {
    for (String part : parts) {
      if (SIGNS.stream().anyMatch(part::contains)) {
        return true;
      }
    }
    return parts.size() > 1 && isEnding(parts.get(parts.size() - 1));
  }

  static FlashDuckException refusal(QualifiedName name) {
    List<String> parts = name.parts();
    String advice = "";
    if (looksLikeFile(parts)) {
      advice =
          " Files cannot be read by name; put them into the data folder, where they become tables.";
    } else if (parts.size() == 1) {
      advice = " A table of a schema is named schema.table, each part in quotes of its own.";
    }
    return new FlashDuckException(
        ErrorCode.NOT_FOUND,
        "Catalog Error: Table with name " + String.join(".", parts) + " does not exist!" + advice);
  }

  /** Whether the writer meant a file; a name in a schema that is always there is a table's. */
  private static boolean looksLikeFile(List<String> parts) {
    String name = String.join(".", parts);
    if (SIGNS.stream().anyMatch(sign -> !sign.equals(".") && name.contains(sign))) {
      return true;
    }
    boolean inSchema =
        parts.size() > 1 && OWN_SCHEMAS.contains(parts.get(0).toLowerCase(Locale.ROOT));
    return !inSchema && isEnding(name.substring(name.lastIndexOf('.') + 1));
  }
}
