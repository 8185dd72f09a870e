package io.flashduck.server.config;

import java.time.Duration;
import java.util.Optional;

/**
 * Where one table's consolidated file differs from the server's settings.
 *
 * <p>Threading: immutable. Empty fields are the server's.
 *
 * @param policy see {@link ExportSchedule}
 * @param debounce see {@link ExportSchedule}
 * @param everyChanges see {@link ExportSchedule}
 * @param format see {@link ExportConfig}
 * @param keepVersions see {@link ExportConfig}
 */
public record ExportOverrides(
    Optional<ExportPolicy> policy,
    Optional<Duration> debounce,
    Optional<Integer> everyChanges,
    FormatOverrides format,
    Optional<Integer> keepVersions) {
  /** Nothing differs. */
  public static final ExportOverrides NONE =
      new ExportOverrides(
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          new FormatOverrides(
              Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty()),
          Optional.empty());

  /**
   * How the file is written.
   *
   * @param compression see {@link ExportConfig}
   * @param compressionLevel see {@link ExportConfig}
   * @param rowGroupRows see {@link ExportConfig}
   * @param encodings see {@link ExportConfig}
   */
  public record FormatOverrides(
      Optional<ParquetCompression> compression,
      Optional<Integer> compressionLevel,
      Optional<Integer> rowGroupRows,
      Optional<ParquetEncodings> encodings) {}

  /** The table's settings, given the server's. */
  public ExportConfig over(ExportConfig server) {
    ExportSchedule schedule = server.schedule();
    return new ExportConfig(
        new ExportSchedule(
            policy.orElse(schedule.policy()),
            debounce.orElse(schedule.debounce()),
            everyChanges.orElse(schedule.everyChanges())),
        format.compression().orElse(server.compression()),
        format.compressionLevel().orElse(server.compressionLevel()),
        format.rowGroupRows().orElse(server.rowGroupRows()),
        format.encodings().orElse(server.encodings()),
        keepVersions.orElse(server.keepVersions()));
  }
}
