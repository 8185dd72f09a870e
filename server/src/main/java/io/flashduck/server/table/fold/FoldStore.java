package io.flashduck.server.table.fold;

import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * The manifest in memory and its changes, one at a time.
 *
 * <p>A change has three outcomes. Done: the manifest is durable, and files that it no longer names
 * are deleted a while later, because queries may read them. Not done: the old one holds. Unknown:
 * nothing is changed any more until the next start, which finds the one or the other, and the files
 * of both.
 *
 * <p>Threading: thread-safe.
 */
final class FoldStore {
  /** How long a query may take between finding a file and opening it. */
  private static final Duration GRACE = Duration.ofMinutes(10);

  private final ChangeFolder folder;
  private final AtomicLong nextFile;
  private final Deque<Leaving> leaving = new ArrayDeque<>();
  private volatile FoldManifest manifest;
  private boolean settled;
  private @Nullable String unknown;

  private record Leaving(String name, long sinceNanos) {}

  FoldStore(ChangeFolder folder, FoldManifest manifest) {
    this.folder = folder;
    this.manifest = manifest;
    this.nextFile = new AtomicLong(manifest.nextFile());
  }

  ChangeFolder folder() {
    return folder;
  }

  /** The manifest that holds. */
  FoldManifest manifest() {
    return manifest;
  }

  /** The name of a new file. */
  String newFile(String inFolder, String kind) {
    return inFolder + "/" + kind + "-" + nextFile.getAndIncrement() + ".parquet";
  }

  /**
   * Changes the manifest.
   *
   * @throws FlashDuckException IO_ERROR: not done; COMMIT_UNKNOWN: nothing is folded until a start
   */
  synchronized void change(UnaryOperator<FoldManifest> change) {
    FoldManifest before = manifest;
    FoldManifest after = change.apply(before).withNextFile(nextFile.get());
    publish(after);
    manifest = after;
    Set<String> named = new HashSet<>();
    after.files().forEach(file -> named.add(file.name()));
    long now = System.nanoTime();
    for (ChangeFile file : before.files()) {
      if (!named.contains(file.name())) {
        leaving.add(new Leaving(file.name(), now));
      }
    }
  }

  /**
   * Makes sure that the manifest is durable: the last run may have ended between its rename and the
   * sync of its folder, and a sync that failed then may succeed now without doing anything.
   */
  synchronized void settle() {
    if (!settled) {
      publish(manifest.withNextFile(nextFile.get()));
    }
  }

  private void publish(FoldManifest wanted) {
    if (unknown != null) {
      throw unknownOutcome(unknown, null);
    }
    try {
      folder.publish(wanted);
      settled = true;
    } catch (ChangeFolder.UnknownOutcomeException e) {
      unknown = String.valueOf(e.getMessage());
      throw unknownOutcome(unknown, e);
    } catch (IOException e) {
      throw new FlashDuckException(
          ErrorCode.IO_ERROR, "Writing " + folder.directory() + " failed: " + e, e);
    }
  }

  private FlashDuckException unknownOutcome(String reason, @Nullable Throwable cause) {
    return new FlashDuckException(
        ErrorCode.COMMIT_UNKNOWN,
        "It is not known whether "
            + folder.directory()
            + " has its new manifest ("
            + reason
            + "); writes are accepted, but nothing is folded or released until the next start",
        cause);
  }

  /** Deletes files that left the manifest a while ago. */
  synchronized void discardOld() {
    long now = System.nanoTime();
    while (!leaving.isEmpty() && now - leaving.element().sinceNanos() > GRACE.toNanos()) {
      folder.discard(leaving.remove().name());
    }
  }

  /** Deletes a file that no manifest has named. */
  void forget(String name) {
    folder.discard(name);
  }
}
