package io.flashduck.server.consolidate;

import java.time.Duration;

/**
 * What it took to write a file.
 *
 * <p>Threading: immutable.
 *
 * @param time from the beginning of the snapshot to the synced folder
 * @param encodedRowGroups row groups that were encoded
 * @param copiedRowGroups row groups whose bytes were taken over from the file before
 */
public record EmissionEffort(Duration time, int encodedRowGroups, int copiedRowGroups) {
  /** Whether only what changed was encoded. */
  public boolean spliced() {
    return copiedRowGroups > 0;
  }
}
