package io.flashduck.server.engine;

import io.flashduck.server.engine.sql.QualifiedName;
import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import java.nio.file.Path;
import java.util.List;

/**
 * Finds the files of earlier versions of tables, for {@code flashduck.at('orders', 17)}.
 *
 * <p>Threading: thread-safe.
 */
@FunctionalInterface
public interface TableVersions {
  /** There are none. */
  TableVersions NONE =
      (table, sequence, schemas) -> {
        throw new FlashDuckException(
            ErrorCode.UNIMPLEMENTED, "No earlier versions of tables are kept here.");
      };

  /**
   * The version of a table after a write.
   *
   * @param table the name as the client wrote it
   * @param sequence the last write in it
   * @param schemas those in which an unqualified name is looked up, in order
   * @throws FlashDuckException NOT_FOUND if there is no such table, or no file of exactly that
   *     sequence; then with the sequences that there are
   */
  Version version(QualifiedName table, long sequence, List<String> schemas);

  /**
   * One version.
   *
   * @param table the table's full name
   * @param sequence the last write in it
   * @param file a Parquet file whose content never changes; deleted when the version is no longer
   *     kept
   */
  record Version(QualifiedName table, long sequence, Path file) {}
}
