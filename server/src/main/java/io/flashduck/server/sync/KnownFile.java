package io.flashduck.server.sync;

import org.jspecify.annotations.Nullable;

/**
 * A file that a scan looked at.
 *
 * <p>Threading: immutable.
 *
 * @param naming the rules that the placement follows
 * @param placement what its path means
 * @param file the source file, if it is one that can be read
 * @param problem why it is not
 */
record KnownFile(
    SourceNaming naming,
    Placement placement,
    @Nullable SourceFile file,
    @Nullable RejectedPath problem) {

  static KnownFile of(SourceNaming naming, Placement placement, SourceFile file) {
    return new KnownFile(naming, placement, file, null);
  }

  static KnownFile rejected(SourceNaming naming, Placement placement, RejectedPath problem) {
    return new KnownFile(naming, placement, null, problem);
  }

  /** A file that is not used, which is nothing to report. */
  static KnownFile unused(SourceNaming naming, Placement placement) {
    return new KnownFile(naming, placement, null, null);
  }

  /** Whether looking again at a file in that state, by the same rules, would yield the same. */
  boolean stillHolds(FileStamp stamp) {
    if (file != null) {
      return file.stamp().sameState(stamp);
    }
    if (placement instanceof Placement.Refused refused) {
      return refused.rejection().equals(problem);
    }
    return placement instanceof Placement.Ignored && problem == null;
  }
}
