package io.flashduck.server.table.fold;

import java.util.Optional;

/**
 * How far writes are folded.
 *
 * <p>Threading: immutable.
 *
 * @param baseSequence the last write that the base stands for
 * @param baseBytes the base's bytes
 * @param historySequence the last write whose changes are in history files
 * @param historyFiles the number of these files
 * @param historyBytes their bytes
 * @param problem why the last fold failed or was put off
 */
public record FoldStatus(
    long baseSequence,
    long baseBytes,
    long historySequence,
    long historyFiles,
    long historyBytes,
    Optional<String> problem) {
  static FoldStatus of(FoldManifest manifest, Optional<String> problem) {
    return new FoldStatus(
        manifest.baseSequence(),
        manifest.baseBytes(),
        manifest.historySequence(),
        manifest.histories().values().stream().mapToLong(h -> h.files().size()).sum(),
        manifest.historyBytes(),
        problem);
  }
}
