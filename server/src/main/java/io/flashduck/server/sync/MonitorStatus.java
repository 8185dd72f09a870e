package io.flashduck.server.sync;

import java.time.Duration;
import java.util.Optional;

/**
 * How the data folder is being followed.
 *
 * <p>Threading: immutable.
 *
 * @param watchedFolders folders whose changes are noticed at once
 * @param watchProblem why some folders are not among them
 * @param lastScan how long the last full scan took
 * @param rest the time between full scans at present
 * @param problem why the last look failed
 */
public record MonitorStatus(
    int watchedFolders,
    Optional<String> watchProblem,
    Duration lastScan,
    Duration rest,
    Optional<String> problem) {
  static final MonitorStatus NOT_SCANNED =
      new MonitorStatus(0, Optional.empty(), Duration.ZERO, Duration.ZERO, Optional.empty());
}
