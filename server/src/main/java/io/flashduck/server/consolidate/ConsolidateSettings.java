package io.flashduck.server.consolidate;

import io.flashduck.server.catalog.TableName;
import io.flashduck.server.config.ExportConfig;
import java.nio.file.Path;
import java.time.Duration;
import java.util.function.Function;

/**
 * Where and how consolidated files are written.
 *
 * @param exportDir the folder of the files; the engine must be allowed to read and write it
 * @param policy each table's schedule and format
 * @param retryFirst how long after a failure an emission is tried again, doubled with each failure
 * @param retryMost the longest such time
 * @param spareFromBytes files of this size and more get a spare copy, see {@link SpareCopy}
 * @param writtenBy the program's name and version, for the footer
 */
public record ConsolidateSettings(
    Path exportDir,
    Function<TableName, ExportConfig> policy,
    Duration retryFirst,
    Duration retryMost,
    long spareFromBytes,
    String writtenBy) {
  private static final Duration RETRY_FIRST = Duration.ofSeconds(1);
  private static final Duration RETRY_MOST = Duration.ofMinutes(1);

  /** Smaller files are copied faster than a copy is worth. */
  private static final long SPARE_FROM_BYTES = 16L << 20;

  public ConsolidateSettings {
    exportDir = exportDir.toAbsolutePath().normalize();
  }

  /** The given folder and policy with the default pauses between attempts. */
  public static ConsolidateSettings of(
      Path exportDir, Function<TableName, ExportConfig> policy, String writtenBy) {
    return new ConsolidateSettings(
        exportDir, policy, RETRY_FIRST, RETRY_MOST, SPARE_FROM_BYTES, writtenBy);
  }
}
