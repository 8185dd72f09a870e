package io.flashduck.server.engine;

import io.flashduck.server.engine.sql.QualifiedName;
import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import java.nio.file.Path;
import java.util.List;

/**
 * Finds the files of earlier versions of tables, for {@code flashduck.at('orders', 17)}, and of
 * their changes, for {@code flashduck.changes('orders', since => 17)}.
 *
 * <p>Threading: thread-safe.
 */
public interface TableVersions {
  /** There are none. */
  TableVersions NONE =
      new TableVersions() {
        @Override
        public Version version(QualifiedName table, long sequence, List<String> schemas) {
          throw none();
        }

        @Override
        public Version changes(QualifiedName table, long since, List<String> schemas) {
          throw none();
        }

        private FlashDuckException none() {
          return new FlashDuckException(
              ErrorCode.UNIMPLEMENTED, "No earlier versions of tables are kept here.");
        }
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
   * What writes have changed in a table.
   *
   * @param since changes of later writes only; -1 for all that are kept
   * @param schemas as above
   * @throws FlashDuckException NOT_FOUND if there is no such table, or if changes behind that write
   *     are no longer kept; then with the oldest that are
   */
  Version changes(QualifiedName table, long since, List<String> schemas);

  /**
   * What stands in the place of a call.
   *
   * @param checked what the guard judges: a query of the table itself, because who may read a table
   *     may read its versions and changes
   * @param relation what DuckDB runs: a query in parentheses of files whose content never changes
   * @param files these files
   * @param gone what is said if one of them was removed after the statement was planned
   */
  record Version(String checked, String relation, List<Path> files, String gone) {
    public Version {
      files = List.copyOf(files);
    }
  }
}
