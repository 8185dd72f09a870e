package io.flashduck.server.sync;

/**
 * What tells one state of a file from another without reading it. Stamps are only ever compared for
 * equality, so times in the future or the past are like any other.
 *
 * <p>Threading: immutable.
 *
 * @param size in bytes
 * @param modifiedNanos the modified time, nanoseconds since 1970; the version of the file's rows
 * @param changedNanos the time of the last change of content, name or attributes, which no program
 *     can set; 0 where the file system has none
 * @param fileId the inode; 0 where it means nothing
 * @param revision counts changes that were noticed while all of the above stayed the same
 */
public record FileStamp(
    long size, long modifiedNanos, long changedNanos, long fileId, int revision) {
  /** A stamp as a scan finds it. */
  public FileStamp(long size, long modifiedNanos, long changedNanos, long fileId) {
    this(size, modifiedNanos, changedNanos, fileId, 0);
  }

  /** Whether only the revision may differ. */
  boolean sameState(FileStamp other) {
    return size == other.size
        && modifiedNanos == other.modifiedNanos
        && changedNanos == other.changedNanos
        && fileId == other.fileId;
  }

  FileStamp withRevision(int newRevision) {
    return new FileStamp(size, modifiedNanos, changedNanos, fileId, newRevision);
  }
}
