package io.flashduck.server.consolidate;

import io.flashduck.server.catalog.TableName;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * One table's consolidated file, and the lock that orders those who replace it and those who must
 * not see it replaced.
 *
 * <p>Threading: thread-safe; {@link #known} and {@link #forget} only under the lock.
 */
final class TableExport {
  private final TableName table;
  private final ReentrantLock lock = new ReentrantLock();
  private volatile @Nullable CurrentFile current;
  private volatile @Nullable EmissionEffort effort;
  private final AtomicLong spliced = new AtomicLong();
  private boolean looked;
  private boolean trusted = true;

  /** Whether the table was emitted more than once: many are loaded and never changed. */
  private boolean repeated;

  private @Nullable SpareCopy spare;

  TableExport(TableName table) {
    this.table = table;
  }

  TableName table() {
    return table;
  }

  ReentrantLock lock() {
    return lock;
  }

  /** The file that was last published or found. */
  Optional<CurrentFile> current() {
    return Optional.ofNullable(current);
  }

  Optional<EmissionEffort> effort() {
    return Optional.ofNullable(effort);
  }

  /** How many of its emissions since the start encoded only what changed. */
  long spliced() {
    return spliced.get();
  }

  /** Whether the place of the file has been looked at since the last {@link #forget}. */
  boolean looked() {
    requireLock();
    return looked;
  }

  /** What is at the table's place now. */
  void known(Optional<CurrentFile> file) {
    requireLock();
    current = file.orElse(null);
    looked = true;
  }

  /** Takes the spare copy, if it is one of the current file; the caller changes or deletes it. */
  Optional<SpareCopy> takeSpare() {
    requireLock();
    SpareCopy taken = spare;
    spare = null;
    return Optional.ofNullable(taken);
  }

  /** Whether a spare copy of the current file would be of use. */
  boolean wantsSpare(long fromBytes) {
    requireLock();
    CurrentFile file = current;
    return spare == null && repeated && file != null && file.file().bytes() >= fromBytes;
  }

  /** It cannot be made now; the next emission may change that. */
  void noSpare() {
    requireLock();
    repeated = false;
  }

  void keepSpare(SpareCopy copy) {
    requireLock();
    spare = copy;
  }

  /** Whether a new file may be made from the current one. */
  boolean trusted() {
    requireLock();
    return trusted;
  }

  /** Making a new file from the current one may have failed because of it. */
  void trust(boolean newTrusted) {
    requireLock();
    trusted = newTrusted;
  }

  /** Nobody knows what is at the table's place: look before the next use. */
  void forget() {
    requireLock();
    looked = false;
  }

  void took(EmissionEffort newEffort) {
    requireLock();
    repeated = effort != null;
    effort = newEffort;
    if (newEffort.spliced()) {
      spliced.incrementAndGet();
    }
  }

  private void requireLock() {
    if (!lock.isHeldByCurrentThread()) {
      throw new IllegalStateException("The lock of " + table + " is not held");
    }
  }
}
