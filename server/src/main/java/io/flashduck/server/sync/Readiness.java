package io.flashduck.server.sync;

/**
 * The rule that tells a file that is complete from one that is still being written, by its times
 * alone: a pure function.
 *
 * <p>A write sets the modified and the changed time alike; a rename, or setting the modified time,
 * sets only the changed time. So a changed time after the modified time shows that the last thing
 * done to the file was not a write: it was renamed into place, or copied with its times, which
 * comes last. Where the clock is this machine's own, a file whose changed time is old enough has
 * rested.
 *
 * <p>Threading: immutable.
 *
 * @param settleNanos how long a file must rest
 * @param local whether the times are of this machine's clock
 */
record Readiness(long settleNanos, boolean local) {
  /** A file's times have steps of up to a clock tick of the system, at most this. */
  private static final long TICK_NANOS = 50_000_000;

  /**
   * How long the file must rest from now on, unless it changes; 0 if it is complete.
   *
   * @param onlyAppeared whether the name appeared and no write to it was noticed since
   */
  long restNanos(FileStamp stamp, boolean onlyAppeared, long wallNanos) {
    if (settleNanos == 0) {
      return 0;
    }
    if (!local || stamp.changedNanos() == 0) {
      return settleNanos;
    }
    long age = wallNanos - stamp.changedNanos();
    if (age >= settleNanos) {
      return 0;
    }
    boolean finished = onlyAppeared || stamp.changedNanos() > stamp.modifiedNanos();
    if (finished && stamp.size() > 0) {
      return 0;
    }
    return age < 0 ? settleNanos : settleNanos - age;
  }

  /** Whether another write could leave all that is seen of the file as it is. */
  boolean couldHideAChange(FileStamp stamp, long wallNanos) {
    return Math.abs(wallNanos - stamp.changedNanos()) <= TICK_NANOS;
  }
}
