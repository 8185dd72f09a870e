package io.flashduck.server.consolidate;

import io.flashduck.server.catalog.TableName;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * How far a table's consolidated file has come.
 *
 * <p>Threading: immutable.
 *
 * @param table the table
 * @param file the current file; empty if there is none yet
 * @param publishedVersion the table version at which the table last changed
 * @param lag how long the oldest change that is not in the file has been waiting
 * @param effort what the last emission took
 * @param spliced how many emissions since the start encoded only the row groups that changed
 * @param lastError why the last emission failed, until one succeeds; the file above is still whole
 * @param retryAt when the failed emission is tried again
 */
public record ExportState(
    TableName table,
    Optional<ExportedFile> file,
    long publishedVersion,
    Optional<Duration> lag,
    Optional<EmissionEffort> effort,
    long spliced,
    Optional<String> lastError,
    Optional<Instant> retryAt) {
  /**
   * How many writes were applied since the one that the file holds as its last; 0 if the table has
   * not changed since, or no file is wanted.
   *
   * @param applied the last write that queries see
   */
  public long sequencesBehind(long applied) {
    return file.map(f -> f.version() < publishedVersion ? applied - f.sequence() : 0)
        .orElse(lag.isPresent() ? applied : 0L);
  }
}
