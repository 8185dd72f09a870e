package io.flashduck.server.engine.sql;

import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import java.util.List;

/**
 * Tells tables' names from names that DuckDB would open as a file.
 *
 * <p>DuckDB joins the parts of an unknown name with dots and reads the file of that name if its
 * ending tells the format, so both {@code "x.csv"} and {@code x.csv} are files.
 *
 * <p>Threading: stateless.
 */
final class FileNames {
  private static final List<String> SIGNS = List.of("/", "\\", ":", "*", "?", "[", "{", "~", ".");

  private FileNames() {}

  /** Whether a relation of that name must exist, or else DuckDB might look for a file. */
  static boolean mayBeFile(List<String> parts) {
    for (String part : parts) {
      if (SIGNS.stream().anyMatch(part::contains)) {
        return true;
      }
    }
    return parts.size() > 1;
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
