package io.flashduck.server.consolidate;

import io.flashduck.server.catalog.TableName;
import java.nio.file.Path;
import java.util.List;

/**
 * The outcome of comparing a table with the bytes of its consolidated file.
 *
 * <p>Threading: immutable.
 *
 * @param table the table
 * @param file the file that was read
 * @param version the table version that the file's footer names, at which the table was read
 * @param sequence the write sequence that the footer names
 * @param tableRows the rows of the table at that version
 * @param fileRows the rows read from the file
 * @param problems what differs, each with both values; empty if the file equals the table
 */
public record VerifyReport(
    TableName table,
    Path file,
    long version,
    long sequence,
    long tableRows,
    long fileRows,
    List<String> problems) {
  public VerifyReport {
    problems = List.copyOf(problems);
  }

  /** Whether the file equals the table at the version that its footer names. */
  public boolean equal() {
    return problems.isEmpty();
  }
}
