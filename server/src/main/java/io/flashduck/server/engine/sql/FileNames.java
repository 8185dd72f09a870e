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
    return new FlashDuckException(
        ErrorCode.NOT_FOUND,
        "Catalog Error: Table with name "
            + String.join(".", name.parts())
            + " does not exist! Files cannot be read by name; put them into the data folder, where"
            + " they become tables.");
  }
}
